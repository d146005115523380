"""The model and the gate in the offline page: the layers that it holds and what they answer."""

import base64
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect

from handigits.artifact import ArtifactMetadata
from handigits.artifact.golden import choose_golden
from handigits.artifact.reading import open_graph
from handigits.errors import ModelError
from handigits.export.html import read_html, write_html
from handigits.network.layers import BatchNorm, Convolution, Crop, Dense, Flatten, MaxPool, Network, Relu, Softmax
from handigits.network.onnx_graph import from_onnx, split_choice, to_onnx
from handigits.recognizer import Recognizer, shipped_model

from .conftest import Opened
from .hands import expect_same, read_in_page


def test_the_page_is_one_small_file_that_passes_its_own_check(pad: Path, opened: Opened) -> None:
    assert pad.stat().st_size < 3_000_000
    assert '"precision": "half"' in pad.read_text(encoding="utf-8")
    page = opened(pad)
    expect(page.locator("html")).to_have_attribute("data-check", "passed")
    expect(page.locator("#problem")).to_be_hidden()


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
    recognizer = recognizer_of(network)
    path = tmp_path / "pad.html"
    write_html(network, recognizer, choose_golden(test_images, recognizer.probabilities(test_images)), path)
    page = opened(path)
    expect(page.locator("html")).to_have_attribute("data-check", "passed")
    expect(page.locator("#model")).to_have_text("Model “<b>toy</b>”")
    four_marks = np.full((60, 200), 255, np.uint8)
    four_marks[20:40, 20:180:40] = 0
    expect_same(read_in_page(page, four_marks), recognizer.predict(four_marks))


def recognizer_of(network: Network) -> Recognizer:
    """A model of shapes that are no digits, before which no gate stands."""
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
