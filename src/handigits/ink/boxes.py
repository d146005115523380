"""Boxes and tables that somebody wrote into: their lines go, and what stands in them stays.

A box is a mark that encloses rectangles, or a circle, with other ink in them. Strokes that touch its lines are kept as
far as they lie within. Lines that cross the whole page are found by `lines`.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.marks import Marks
from handigits.ink.outlines import BOX, RING, rim_of, within_outline

__all__ = ["drop_boxes"]

_SMALLEST = 0.01  # of the picture
_MOST = 40  # boxes: more are rings within rings, or another pattern
_SPARSE = 0.4  # of the rectangle around it is ink, at most
_CELL = 0.002  # of the box: a smaller area within it is no place to write in
_STRAIGHT = 0.8  # of a rectangle's rim is paper: shadows bulge, and not too many strokes touch a line
_MOSTLY = 0.8  # of what a box encloses is in rectangles
_WRITTEN = 0.2  # of a rectangle's height: the height of a mark in one of them, at least: several specks are no writing
_ENCIRCLED = 0.3  # the same of a circle: a zero may have a dot in it, or a dash
_CIRCLE = 0.8  # of its longer side is its shorter one, at least: a zero is narrower


def drop_boxes(strength: NDArray[np.uint8], marks: Marks) -> tuple[NDArray[np.uint8], int]:
    """The strength, uint8 (H, W), without the lines of boxes that are written in; and how many boxes there were."""
    kept, count = strength, 0
    for mark in _may_be_boxes(marks):
        x, y, wide, high = marks.boxes[mark].tolist()
        part = np.s_[y : y + high, x : x + wide]
        cells = _cells(marks.labels[part], mark, marks.boxes[:, 3])
        if cells is None:
            continue
        kept = kept.copy() if kept is strength else kept
        kept[part][(marks.labels[part] == mark) & ~cells] = 0
        count += 1
    return kept, count


def _may_be_boxes(marks: Marks) -> list[int]:
    """Numbers of the marks that are large and sparse enough, and have others within their box."""
    x, y, wide, high = marks.boxes.T
    around = wide * high
    large = (around >= _SMALLEST * marks.labels.size) & (marks.areas <= _SPARSE * around)
    large[0] = False
    found = []
    for mark in np.flatnonzero(large).tolist():
        inside = (x > x[mark]) & (y > y[mark]) & (x + wide < x[mark] + wide[mark]) & (y + high < y[mark] + high[mark])
        inside[0] = False
        if inside.any():
            found.append(mark)
    return found if len(found) <= _MOST else []


def _cells(labels: NDArray[np.int32], mark: int, heights: NDArray[np.int32]) -> NDArray[np.bool_] | None:
    """Where one may write within a mark, bool (H, W), and somebody did; None if it is no box.

    Args:
        labels: the number of the mark at each pixel of its box, (H, W); 0 none.
        heights: of all marks in the picture, by number.
    """
    enclosing = np.pad(labels == mark, 1)
    _, areas, stats, _ = cv2.connectedComponentsWithStats((~enclosing).astype(np.uint8), connectivity=4)
    outside = areas[0, 0]
    sizes = stats[:, cv2.CC_STAT_AREA].copy()
    sizes[[0, outside]] = 0  # neither the mark itself nor what is around it
    cells, enclosed, is_written = np.zeros_like(enclosing), 0, False
    others = np.pad(np.where(labels != mark, labels, 0), 1)
    for area in np.flatnonzero(sizes >= _CELL * labels.size).tolist():
        x, y, wide, high = stats[area, :4].tolist()
        part = np.s_[y : y + high, x : x + wide]
        own = areas[part] == area
        within, needed = within_outline(own, BOX), _WRITTEN
        if within is None and min(wide, high) >= _CIRCLE * max(wide, high):
            within, needed = within_outline(own, RING), _ENCIRCLED
        if within is None or own[rim_of(within)].mean() < _STRAIGHT:
            continue
        enclosed += sizes[area]
        cells[part] |= within
        there = others[part][within]
        is_written |= bool((heights[there[there > 0]] >= needed * high).any())
    return cells[1:-1, 1:-1] if is_written and enclosed >= _MOSTLY * sizes.sum() else None
