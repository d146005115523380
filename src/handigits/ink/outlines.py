"""Areas whose outline is a rectangle, seen at any angle: sheets of paper, and boxes to write in."""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BOX", "SHEET", "core_of", "grown", "rim_of", "within_outline"]

# Of the smallest rectangle around an area, what it fills, at least.
SHEET = 0.85  # seen at any angle
BOX = 0.93  # drawn on paper: a neat zero fills up to 0.92


def within_outline(mask: NDArray[np.bool_], filled: float) -> NDArray[np.bool_] | None:
    """What lies within the convex outline of a mask, bool (H, W).

    None where that fills less of the smallest rectangle around it, at any angle, or is a mere line.
    """
    outline = cv2.convexHull(cv2.findNonZero(mask.astype(np.uint8)))
    size = cv2.contourArea(outline)
    if not size or size < (filled - 1e-6) * np.prod(cv2.minAreaRect(outline)[1]):
        return None
    return _inside(outline[:, 0], mask.shape)


def _inside(outline: NDArray[np.int32], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The pixels within a convex outline of x and y, (N, 2)."""
    rows = np.arange(shape[0])
    left, right = np.full(shape[0], np.inf), np.full(shape[0], -np.inf)
    for (x, y), (to_x, to_y) in zip(outline.tolist(), np.roll(outline, -1, axis=0).tolist(), strict=True):
        crossed = rows[min(y, to_y) : max(y, to_y) + 1]
        ends = [x + (crossed - y) * (to_x - x) / (to_y - y)] if y != to_y else [x, to_x]
        for end in ends:
            left[crossed], right[crossed] = np.minimum(left[crossed], end), np.maximum(right[crossed], end)
    columns = np.arange(shape[1])
    return np.asarray((columns >= left[:, None] - 1e-6) & (columns <= right[:, None] + 1e-6))


def grown(area: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    """An area and the pixels around it, or without those along its edge where they are negative."""
    change = cv2.dilate if pixels > 0 else cv2.erode
    size = 2 * abs(pixels) + 1
    return np.asarray(change(area.astype(np.uint8), np.ones((size, size), np.uint8)) > 0)


def core_of(area: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    """An area without the pixels along its edge, those along the picture's edge as well."""
    return grown(np.pad(area, 1), -pixels)[1:-1, 1:-1]


def rim_of(area: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The outermost pixels of an area."""
    return area & ~core_of(area, 1)
