"""The page that needs no network, in a browser that has none.

Skipped where there is no Chromium; with HANDIGITS_REQUIRE_BROWSER set, its absence is a failure.
"""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from handigits.artifact import ArtifactMetadata
from handigits.artifact.golden import choose_golden
from handigits.data import load_dataset
from handigits.errors import ModelError
from handigits.export.html import read_html, write_html
from handigits.network.layers import BatchNorm, Convolution, Crop, Dense, Flatten, MaxPool, Network, Relu, Softmax
from handigits.network.onnx_graph import from_onnx, split_choice, to_onnx
from handigits.recognizer import Prediction, Recognizer, prepare, shipped_model
from handigits.stress.corruptions import corrupt

SEVEN = [(0.38, 0.25), (0.62, 0.25), (0.47, 0.8)]
ONE = [(0.5, 0.2), (0.5, 0.8)]

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    return Recognizer.load(threads=1)


@pytest.fixture(scope="module")
def test_images() -> NDArray[np.uint8]:
    """1,000 of MNIST, or of the part of it that comes with a dependency."""
    test = load_dataset("auto", offline=True).test
    assert test is not None
    return test.images[:1000]


@pytest.fixture(scope="module")
def pad(tmp_path_factory: pytest.TempPathFactory, shipped: Recognizer, test_images: NDArray[np.uint8]) -> Path:
    """The page with the model that comes with handigits."""
    path = tmp_path_factory.mktemp("pad") / "pad.html"
    network = from_onnx(shipped_model().read_bytes())
    write_html(network, shipped, choose_golden(test_images, shipped.probabilities(test_images)), path)
    return path


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Opens a page from the disk, offline; what it asks of a network, and what goes wrong in it, fails the test."""
    windows, problems = [], []

    def open_page(path: Path, **context: Any) -> Page:
        window = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, "offline": True} | context)
        windows.append(window)
        page = window.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        asked = ("http:", "https:", "ws:", "wss:")
        page.on("request", lambda request: problems.append(request.url) if request.url.startswith(asked) else None)
        page.goto(path.as_uri())
        expect(page.locator("html[data-check]")).to_have_count(1, timeout=30_000)
        return page

    yield open_page
    for window in windows:
        window.close()
    assert problems == []


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    box = page.locator("#pad").bounding_box()
    assert box is not None
    (x, y), *rest = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(x, y)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def final_answer(page: Page, act: Callable[[], None]) -> dict[str, Any]:
    """What is answered when `act` is done, and the gray pixels that were read."""
    page.evaluate(
        """() => {
            const ask = CanvasRenderingContext2D.prototype.getImageData;
            CanvasRenderingContext2D.prototype.getImageData = function (...area) {
                const image = ask.apply(this, area);
                window.seen = [image.width, image.height, Array.from(image.data.filter((_, at) => at % 4 === 0))];
                return image;
            };
            window.answers = [];
            document.getElementById("spoken").textContent = "";  // what was said of the last one
            document.addEventListener("handigits:answer", ({ detail }) => window.answers.push([detail, window.seen]));
        }"""
    )
    act()
    expect(page.locator("#spoken")).not_to_be_empty(timeout=30_000)
    found, (width, height, pixels) = page.evaluate("answers.at(-1)")
    return {**found, "gray": np.array(pixels, np.uint8).reshape(height, width)}


def read_in_page(page: Page, gray: NDArray[np.uint8]) -> dict[str, Any]:
    png = cv2.imencode(".png", gray)[1].tobytes()
    file = {"name": "picture.png", "mimeType": "image/png", "buffer": png}
    return final_answer(page, lambda: page.locator("#file").set_input_files(file))  # type: ignore[arg-type]


def expect_same(found: dict[str, Any], expected: Any, *, within: float = 1e-4) -> None:
    assert (found["digits"], found["reason"]) == (expected.digits, expected.reason)
    assert [tuple(box) for box in found["boxes"]] == list(expected.boxes)
    assert np.abs(np.array(found["probabilities"]) - np.array(expected.probabilities)).max() < within


def test_the_page_is_one_small_file_that_passes_its_own_check(pad: Path, opened: Opened) -> None:
    assert pad.stat().st_size < 3_000_000
    assert '"precision": "half"' in pad.read_text(encoding="utf-8")
    page = opened(pad)
    expect(page.locator("html")).to_have_attribute("data-check", "passed")
    expect(page.locator("#problem")).to_be_hidden()


@pytest.mark.parametrize("stroke", [SEVEN, ONE, [*SEVEN, *ONE], [(0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1)]])
def test_a_drawing_is_read_as_python_reads_its_pixels(
    pad: Path, opened: Opened, shipped: Recognizer, stroke: list[tuple[float, float]]
) -> None:
    page = opened(pad)
    found = final_answer(page, lambda: draw(page, stroke))
    expect_same(found, shipped.predict(found["gray"], polarity="dark-on-light"))


def test_a_thousand_real_digits_get_the_probabilities_of_python(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    page = opened(pad)
    found = page.evaluate(
        """(encoded) => {
            const pixels = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
            return Array.from({ length: pixels.length / 784 }, (_, at) => {
                const image = Float32Array.from(pixels.subarray(at * 784, (at + 1) * 784), (value) => value / 255);
                return [...handigits.model(image), handigits.gate.novelty(image)];
            });
        }""",
        base64.b64encode(test_images.tobytes()).decode(),
    )
    assert shipped.gate is not None
    novelty = shipped.gate.novelty(test_images.astype(np.float32) / np.float32(255))
    expected = np.concatenate([shipped.probabilities(test_images), novelty[:, None]], axis=1)
    assert np.abs(np.array(found) - expected).max() < 1e-4


def test_a_row_of_digits_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    row = 255 - np.pad(np.kron(np.hstack([*test_images[:4]]), np.ones((4, 4), np.uint8)), (0, 1))
    found = read_in_page(opened(pad), row)
    assert len(found["digits"]) == 4
    expect_same(found, shipped.predict(row))


def test_a_digit_that_fills_its_picture_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    zero = next(image for image in test_images if shipped.predict(image).digits == "0")
    rows, columns = np.flatnonzero(zero.any(1)), np.flatnonzero(zero.any(0))
    full = cv2.resize(zero[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], (32, 40))
    found = read_in_page(opened(pad), full)
    assert found["digits"] == "0"
    expect_same(found, shipped.predict(full))


def test_rows_that_touch_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    random = np.random.default_rng(0)
    page = opened(pad)
    for start in range(100, 220, 6):
        row = np.zeros((90, 420), np.uint8)
        x = 10
        for image in test_images[start : start + random.integers(2, 6)]:
            high = int(random.integers(50, 70))
            top = int(random.integers(0, 90 - high))
            part = row[top : top + high, x : x + high]
            np.maximum(part, cv2.resize(image, (high, high)), out=part)
            x += int(high * random.uniform(0.6, 1.0))
        found = page.evaluate(
            """([encoded, width, height]) => {
                const pixels = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
                const { digits, reason, boxes, probabilities } = handigits.read({ width, height, pixels });
                return { digits, reason, boxes, probabilities: probabilities.map((each) => [...each]) };
            }""",
            [base64.b64encode((255 - row).tobytes()).decode(), 420, 90],
        )
        expect_same(found, shipped.predict(255 - row))


def test_the_gate_of_the_page_judges_as_pythons_does(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    assert shipped.gate
    noise = np.random.default_rng(0).random((20, 28, 28))
    images = np.concatenate([test_images[:20] / 255, noise]).astype(np.float32)
    found = opened(pad).evaluate(
        "images => images.map((image) => handigits.gate.novelty(Float32Array.from(image)))",
        images.reshape(len(images), -1).tolist(),
    )
    assert np.abs(np.array(found) - shipped.gate.novelty(images)).max() < 1e-5


def is_plainly(digit: str, answer: Prediction) -> bool:
    return answer.digits == digit and answer.probability is not None and answer.probability > 0.998


@pytest.mark.parametrize("turns", [1, 3])
def test_a_page_on_its_side_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8], turns: int
) -> None:
    upright = np.hstack(
        [next(image for image in test_images if is_plainly(digit, shipped.predict(image))) for digit in "23457"]
    )
    page = 255 - np.pad(np.kron(np.pad(np.rot90(upright, turns), 6), np.ones((4, 4), np.uint8)), (0, 1))
    found = read_in_page(opened(pad), page)
    assert found["digits"] == "23457"
    expect_same(found, shipped.predict(page))


def test_a_digit_over_paler_lines_is_read(pad: Path, opened: Opened, shipped: Recognizer) -> None:
    page = np.full((196, 196), 205, np.uint8)
    for height in (40, 80, 120, 160):
        cv2.line(page, (10, height), (190, height + 8), 120, 11)
    cv2.ellipse(page, (95, 70), (32, 30), 0, -150, 90, 25, 12)
    cv2.ellipse(page, (92, 132), (38, 34), 0, -90, 145, 25, 12)
    [reading] = shipped.read([prepare(page)])
    assert reading.given.notes == ("written in two inks: the fainter one left out",)
    found = read_in_page(opened(pad), page)
    assert found["digits"] == "3"
    expect_same(found, reading.prediction)


@pytest.mark.parametrize("size", [12, 64])
def test_digits_that_were_cut_out_tightly_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8], size: int
) -> None:
    page = opened(pad)
    stretched = [cv2.resize(tight(image), (size, size), interpolation=cv2.INTER_LINEAR_EXACT) for image in test_images]
    readings = zip(stretched, shipped.read([prepare(image) for image in stretched]), strict=True)
    with_margin = [(image, reading) for image, reading in readings if reading.given.margin]
    assert len(with_margin) > 1
    for image, reading in with_margin[:3]:
        expect_same(read_in_page(page, image), reading.prediction)


@pytest.mark.parametrize(("size", "factor"), [(9, 1), (16, 1), (9, 8), (16, 4)])
def test_pictures_of_few_pixels_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8], size: int, factor: int
) -> None:
    page = opened(pad)
    for image in test_images[:20]:
        small = np.asarray(cv2.resize(tight(image), (size, size), interpolation=cv2.INTER_AREA), np.uint8)
        picture = np.kron(small, np.ones((factor, factor), np.uint8))
        expect_same(read_in_page(page, picture), shipped.predict(picture), within=0.01)  # OpenCV's last bit, enlarged


def tight(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A digit without the paper around it."""
    rows, columns = np.flatnonzero((image > 100).any(1)), np.flatnonzero((image > 100).any(0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("kind", ["spatter", "noise", "stripe", "zigzag"])
def test_spoilt_digits_of_mnists_size_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8], kind: str
) -> None:
    page = opened(pad)
    spoilt = corrupt(test_images[:12], kind, 3)
    assert any(reading.chosen[0] > 0 for reading in shipped.read([prepare(image) for image in spoilt]))
    for image in spoilt:
        found, expected = read_in_page(page, image), shipped.predict(image)
        assert (found["digits"], found["reason"]) == (expected.digits, expected.reason)


