"""What a person does at the pad: opens it, and draws."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, Page, expect

if TYPE_CHECKING:
    from .conftest import Service

__all__ = ["ONE", "SEVEN", "answer_always", "draw", "expect_digit", "hold", "opened", "places", "release", "wait_until"]

SEVEN = [(0.38, 0.25), (0.62, 0.25), (0.47, 0.8)]
ONE = [(0.5, 0.2), (0.5, 0.8)]

_TINY_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="


@contextmanager
def opened(browser: Browser, service: "Service", **context: Any) -> Iterator[Page]:
    """The pad in a fresh window; what goes wrong in the page fails the test."""
    window = browser.new_context(**{"viewport": {"width": 1200, "height": 800}} | context)
    page = window.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(service.url)
    expect(page.locator("#model")).not_to_be_empty()
    yield page
    window.close()
    assert [each for each in problems if "Failed to load resource" not in each] == []  # tests ask for refusals


def places(page: Page, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Where points, in shares of the pad, are in the window."""
    box = page.locator("#pad").bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    """One stroke with the mouse."""
    first, *rest = places(page, points)
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def expect_digit(page: Page, digit: str) -> None:
    """Wait until it is read."""
    expect(page.locator("#digits")).to_have_text(digit)


def answer_always(page: Page, answer: dict[str, Any]) -> None:
    """Let the service answer this, whatever is drawn."""
    told = {"reason": "", "notes": [], "seen": [_TINY_PNG] * max(1, len(answer["digits"])), "milliseconds": 1.0}
    page.route("**/predict", lambda route: route.fulfill(json=told | answer))


def hold(page: Page, path: str) -> None:
    """Leave what is asked at addresses that begin so unanswered, even if the page gives up waiting."""
    page.evaluate(
        """path => {
            window.really ??= window.fetch;
            window.held = [];
            window.fetch = (url, options) =>
                url.startsWith(path) ? new Promise(done => held.push(done)) : really(url, options);
        }""",
        path,
    )


def release(page: Page, answer: dict[str, Any]) -> None:
    """Answer what was held, hold no more, and give the page time to go on."""
    page.evaluate(
        """async answer => {
            window.fetch = really;
            held.forEach(done => done(new Response(JSON.stringify(answer))));
            await new Promise(done => setTimeout(done, 50));
        }""",
        answer,
    )


def wait_until(page: Page, condition: str) -> None:
    """Wait until some JavaScript is true; the page's policy forbids `wait_for_function`."""
    for _ in range(250):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(condition)
