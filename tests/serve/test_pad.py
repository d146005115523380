"""The pad in a real browser, used as people use it: with mouse, finger, pen and keyboard.

Skipped where there is no Chromium; with HANDIGITS_REQUIRE_BROWSER set, its absence is a failure.
"""

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from handigits.ink import decode

from .conftest import Service
from .hands import ONE, SEVEN, answer_always, draw, expect_digit, opened, places

BLANK = {"file": "", "digits": "", "boxes": [], "probability": None, "probabilities": [[0.1] * 10], "abstained": True}


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


def test_a_digit_drawn_with_a_pen_is_read(page: Page) -> None:
    pen = page.context.new_cdp_session(page)
    page.evaluate("document.addEventListener('pointerdown', (event) => (window.kind = event.pointerType))")
    for number, (x, y) in enumerate(places(page, SEVEN)):
        kind = "mouseMoved" if number else "mousePressed"
        stroke = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "pointerType": "pen"}
        pen.send("Input.dispatchMouseEvent", stroke)
    pen.send("Input.dispatchMouseEvent", stroke | {"type": "mouseReleased"})
    expect_digit(page, "7")
    assert page.evaluate("window.kind") == "pen"


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
    draw(page, [(0.8, 0.2), (0.8, 0.8)])
    expect_digit(page, "11")
    page.get_by_role("button", name="Undo").click()
    expect_digit(page, "1")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#sureness")).to_have_text("Nothing drawn yet.")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_sent_is_black_on_white_whatever_colours_the_page_has(
    browser: Browser, service: Service, scheme: str
) -> None:
    with opened(browser, service, color_scheme=scheme) as page:
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
    expect(page.locator("#sureness")).to_have_text("A scribble.")
    expect(page.locator("#bars-title")).to_have_text("If it had to be a digit")
    expect(page.locator("#spoken")).to_have_text("Nothing is read: a scribble.")


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


def test_a_second_reading_that_is_likely_too_is_named(page: Page) -> None:
    unsure = [0.72 if each == 4 else 0.2 if each == 9 else 0.01 for each in range(10)]
    answer_always(page, BLANK | {"digits": "4", "abstained": False, "probability": 0.72, "probabilities": [unsure]})
    draw(page, ONE)
    expect(page.locator("#sureness")).to_have_text("72 % sure")
    expect(page.locator("#reason")).to_have_text("Otherwise a 9: 20 %.")


def test_a_service_that_is_gone_is_told(page: Page) -> None:
    page.route("**/predict", lambda route: route.abort())
    draw(page, ONE)
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.unroute("**/predict")
    draw(page, ONE)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_busy_service_is_asked_again(page: Page, seven: bytes) -> None:
    asked: list[Any] = []

    def refuse_once(route: Any) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.fulfill(status=503, headers={"Retry-After": "0.1"}, body=json.dumps({"detail": "busy"}))
        else:
            route.continue_()

    page.route("**/predict", refuse_once)
    page.locator("#file").set_input_files({"name": "seven.png", "mimeType": "image/png", "buffer": seven})
    expect_digit(page, "7")
    assert len(asked) == 2


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
    for _ in range(13):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.innerText || 'example'"))
    tools = ["pad", "undo", "clear", "camera", "file"]
    assert reached == ["score-begin", *tools, *["example"] * 4, "Why?", "HTTP API", "about"]