def test_nested_zigzags_are_read_as_python_reads_them(pad: Path, opened: Opened, shipped: Recognizer) -> None:
    page = np.full((300, 700), 235, np.uint8)
    for number in range(16):
        points = [(8 + x + 2 * number, 10 + 12 * number + 90 * (x // 60 % 2)) for x in range(0, 640, 60)]
        cv2.polylines(page, [np.array(points, np.int32)], False, 30, 2)
    expect_same(read_in_page(opened(pad), page), shipped.predict(page))


def test_ruled_and_shaded_paper_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    light = np.linspace(120, 230, 300)
    page = np.tile(light, (280, 1)) * (1 - 0.7 * cv2.resize(test_images[0], (300, 280)) / 255)
    page[40::60] *= 0.7
    gray = page.astype(np.uint8)
    expect_same(read_in_page(opened(pad), gray), shipped.predict(gray))


def test_grainy_paper_is_blank_and_faint_pencil_on_it_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    paper = 200 + np.random.default_rng(0).normal(0, 5, (280, 300))
    page = opened(pad)
    for gray in (paper, paper - 50 * (cv2.resize(test_images[0], (300, 280)) / 255.0)):
        pixels = np.clip(gray, 0, 255).astype(np.uint8)
        expected = shipped.predict(pixels)
        assert expected.abstained == (gray is paper)
        expect_same(read_in_page(page, pixels), expected)


def test_digits_on_sheets_in_boxes_and_circles_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    page, answered = opened(pad), 0
    for number, desk in enumerate((20, 60, 140, 255)):
        paper = np.full((150, 150), 230.0)
        paper[25:125, 25:125] -= 180 * (cv2.resize(test_images[100 * number], (100, 100)) / 255.0)
        turn = cv2.getRotationMatrix2D((75, 75), 5 * number, 1)
        turn[:, 2] += 60
        scene = cv2.warpAffine(paper, turn, (270, 280), borderValue=(float(desk),))
        if desk == 255:
            scene = cv2.copyMakeBorder(paper, 9, 9, 9, 9, cv2.BORDER_CONSTANT, value=(230.0,))
            cv2.rectangle(scene, (4, 4), (162, 162), (30.0,), 2)
        scene *= np.linspace(0.6, 1, scene.shape[1])
        if desk == 140:
            scene = cv2.ellipse(
                cv2.copyMakeBorder(paper, *[30] * 4, cv2.BORDER_REPLICATE), (105, 105), (90, 95), 0, 0, 360, 20, 3
            )
        for gray in (scene.astype(np.uint8), 255 - scene.astype(np.uint8)):
            expected = shipped.predict(gray)
            answered += not expected.abstained
            expect_same(read_in_page(page, gray), expected)
    assert answered >= 6  # of eight


def test_rows_in_tables_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    page = opened(pad)
    for margin in (0, 30):
        cells = []
        for image in test_images[::250]:
            cell = np.full((110, 90), 230.0)
            cell[15:95, 5:85] -= 180 * (cv2.resize(image, (80, 80)) / 255.0)
            cells.append(cv2.copyMakeBorder(cell, 3, 3, 3, 0, cv2.BORDER_CONSTANT, value=(40.0,)))
        row = cv2.copyMakeBorder(np.hstack(cells), 0, 0, 0, 3, cv2.BORDER_CONSTANT, value=(40.0,))
        table = cv2.copyMakeBorder(row, *[margin] * 4, cv2.BORDER_CONSTANT, value=(230.0,)).astype(np.uint8)
        expected = shipped.predict(table)
        assert len(expected.digits) == 4
        expect_same(read_in_page(page, table), expected)


def test_a_small_picture_full_of_noise_is_read_and_noise_alone_is_not(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    noise = np.random.default_rng(0).normal(0, 16, (600, 90))
    page = opened(pad)
    for gray in (noise, noise[:90] - 60 * (cv2.resize(test_images[0], (90, 90)) / 255.0)):
        pixels = np.clip(180 + gray, 0, 255).astype(np.uint8)
        expected = shipped.predict(pixels)
        assert expected.abstained == (gray is noise)
        expect_same(read_in_page(page, pixels), expected)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_finger_on_a_phone_is_read_in_either_colours(pad: Path, opened: Opened, scheme: str) -> None:
    size = {"width": 390, "height": 844}
    phone = opened(pad, viewport=size, has_touch=True, is_mobile=True, color_scheme=scheme)
    box = phone.locator("#pad").bounding_box()
    assert box is not None
    touch = phone.context.new_cdp_session(phone)
    for step in range(9):
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] * (0.2 + 0.07 * step)}
        kind = "touchMove" if step else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(phone.locator("#spoken")).to_contain_text("Reads 1", timeout=30_000)
    assert phone.evaluate("document.documentElement.scrollWidth") == size["width"]


def test_the_keyboard_draws(pad: Path, opened: Opened) -> None:
    page = opened(pad)
    page.locator("#pad").focus()
    page.keyboard.press("Space")
    for _ in range(18):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#spoken")).to_contain_text("Reads 1", timeout=30_000)


def test_the_score_of_a_handwriting_is_offered(pad: Path, opened: Opened) -> None:
    page = opened(pad)
    page.get_by_role("button", name="Score my handwriting").click()
    expect(page.locator("#score")).to_be_visible()


def test_a_file_that_is_no_picture_is_told(pad: Path, opened: Opened) -> None:
    page = opened(pad)
    page.locator("#file").set_input_files({"name": "letter.png", "mimeType": "image/png", "buffer": b"Dear Sir"})
    expect(page.get_by_role("alert")).to_contain_text("cannot show it as a picture")


def test_a_page_that_answers_otherwise_says_so_and_reads_nothing(pad: Path, opened: Opened, tmp_path: Path) -> None:
    text = pad.read_text(encoding="utf-8")
    weights = text.index('"weights": "') + 400_000
    changed = tmp_path / "changed.html"
    changed.write_text(text[:weights] + "A" * 4000 + text[weights + 4000 :], encoding="utf-8")
    page = opened(changed)
    expect(page.get_by_role("alert")).to_contain_text("Nothing is read here")
    expect(page.locator("main > section[inert]")).to_have_count(2)


def test_every_kind_of_layer_answers_as_python_does(
    tmp_path: Path, opened: Opened, test_images: NDArray[np.uint8]
) -> None:
    random = np.random.default_rng(0)

    def numbers(*shape: int) -> NDArray[np.float32]:
        return (random.standard_normal(shape) / 4).astype(np.float32)

    layers = (
        Crop((1, 0, 2, 1)),
        Convolution(numbers(4, 1, 3, 2), numbers(4), 2, (1, 0, 2, 1)),
        Convolution(numbers(4, 2, 1, 1), numbers(4), groups=2),
        Relu(),
        BatchNorm(numbers(4), numbers(4), numbers(4), np.abs(numbers(4)) + 1, 1e-3),
        MaxPool(3),
        Flatten(),
        Dense(numbers(10, 64), numbers(10)),
        Softmax(),
    )
    network = Network(layers)
    source = tmp_path / "model.onnx"
    recognizer = recognizer_of(network, source, test_images)
    path = tmp_path / "pad.html"
    write_html(network, recognizer, choose_golden(test_images, recognizer.probabilities(test_images)), path)
    page = opened(path)
    expect(page.locator("html")).to_have_attribute("data-check", "passed")
    expect(page.locator("#model")).to_have_text("Model “<b>toy</b>”")
    four_marks = np.full((60, 200), 255, np.uint8)
    four_marks[20:40, 20:180:40] = 0
    expect_same(read_in_page(page, four_marks), recognizer.predict(four_marks))


def recognizer_of(network: Network, path: Path, images: NDArray[np.uint8]) -> Recognizer:
    """A model of shapes that are no digits, before which no gate stands."""
    from handigits.artifact.reading import open_graph

    about = ArtifactMetadata(
        recipe="<b>toy</b>", seed=0, data="kmnist", parameters=1, macs=1, training_seconds=1.0, metrics={}
    )
    return Recognizer(open_graph(to_onnx(network)), about)


def test_the_layers_in_a_page_are_read_back(pad: Path, shipped: Recognizer, test_images: NDArray[np.uint8]) -> None:
    expected = from_onnx(shipped_model().read_bytes())
    assert [type(layer) for layer in read_html(pad).layers] == [type(layer) for layer in expected.layers]
    assert to_onnx(read_html(pad)) == to_onnx(expected)


def test_a_page_of_others_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_text("<!doctype html><title>A page</title>", encoding="utf-8")
    with pytest.raises(ModelError, match="holds no model"):
        read_html(other)


def test_a_graph_that_does_not_choose_a_class_is_no_gate() -> None:
    with pytest.raises(ModelError, match="ends with Softmax"):
        split_choice(shipped_model().read_bytes())
