"""The offline page as people use it: with a mouse, a finger, the keyboard and files."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from handigits.recognizer import Recognizer

from .conftest import Opened
from .hands import draw, expect_same, final_answer

SEVEN = [(0.38, 0.25), (0.62, 0.25), (0.47, 0.8)]
ONE = [(0.5, 0.2), (0.5, 0.8)]


@pytest.mark.parametrize("stroke", [SEVEN, ONE, [*SEVEN, *ONE], [(0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1)]])
def test_a_drawing_is_read_as_python_reads_its_pixels(
    pad: Path, opened: Opened, shipped: Recognizer, stroke: list[tuple[float, float]]
) -> None:
    page = opened(pad)
    found = final_answer(page, lambda: draw(page, stroke))
    expect_same(found, shipped.predict(found["gray"], polarity="dark-on-light"))


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
