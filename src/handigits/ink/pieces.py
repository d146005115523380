"""The ink of a picture cut into pieces, none of which belongs to two digits: its marks, and parts of wide marks.

A cut runs from the top of a mark to its bottom along the way that crosses least ink, so that digits that touch come
apart where they touch, however they lean. Does not decide which cuts are right: see `segment` and `reading`.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.marks import find_marks

__all__ = ["Pieces", "find_pieces"]

_MAX_MARKS = 60  # more are a texture or a page of text
_MAX_CUTS = 9  # of one mark: ten digits that all touch
_WIDE = 0.7  # of its height: a narrower mark is one digit at most; half of MNIST's digits are wider
_SEAM_HEIGHT = 48  # pixels, to which taller marks are shrunk when their cuts are looked for
_THICK = 3.0  # widths of a stroke: a cut through more ink than that goes along a stroke, not across it
_DIAGONAL = 2**0.5  # a step aside is longer
_DETOUR = 0.02  # of a pixel of ink: the price of a step aside, so that the way through paper is straight


class Pieces(NamedTuple):
    """Pieces of the ink, by the middle of their boxes from left to right.

    Attributes:
        labels: int32 (H, W), 0 paper, 1.. pieces; the soft rims of strokes belong to their pieces.
        boxes: int32 (N, 4) of x, y, width, height, one for each piece: label 1 is row 0.
        marks: int32 (N,), which mark each piece is a part of.
        cuts: float64 (N,), how much ink the cut between a piece and the next of its mark crosses, in widths of a
            stroke; 0 where the next piece is of another mark.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    marks: NDArray[np.int32]
    cuts: NDArray[np.float64]


def find_pieces(strength: NDArray[np.uint8], stroke_width: float) -> Pieces | None:
    """Cut ink, uint8 (H, W), into pieces; None where there is no ink, or so many marks that it cannot be digits."""
    found = find_marks(strength)
    count = len(found.areas) - 1
    if not 0 < count <= _MAX_MARKS:
        return None
    labels = np.zeros_like(found.labels)
    boxes: list[tuple[int, ...]] = []
    marks: list[int] = []
    cuts: list[float] = []
    for mark, (x, y, width, height) in enumerate(found.boxes[1:].tolist(), start=1):
        inside = found.labels[y : y + height, x : x + width] == mark
        seams = _seams(inside, stroke_width) if width > _WIDE * height else []
        parts = inside.astype(np.int32) * (1 + sum(np.arange(width) >= way[:, None] for way, _ in seams))
        for part, ink in enumerate([*(cost for _, cost in seams), 0.0], start=1):
            mask = (parts == part).astype(np.uint8)
            left, top, wide, high = cv2.boundingRect(mask)
            if wide:
                boxes.append((x + left, y + top, wide, high))
                labels[y : y + height, x : x + width][mask > 0] = len(boxes)
                marks.append(mark)
                cuts.append(ink)
    return _in_order(labels, np.array(boxes, np.int32), np.array(marks, np.int32), np.array(cuts))


def _in_order(
    labels: NDArray[np.int32], boxes: NDArray[np.int32], marks: NDArray[np.int32], cuts: NDArray[np.float64]
) -> Pieces:
    """Number the pieces from left to right, and give them their soft rims."""
    order = np.argsort(2 * boxes[:, 0] + boxes[:, 2], kind="stable")
    ranks = np.zeros(len(order) + 1, np.int32)
    ranks[order + 1] = np.arange(1, len(order) + 1)
    labels = ranks[labels]
    rims = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    return Pieces(np.where(labels > 0, labels, rims), boxes[order], marks[order], cuts[order])


def _seams(mask: NDArray[np.bool_], stroke_width: float) -> list[tuple[NDArray[np.float64], float]]:
    """Where one mark may be cut, from left to right.

    Returns:
        For each cut its column at each row, float64 (H,), and the ink that it crosses in widths of a stroke.
    """
    height, width = mask.shape
    scale = min(1.0, _SEAM_HEIGHT / height)
    size = (max(3, round(width * scale)), max(3, round(height * scale)))
    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    stroke = max(1.0, stroke_width * scale)
    middle = len(small) // 2
    above, from_above = _ways(small[: middle + 1])
    below, from_below = _ways(small[middle:][::-1])
    ink = (above + below - small[middle]) / stroke
    reach = max(2, round(stroke))  # of two cuts that near to each other the better one will do
    seen = small >= 0.5
    span = np.where(seen.any(0), len(small) - seen.argmax(0) - seen[::-1].argmax(0), 0)
    valleys = _lowest(ink, reach) | _lowest(span.astype(np.float64), reach)  # round digits touch with long sides
    columns = np.flatnonzero(valleys & (ink <= _THICK))
    columns = _apart(columns[(columns >= reach) & (columns < size[0] - reach)], reach)
    columns = np.sort(columns[np.argsort(ink[columns], kind="stable")][:_MAX_CUTS])
    rows = np.minimum((np.arange(height) + 0.5) * len(small) / height, len(small) - 1).astype(np.intp)
    found = []
    for column in columns.tolist():
        way = np.array([*_follow(from_above, column), column, *_follow(from_below, column)[::-1]])
        found.append(((way[rows] + 0.5) * width / size[0], float(ink[column])))
    return found


def _lowest(values: NDArray[np.float64], reach: int) -> NDArray[np.bool_]:
    """Which values, (W,), are the lowest of all within `reach`."""
    around = np.pad(values, reach, constant_values=np.inf)
    lowest = np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1).min(1)
    return np.asarray(values <= lowest + 1e-9)


def _apart(columns: NDArray[np.intp], reach: int) -> NDArray[np.intp]:
    """The middle of each run of columns that lie within `reach` of each other."""
    runs = np.split(columns, np.flatnonzero(np.diff(columns) > reach) + 1)
    return np.array([run[len(run) // 2] for run in runs if len(run)], np.intp)


def _ways(ink: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The cheapest ways through ink (H, W) from the first row to each column of the last, at most one aside a row.

    Returns:
        What each costs, float64 (W,); and for each row but the first the step back to the row before, intp (H - 1, W).
    """
    cost = ink[0].astype(np.float64)
    steps = np.empty((len(ink) - 1, len(cost)), np.intp)
    for row, values in enumerate(ink[1:]):
        padded = np.pad(cost, 1, constant_values=np.inf)
        aside = values * _DIAGONAL + _DETOUR
        ways = np.stack([padded[1:-1] + values, padded[:-2] + aside, padded[2:] + aside])
        best = ways.argmin(0)
        steps[row] = np.array([0, -1, 1])[best]
        cost = ways.min(0)
    return cost, steps


def _follow(steps: NDArray[np.intp], column: int) -> list[int]:
    """The columns of one way, from the first row to the one before the last, which it leaves at `column`."""
    way = []
    for step in steps[::-1]:
        column += int(step[column])
        way.append(column)
    return way[::-1]
