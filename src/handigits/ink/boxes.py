"""Boxes and tables that somebody wrote into: their lines go, and what stands in them stays.

A box is a mark that encloses rectangles, or a loop around an answer, with other ink in them. Strokes that touch its
lines are kept as far as they lie within. Lines that cross the whole page are found by `lines`.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.marks import Marks
from handigits.ink.outlines import BOX, core_of, rim_of, within_outline

__all__ = ["drop_boxes"]

_SMALLEST = 0.01  # of the picture
_MOST = 40  # boxes: more are rings within rings, or another pattern
_SPARSE = 0.4  # of the rectangle around it is ink, at most
_CELL = 0.002  # of the box: a smaller area within it is no place to write in
_UNEVEN = 0.04  # of the shorter side of what is enclosed: so far in, a line drawn by hand has waves
_STRAIGHT = 0.8  # of the rim within them is paper: shadows bulge, and not too many strokes touch a line
_MOSTLY = 0.8  # of what a box encloses is in rectangles, or in a loop
_WRITTEN = 0.2  # of a rectangle's height: the height of a mark in one of them, at least: several specks are no writing
_LOOP = 0.5  # of the box: a loop of any shape encloses so much
_ENCIRCLED = 0.3  # of a loop's height: the height of a mark in it, at least: a zero may have a dot in it
_WIDE = 0.8  # of its height is the width of a loop that is no zero, whatever it encloses
_BROAD = 0.3  # of a mark's length is its width, if it is not the dash in a zero


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
        own, there = areas[part] == area, others[part]
        outline = within_outline(own, 0.0)
        if outline is None:
            continue
        within = core_of(outline, round(_UNEVEN * min(wide, high)))
        is_even = bool(own[rim_of(within)].mean() >= _STRAIGHT)
        if is_even and within_outline(own, BOX) is not None:
            is_written |= bool((heights[_numbers(there[within])] >= _WRITTEN * high).any())
        elif sizes[area] >= _LOOP * labels.size and _is_encircled(there * own, heights):
            is_written = True
        else:
            continue
        enclosed += sizes[area]
        if is_even:
            cells[part] |= within
    return cells[1:-1, 1:-1] if is_written and enclosed >= _MOSTLY * sizes.sum() else None


def _numbers(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.unique(labels[labels > 0])


def _is_encircled(there: NDArray[np.int32], heights: NDArray[np.int32]) -> bool:
    """Whether writing stands in a loop: not the dash of a zero.

    Args:
        there: the number of the mark at each pixel within the loop, (H, W); 0 none.
        heights: of all marks, by number.
    """
    high, wide = there.shape
    tall = [number for number in _numbers(there) if heights[number] >= _ENCIRCLED * high]
    return bool(tall) and (wide >= _WIDE * high or any(_is_broad(there == number) for number in tall))


def _is_broad(mask: NDArray[np.bool_]) -> bool:
    """Whether a mark is more than one straight stroke."""
    shorter, longer = sorted(cv2.minAreaRect(cv2.findNonZero(mask.astype(np.uint8)))[1])
    return bool(shorter >= _BROAD * longer)
