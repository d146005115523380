"""The ink of a picture as rows of candidates: every group of neighbouring pieces that may be one digit.

Rows follow their own baseline: a piece belongs to the row of the nearest piece beside it that overlaps it in height.
Knows no model and chooses nothing: `reading` finds the candidates that explain the picture best.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handigits.ink.marks import INK
from handigits.ink.normalize import normalize
from handigits.ink.pieces import Pieces, find_pieces
from handigits.ink.strokes import Ink

__all__ = ["Candidate", "Layout", "Row", "find_layout"]

_MAX_PIECES = 5  # of one digit
_WIDEST = 2.0  # of the row's height: one digit of MNIST in a thousand is wider for its own height
_SMALL = 0.45  # of the row's height: pieces shorter than that do not make a row by themselves
_OVERLAP = 0.4  # of the shorter of two neighbours' heights


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """Neighbouring pieces of a row that may be one digit.

    Attributes:
        first: number of its first piece in the row.
        end: number of the first piece after it.
        image: float32 (28, 28) in [0, 1], as a model wants it.
        box: x, y, width and height in pixels of the picture.
        height: of the row's typical height.
        gap: the widest space between its pieces, of the row's height, seen from above; at least 0.
        cut: ink that the cuts at its two ends cross, in widths of a stroke; half of each belongs to either side.
        is_small: too small beside the row to be a digit of its own: a point, a dash, a stray mark.
    """

    first: int
    end: int
    image: NDArray[np.float32]
    box: tuple[int, int, int, int]
    height: float
    gap: float
    cut: float
    is_small: bool


@dataclass(frozen=True)
class Row:
    """One row: how many pieces it has, and every candidate among them."""

    pieces: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Layout:
    """What may be written in a picture.

    Attributes:
        whole: all of its ink taken for one digit.
        rows: from top to bottom; none where there is no other way to read it.
    """

    whole: Candidate
    rows: tuple[Row, ...] = ()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The whole, and then those of the rows."""
        return (self.whole, *(candidate for row in self.rows for candidate in row.candidates))


def find_layout(ink: Ink) -> Layout | None:
    """Everything that may be read in a picture; None where it has no ink.

    A picture with more marks than digits could be, such as a texture, is offered as a whole alone.
    """
    if not (ink.strength >= INK).any():
        return None
    pieces = find_pieces(ink.strength, ink.stroke_width)
    whole = _whole(ink, pieces)
    if pieces is None or len(pieces.boxes) == 1:
        return Layout(whole)
    groups = _group(pieces)
    return Layout(whole, tuple(_row(ink, pieces, group) for group in groups))


