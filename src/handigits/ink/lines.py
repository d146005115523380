"""Ruled and squared paper: lines from edge to edge are taken away, and strokes that cross them are closed again."""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.marks import INK, typical_width

__all__ = ["drop_lines"]

_PICTURE = 100  # pixels of the shorter side: below that a picture has no room for ruled paper
_RUN = 25  # pixels: a line is made of straight runs at least that long
_MARGIN = 0.05  # of a side of the picture that a line may leave free at either end
_PART = 0.2  # of a side of the picture: many thin lines that long are ruled, wherever they break off
_MANY = 3  # such lines have to reach an edge
_THICKEST = 0.02  # of a side of the picture
_THIN = 0.6  # of the width of the strokes: fewer than three lines are ruled only if they are that thin


def drop_lines(strength: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], str]:
    """Drop ruled lines: straight, from edge to edge, and either thinner than the writing or several of them.

    Args:
        strength: uint8 (H, W), 0 paper to 255 ink.

    Returns:
        The strength without them, and a sentence about what was done, empty if nothing was.
    """
    mask = (strength >= INK).astype(np.uint8)
    lines = np.zeros_like(mask)
    if min(mask.shape) >= _PICTURE:
        for is_horizontal in (True, False):
            lines |= _find_lines(mask, is_horizontal)
    if not lines.any():
        return strength, ""
    rest = np.where(cv2.dilate(lines, np.ones((3, 3), np.uint8)) > 0, 0, strength).astype(np.uint8)
    rest = np.maximum(rest, np.where(_crossings(mask, lines) > 0, strength, 0).astype(np.uint8))
    return (rest, "ruled lines: removed") if (rest >= INK).any() else (strength, "")


def _find_lines(mask: NDArray[np.uint8], is_horizontal: bool) -> NDArray[np.uint8]:
    """The pixels of ruled lines of one direction; a slope of one pixel in ten is still straight."""
    if not is_horizontal:
        return np.ascontiguousarray(_find_lines(np.ascontiguousarray(mask.T), True).T)
    width = mask.shape[1]
    tall = cv2.dilate(mask, np.ones((3, 1), np.uint8))  # a thin line with a slope has short runs
    runs = cv2.bitwise_and(cv2.morphologyEx(tall, cv2.MORPH_OPEN, np.ones((1, _RUN), np.uint8)), mask)
    margin = round(_MARGIN * width)
    joined = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, np.ones((3, _RUN), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    left, length, area = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_AREA]
    is_line = area <= length * _THICKEST * width
    is_line[0] = False
    from_left, to_right = left <= margin, left + length >= width - margin
    crosses = is_line & from_left & to_right
    parts = is_line & (length >= _PART * width)
    if (parts & (from_left | to_right)).sum() >= _MANY:
        bold = _bolder(mask, float(np.median(area[parts] / length[parts])))
        if bold.any():
            return np.asarray(parts[labels] & (runs > 0) & (bold == 0), np.uint8)
    lines = np.asarray(crosses[labels] & (runs > 0), np.uint8)
    if not crosses.any():
        return lines
    rest = cv2.morphologyEx(np.where(lines > 0, 0, mask).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    writing = typical_width(rest)
    thickness = float(np.median(area[crosses] / length[crosses]))
    is_ruled = crosses.sum() >= 3 or thickness <= _THIN * writing
    return lines if is_ruled else np.zeros_like(lines)


def _bolder(mask: NDArray[np.uint8], thickness: float) -> NDArray[np.uint8]:
    """What of a mask is clearly thicker than lines of this thickness, crossings of two of them included."""
    side = int(thickness / _THIN) + 2
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((side, side), np.uint8)), np.uint8)


def _crossings(mask: NDArray[np.uint8], lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Where strokes cross ruled lines: pixels of a line with writing on both sides of it, close by."""
    rest = cv2.subtract(mask, cv2.dilate(lines, np.ones((3, 3), np.uint8)))
    bridged = np.zeros_like(mask)
    for reach in ((7, 1), (1, 7)):
        bridged |= cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones(reach, np.uint8))
    return np.asarray(cv2.bitwise_and(bridged, mask), np.uint8)
