"""What is done to the offline page, and what it answers."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

__all__ = ["draw", "expect_same", "final_answer", "read_in_page"]


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


def read_in_page(page: Page, picture: NDArray[np.uint8]) -> dict[str, Any]:
    """What the page says of a picture, uint8 (H, W), or (H, W, 3) in OpenCV's order, blue first."""
    png = cv2.imencode(".png", picture)[1].tobytes()
    file = {"name": "picture.png", "mimeType": "image/png", "buffer": png}
    return final_answer(page, lambda: page.locator("#file").set_input_files(file))  # type: ignore[arg-type]


def expect_same(found: dict[str, Any], expected: Any, *, within: float = 1e-4) -> None:
    assert (found["digits"], found["reason"]) == (expected.digits, expected.reason)
    assert [tuple(box) for box in found["boxes"]] == list(expected.boxes)
    assert np.abs(np.array(found["probabilities"]) - np.array(expected.probabilities)).max() < within
