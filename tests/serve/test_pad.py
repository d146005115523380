"""The pad in a real browser, used as people use it: with mouse, finger, keyboard, files and the clipboard.

Skipped where there is no Chromium; with HANDIGITS_REQUIRE_BROWSER set, its absence is a failure.
"""

import base64
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from handigits.data import load_dataset
from handigits.ink import decode

from .conftest import Service, started

SEVEN = [(0.38, 0.25), (0.62, 0.25), (0.47, 0.8)]
ONE = [(0.5, 0.2), (0.5, 0.8)]
BLANK = {"file": "", "digits": "", "boxes": [], "probability": None, "probabilities": [[0.1] * 10], "abstained": True}
TINY_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        except Error as err:
            if os.environ.get("HANDIGITS_REQUIRE_BROWSER"):
                raise
            pytest.skip(f"there is no Chromium: {err.message.splitlines()[0]}")
        yield chromium
        chromium.close()


def opened(browser: Browser, service: Service, **context: Any) -> Iterator[Page]:
    """The pad in a fresh window; what goes wrong in the page fails the test."""
    window = browser.new_context(**{"viewport": {"width": 1200, "height": 800}} | context)
    page = window.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(service.url)
    expect(page.locator("#bars li")).to_have_count(10)
    yield page
    window.close()
    assert [each for each in problems if "Failed to load resource" not in each] == []  # tests ask for refusals


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    yield from opened(browser, service)


@pytest.fixture
def phone(browser: Browser, service: Service) -> Iterator[Page]:
    size = {"width": 390, "height": 844}
    yield from opened(browser, service, viewport=size, has_touch=True, is_mobile=True, device_scale_factor=2)


def places(page: Page, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    box = page.locator("#pad").bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    first, *rest = places(page, points)
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def expect_digit(page: Page, digit: str) -> None:
    expect(page.locator("#digits")).to_have_text(digit)


def answer_always(page: Page, answer: dict[str, Any]) -> None:
    told = {"reason": "", "notes": [], "seen": [TINY_PNG] * max(1, len(answer["digits"])), "milliseconds": 1.0} | answer
    page.route("**/predict", lambda route: route.fulfill(json=told))


def test_a_digit_drawn_with_the_mouse_is_read(page: Page) -> None:
    draw(page, SEVEN)
    expect_digit(page, "7")
    expect(page.locator("#sureness")).to_contain_text("% sure")


def test_a_digit_drawn_with_a_finger_is_read_and_the_page_does_not_scroll(phone: Page) -> None:
    touch = phone.context.new_cdp_session(phone)
    (x, y), *rest = places(phone, ONE)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        point = {"x": x + (rest[0][0] - x) * step / 8, "y": y + (rest[0][1] - y) * step / 8}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_digit(phone, "1")
    assert phone.evaluate("scrollY") == 0


def test_a_digit_drawn_with_the_keyboard_is_read(page: Page) -> None:
    page.locator("#pad").focus()
    page.keyboard.press("Space")
    for _ in range(18):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect_digit(page, "1")


def test_the_answer_comes_while_the_stroke_still_grows(page: Page) -> None:
    first, *rest = places(page, SEVEN)
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=8)
    expect_digit(page, "7")
    expect(page.locator("#spoken")).to_have_text("")  # a screen reader is told at the end only
    page.mouse.up()
    expect(page.locator("#spoken")).to_contain_text("Reads 7")


def test_bars_show_the_probability_of_each_digit(page: Page) -> None:
    with page.expect_response("**/predict") as response:
        draw(page, ONE)
        page.wait_for_timeout(300)
    expect(page.locator("#bars .top .label")).to_have_text("1")
    heights = page.locator("#bars .bar").evaluate_all("bars => bars.map(bar => +bar.style.getPropertyValue('--p'))")
    assert response.value.ok
    assert sum(heights) == pytest.approx(1, abs=1e-3)


def test_what_the_model_saw_is_shown_and_described(page: Page) -> None:
    draw(page, SEVEN)
    seen = page.get_by_role("img", name="What the model sees: 28 by 28 pixels")
    expect(seen).to_be_visible()
    assert seen.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [28, 28]


def test_undo_takes_back_a_stroke_and_clear_takes_back_all(page: Page) -> None:
    draw(page, ONE)
    draw(page, [(0.8, 0.2), (0.9, 0.8)])
    page.get_by_role("button", name="Undo").click()
    expect_digit(page, "1")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#sureness")).to_have_text("Nothing drawn yet.")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_an_uploaded_picture_is_read(page: Page, seven: bytes) -> None:
    page.locator("#file").set_input_files({"name": "seven.png", "mimeType": "image/png", "buffer": seven})
    expect_digit(page, "7")


def test_an_upload_that_is_no_picture_is_told(page: Page) -> None:
    page.locator("#file").set_input_files({"name": "letter.png", "mimeType": "image/png", "buffer": b"Dear Sir"})
    expect(page.get_by_role("alert")).to_contain_text("is not a picture")