def _whole(ink: Ink, pieces: Pieces | None) -> Candidate:
    rows, columns = np.flatnonzero((ink.strength >= INK).any(1)), np.flatnonzero((ink.strength >= INK).any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    across, down = (_widest_gap(pieces.boxes[:, [i, i + 2]]) for i in (0, 1)) if pieces else (0, 0)
    return Candidate(
        first=0,
        end=0 if pieces is None else len(pieces.boxes),
        image=normalize(ink.strength, stroke_width=ink.stroke_width),
        box=_in_picture(ink, (left, top, right, bottom)),
        height=1.0,
        gap=max(across, down) / float(bottom - top),
        cut=0.0,
        is_small=False,
    )


def _widest_gap(spans: NDArray[np.int32]) -> float:
    """The widest space between spans of start and length, (N, 2); 0 if they all touch or overlap."""
    starts, lengths = spans[np.argsort(spans[:, 0])].T
    reached = np.maximum.accumulate(starts + lengths)
    return max(0.0, float((starts[1:] - reached[:-1]).max(initial=0)))


def _in_picture(ink: Ink, edges: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of ink -> x, y, width and height in pixels of the picture."""
    left, top, right, bottom = (round(edge / ink.scale) for edge in edges)
    return left, top, max(1, right - left), max(1, bottom - top)


def _group(pieces: Pieces) -> list[list[int]]:
    """Numbers of the pieces of each row, from left to right; rows from top to bottom."""
    marks, mark_of = np.unique(pieces.marks, return_inverse=True)
    corners = np.concatenate([pieces.boxes[:, :2], pieces.boxes[:, :2] + pieces.boxes[:, 2:]], axis=1)
    boxes = np.stack([_around(corners[pieces.marks == mark]) for mark in marks]).astype(float)
    row_of = _rows_of(boxes)[mark_of]
    groups = [np.flatnonzero(row_of == row).tolist() for row in np.unique(row_of)]
    middles = pieces.boxes[:, 1] + pieces.boxes[:, 3] / 2
    return sorted(groups, key=lambda group: float(middles[group].mean()))


def _around(corners: NDArray[np.int32]) -> NDArray[np.int32]:
    """One box around several, each of left, top, right, bottom."""
    return np.concatenate([corners[:, :2].min(0), corners[:, 2:].max(0)])


def _rows_of(boxes: NDArray[np.float64]) -> NDArray[np.intp]:
    """A number for each mark, the same for all of one row; boxes are left, top, right, bottom, (N, 4).

    A tall mark belongs to the row of its nearest neighbour on either side that it shares enough height with: so a row
    may climb, and both halves of a digit that is broken across find the row. A small one belongs to the nearest mark.
    """
    left, top, right, bottom = boxes.T
    height, middle = bottom - top, (left + right) / 2
    row_of = np.arange(len(boxes))
    tall = np.flatnonzero(height >= _SMALL * np.quantile(height, 0.75, method="higher"))
    for mark in tall:
        shared = np.minimum(bottom, bottom[mark]) - np.maximum(top, top[mark])
        beside = tall[shared[tall] >= _OVERLAP * np.minimum(height[tall], height[mark])]
        for side in (beside[middle[beside] < middle[mark]], beside[middle[beside] > middle[mark]]):
            if len(side):
                nearest = side[np.abs(middle[side] - middle[mark]).argmin()]
                row_of[row_of == row_of[nearest]] = row_of[mark]
    for mark in np.setdiff1d(np.arange(len(boxes)), tall):
        across = np.maximum(np.maximum(left[tall] - right[mark], left[mark] - right[tall]), 0)
        down = np.maximum(np.maximum(top[tall] - bottom[mark], top[mark] - bottom[tall]), 0)
        row_of[mark] = row_of[tall[np.argmin(across**2 + down**2)]]
    return row_of


def _row(ink: Ink, pieces: Pieces, group: list[int]) -> Row:
    boxes = pieces.boxes[group]
    heights = boxes[:, 3]
    height = float(np.median(heights[heights >= _SMALL * heights.max()]))
    candidates = []
    for first in range(len(group)):
        for end in range(first + 1, min(first + _MAX_PIECES, len(group)) + 1):
            left, right = boxes[first:end, 0].min(), (boxes[first:end, 0] + boxes[first:end, 2]).max()
            if end > first + 1 and right - left > _WIDEST * height:
                break
            candidates.append(_candidate(ink, pieces, group, first, end, height))
    return Row(pieces=len(group), candidates=tuple(candidates))


def _candidate(ink: Ink, pieces: Pieces, group: list[int], first: int, end: int, row_height: float) -> Candidate:
    members = group[first:end]
    boxes = pieces.boxes[members]
    (left, top), (right, bottom) = boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
    height, width = ink.strength.shape
    rows, columns = slice(max(top - 1, 0), min(bottom + 1, height)), slice(max(left - 1, 0), min(right + 1, width))
    labels = pieces.labels[rows, columns]
    mine = np.isin(labels, np.array(members) + 1) if len(members) > 1 else labels == members[0] + 1
    return Candidate(
        first=first,
        end=end,
        image=normalize(ink.strength[rows, columns] * mine, stroke_width=ink.stroke_width),
        box=_in_picture(ink, (left, top, right, bottom)),
        height=float((bottom - top) / row_height),
        gap=_widest_gap(boxes[:, [0, 2]]) / row_height,
        cut=_cut_after(pieces, group, first - 1) / 2 + _cut_after(pieces, group, end - 1) / 2,
        is_small=bool(bottom - top < _SMALL * row_height),
    )


def _cut_after(pieces: Pieces, group: list[int], number: int) -> float:
    """Ink that is cut between a piece of a row and the next one."""
    if not 0 <= number < len(group) - 1 or pieces.marks[group[number]] != pieces.marks[group[number + 1]]:
        return 0.0
    return float(pieces.cuts[group[number]])