def test_a_pasted_picture_is_read(page: Page, seven: bytes) -> None:
    page.evaluate(
        """async (encoded) => {
            const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
        }""",
        base64.b64encode(seven).decode(),
    )
    expect_digit(page, "7")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_sent_is_black_on_white_whatever_colours_the_page_has(
    browser: Browser, service: Service, scheme: str
) -> None:
    for page in opened(browser, service, color_scheme=scheme):
        page.evaluate(
            """() => {
                const ask = fetch;
                window.fetch = async (path, options) => {
                    const picture = await options.body.get("picture").arrayBuffer();
                    window.sent = btoa(String.fromCharCode(...new Uint8Array(picture)));
                    return ask(path, options);
                };
            }"""
        )
        draw(page, ONE)
        expect(page.locator("#spoken")).to_contain_text("Reads 1")  # the whole stroke
        gray = decode(base64.b64decode(page.evaluate("sent"))).gray
        assert (gray[0, 0], gray[len(gray) // 2, gray.shape[1] // 2]) == (255, 0)


def test_what_is_no_digit_is_said_to_be_none(page: Page) -> None:
    answer_always(page, BLANK | {"reason": "a scribble"})
    draw(page, ONE)
    expect(page.locator("#sureness")).to_have_text("Not a digit")
    expect(page.locator("#reason")).to_have_text("a scribble")
    expect(page.locator("#spoken")).to_have_text("Not a digit: a scribble.")


def test_each_of_several_digits_can_be_looked_at(page: Page) -> None:
    def sure(digit: int) -> list[float]:
        return [0.91 if each == digit else 0.01 for each in range(10)]

    boxes = [[10, 10, 50, 100], [100, 10, 50, 100]]
    two = {"digits": "42", "boxes": boxes, "probability": 0.83, "probabilities": [sure(4), sure(2)]}
    answer_always(page, {"file": "", "abstained": False} | two)
    draw(page, ONE)
    expect_digit(page, "42")
    expect(page.locator("#boxes i")).to_have_count(2)
    expect(page.locator("#bars .top .label")).to_have_text("4")
    page.get_by_role("button", name="digit 2").click()
    expect(page.locator("#bars .top .label")).to_have_text("2")
    expect(page.locator("#bars-title")).to_contain_text("second")


def test_a_service_that_is_gone_is_told(page: Page) -> None:
    page.route("**/predict", lambda route: route.abort())
    draw(page, ONE)
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.unroute("**/predict")
    draw(page, ONE)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_busy_service_is_asked_again(page: Page) -> None:
    refusals = iter([True, False, False, False])

    def refuse_once(route: Any) -> None:
        if next(refusals, False):
            route.fulfill(status=503, headers={"Retry-After": "0.1"}, body=json.dumps({"detail": "busy"}))
        else:
            route.continue_()

    page.route("**/predict", refuse_once)
    page.locator("#pad").click(position={"x": 300, "y": 200})
    expect(page.locator("#timing")).not_to_be_empty()


def test_a_phone_shows_everything_without_scrolling_sideways(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    for name in ("Undo", "Clear"):
        box = phone.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert min(box["height"], box["width"]) >= 44


def test_everything_can_be_reached_by_keyboard(page: Page) -> None:
    draw(page, ONE)
    expect_digit(page, "1")
    page.get_by_role("heading", name="handigits").click()  # from where the next Tab starts
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert reached == ["score-begin", "pad", "undo", "clear", "file", "Why?"]


def test_a_correction_is_kept_and_can_be_taken_back(browser: Browser, tmp_path: Path) -> None:
    kept = tmp_path / "corrections.sqlite"
    with started("--collect", str(kept)) as collecting:
        for page in opened(browser, collecting):
            draw(page, ONE)
            expect_digit(page, "1")
            page.get_by_role("button", name="It is a 7").click()
            expect(page.locator("#kept")).to_contain_text("Kept as a 7")
            assert load_dataset(kept).train.labels.tolist() == [7]
            page.get_by_role("button", name="Delete it again").click()
            expect(page.locator("#kept")).to_have_text("Deleted.")
            draw(page, ONE)
            expect(page.locator("#kept")).to_contain_text("are kept here")


def test_no_correction_is_offered_where_none_is_kept(page: Page) -> None:
    draw(page, ONE)
    expect_digit(page, "1")
    expect(page.locator("#correction")).to_be_hidden()


def test_why_it_is_read_so_is_told_on_demand(page: Page) -> None:
    draw(page, [(x / 3, 0.02 + y / 3) for x, y in ONE])  # small, and in a corner
    expect_digit(page, "1")
    page.get_by_role("button", name="Why?").click()
    told = page.locator("#why-told")
    expect(told).to_contain_text("Blue speaks for a 1")
    expect(told).to_contain_text("its middle lies at")
    evidence = page.get_by_role("img", name="What speaks for a 1")
    assert evidence.evaluate("image => image.decode().then(() => image.naturalWidth)") == 28
    page.get_by_role("button", name="Clear").click()
    expect(told).to_be_empty()


def score_all(page: Page, write: list[tuple[float, float]]) -> None:
    """Answer all thirty prompts by writing the same."""
    page.get_by_role("button", name="Score my handwriting").click()
    for number in range(1, 31):
        expect(page.locator("#score")).to_contain_text(f"{number} of 30")
        draw(page, write)
        page.get_by_role("button", name="Next").click()


def test_a_score_of_thirty_digits_has_an_interval_confusions_and_a_picture_to_keep(page: Page) -> None:
    score_all(page, SEVEN)  # three of the thirty are asked to be sevens
    score = page.locator("#score")
    expect(score).to_contain_text("3 of 30")
    expect(score).to_contain_text("3 to 26 %")  # Wilson's, for 3 of 30
    expect(score).to_contain_text("1 as 7 (3 times)")
    with page.expect_download() as download:
        page.get_by_role("link", name="Keep the picture").click()
    picture = decode(download.value.path().read_bytes()).gray
    assert picture.shape == (696, 720)
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#answer")).to_be_visible()


def test_the_answer_is_not_shown_while_digits_are_asked_for(page: Page) -> None:
    page.get_by_role("button", name="Score my handwriting").click()
    expect(page.locator("#answer")).to_be_hidden()
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#answer")).to_be_visible()


def test_on_a_phone_the_score_fits_the_screen(phone: Page) -> None:
    phone.get_by_role("button", name="Score my handwriting").click()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
