"""The ink of a picture as rows of candidates: whatever lies between two of its boundaries may be one digit.

Rows follow their own baseline: a mark belongs to the row of the nearest mark beside it that overlaps it in height.
Knows no model and chooses nothing: `reading` finds the candidates that explain the picture best.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.boundaries import Part, belongs_to, box_of, cuts_of, find_boundaries, parts_between
from handigits.ink.cuts import Cut
from handigits.ink.marks import INK, Marks, find_marks
from handigits.ink.normalize import normalize
from handigits.ink.strokes import Ink

__all__ = ["Candidate", "Layout", "Row", "find_layout"]

_MAX_MARKS = 60  # more are a texture or a page of text
_MAX_PARTS = 5  # of one digit
_TEXTURE = 0.9  # of either side of a picture: more marks than a digit has on a strip that fills it are the paper's
_CROWD = 30  # marks on a strip that fills but one side: so many are
_STRIP = 2.5  # times as long as it is wide
_MAX_CANDIDATES = 720  # of a picture: twice what rows of eight digits have at most
_MAX_PIXELS = 5_000_000  # of all candidates' boxes together: twice what rows of eight digits have at most
_WIDEST, _WIDEST_CUT = 2.0, 1.5  # of the row's height: a digit of whole marks, and one that was cut out
_SMALL = 0.45  # of the row's height: marks shorter than that do not make a row by themselves
_FAR = 1.0  # of a digit's height: a small mark that is farther away from it is no part of its row
_OVERLAP = 0.4  # of the shorter of two neighbours' heights


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """Ink of a row that may be one digit.

    Attributes:
        first: number of the boundary of the row at which it begins.
        end: number of the boundary at which it ends.
        image: float32 (28, 28) in [0, 1], as a model wants it.
        box: x, y, width and height in pixels of the picture.
        height: of the row's typical height.
        gap: the widest space between its parts, of the row's height, seen from above; at least 0.
        cut: ink that the cuts at its two ends cross, in widths of a stroke; half of each belongs to either side.
        is_small: too small beside the row to be a digit of its own: a point, a dash, a stray mark.
        parts: how many marks it is made of, whole or cut.
    """

    first: int
    end: int
    image: NDArray[np.float32]
    box: tuple[int, int, int, int]
    height: float
    gap: float
    cut: float
    is_small: bool
    parts: int = 1


@dataclass(frozen=True)
class Row:
    """One row: the number of its last boundary, the first being 0; and every candidate, by where they begin."""

    end: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Layout:
    """What may be written in a picture.

    Attributes:
        whole: all of its ink taken for one digit.
        find_rows: finds `rows`, which is most of the work and seldom needed.
        is_texture: taken together, its marks are no digit: there are too many, on a strip that fills the picture.
    """

    whole: Candidate
    find_rows: Callable[[], tuple[Row, ...]] = tuple
    is_texture: bool = False

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """From top to bottom; none where there is no other way to read it."""
        return self.find_rows()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The whole, and then those of the rows."""
        return (self.whole, *(candidate for row in self.rows for candidate in row.candidates))


def find_layout(ink: Ink) -> Layout | None:
    """Everything that may be read in a picture, its rows once they are asked for; None where it has no ink.

    A picture with more marks than digits could be, such as a texture, is offered as a whole alone. Where more may be
    digits than any row has, those between the cheapest cuts are offered.
    """
    if not (ink.strength >= INK).any():
        return None
    marks = _from_left_to_right(find_marks(ink.strength))
    return Layout(_whole(ink, marks), partial(_rows, ink), _are_texture(marks))


def _rows(ink: Ink) -> tuple[Row, ...]:
    """The rows of a picture. Its marks are found anew: kept until then, their labels would be most of its memory."""
    marks = _from_left_to_right(find_marks(ink.strength))
    if len(marks.areas) - 1 > _MAX_MARKS:
        return ()
    page = _Page(ink, marks, _with_rims(marks.labels), cuts_of(marks, ink.stroke_width))
    groups = _group(marks)
    found = [_proposals(page, group) for group in groups]
    limit = _affordable([each for _, proposals in found for each in proposals])
    rows = tuple(
        Row(end, tuple(_candidate(page, each) for each in proposals if each.dearest < limit))
        for end, proposals in found
    )
    is_all = sum(map(len, groups)) == len(marks.areas) - 1
    return rows if sum(row.end for row in rows) > 1 or not is_all else ()


@dataclass(frozen=True, eq=False)
class _Page:
    """The ink, its marks, int32 (H, W) the mark of each pixel, soft rims belong to their marks, and cuts by mark."""

    ink: Ink
    marks: Marks
    labels: NDArray[np.int32]
    cuts: dict[int, list[Cut]]
    boxes: dict[tuple[int, int, int], tuple[int, int, int, int]] = field(default_factory=dict)

    def box(self, part: Part) -> tuple[int, int, int, int]:
        """The box of a part, which many candidates may share."""
        key = (part.mark, id(part.begin), id(part.end))
        if key not in self.boxes:
            self.boxes[key] = box_of(self.marks, part)
        return self.boxes[key]


class _Proposal(NamedTuple):
    """A candidate without its picture."""

    first: int
    end: int
    parts: list[Part]
    boxes: NDArray[np.int32]
    row_height: float
    cut: float
    dearest: float  # of the cuts at its two ends

    @property
    def edges(self) -> tuple[int, int, int, int]:
        return _around(self.boxes)

    @property
    def is_small(self) -> bool:
        _, top, _, bottom = self.edges
        return bottom - top < _SMALL * self.row_height


def _from_left_to_right(marks: Marks) -> Marks:
    """Number marks by the middle of their boxes."""
    order = np.argsort(2 * marks.boxes[1:, 0] + marks.boxes[1:, 2], kind="stable")
    order = np.concatenate([np.zeros(1, np.intp), order + 1])
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    if (np.diff(order) == 1).all():
        return marks
    return Marks(ranks[marks.labels], marks.boxes[order], marks.areas[order])


def _with_rims(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    rims = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    return np.where(labels > 0, labels, rims)


def _whole(ink: Ink, marks: Marks) -> Candidate:
    boxes = marks.boxes[1:]
    edges = _around(boxes)
    count = len(boxes)
    gap = max(_widest_gap(boxes[:, [axis, axis + 2]]) for axis in (0, 1)) if count <= _MAX_MARKS else 0.0
    return Candidate(
        first=0,
        end=0,
        image=normalize(ink.strength, stroke_width=ink.stroke_width),
        box=_in_picture(ink, edges),
        height=1.0,
        gap=gap / (edges[3] - edges[1]),
        cut=0.0,
        parts=count,
        is_small=False,
    )


def _are_texture(marks: Marks) -> bool:
    left, top, right, bottom = _around(marks.boxes[1:])
    height, width = marks.labels.shape
    filled = (right - left >= _TEXTURE * width) + (bottom - top >= _TEXTURE * height)
    is_strip = max(right - left, bottom - top) >= _STRIP * min(right - left, bottom - top)
    return is_strip and filled > 0 and len(marks.boxes) - 1 > (_MAX_PARTS if filled == 2 else _CROWD)


def _widest_gap(spans: NDArray[np.int32]) -> float:
    """The widest space between spans of start and length, (N, 2); 0 if they all touch or overlap."""
    starts, lengths = spans[np.argsort(spans[:, 0])].T
    reached = np.maximum.accumulate(starts + lengths)
    return max(0.0, float((starts[1:] - reached[:-1]).max(initial=0)))


def _in_picture(ink: Ink, edges: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of ink -> x, y, width and height in pixels of the picture."""
    left, top, right, bottom = (round(edge / ink.scale) for edge in edges)
    return left, top, max(1, right - left), max(1, bottom - top)


def _around(boxes: NDArray[np.int32]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of boxes of x, y, width and height, (N, 4)."""
    (left, top), (right, bottom) = boxes[:, :2].min(0).tolist(), (boxes[:, :2] + boxes[:, 2:]).max(0).tolist()
    return left, top, right, bottom


def _group(marks: Marks) -> list[list[int]]:
    """Numbers of the marks of each row; rows from top to bottom. Some marks may be in none."""
    boxes = marks.boxes[1:]
    row_of = _rows_of(np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1).astype(float))
    middles = boxes[:, 1] + boxes[:, 3] / 2
    groups = [np.flatnonzero(row_of == row) for row in np.unique(row_of[row_of >= 0])]
    return [(group + 1).tolist() for group in sorted(groups, key=lambda group: float(middles[group].mean()))]


def _rows_of(boxes: NDArray[np.float64]) -> NDArray[np.intp]:
    """The number of each mark's row, or -1; boxes are left, top, right, bottom, (N, 4).

    A tall mark belongs to the row of its nearest neighbour on either side that it shares enough height with: so a row
    may climb, and both halves of a digit that is broken across find the row. A small one belongs to the nearest of
    these; what is farther from it than it is high, such as a caption or a dot of dirt, to none: -1.
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
        away = np.hypot(across, down)
        nearest = away.argmin()
        row_of[mark] = row_of[tall[nearest]] if away[nearest] <= _FAR * height[tall[nearest]] else -1
    return row_of


def _proposals(page: _Page, group: list[int]) -> tuple[int, list[_Proposal]]:
    """The number of a row's last boundary, and what lies between two of them and may be a digit by its size."""
    stroke_width = page.ink.stroke_width
    boundaries = find_boundaries(page.marks, group, page.cuts)
    height = _typical_height(page.marks, group)
    found = []
    for first, begin in enumerate(boundaries):
        for end in range(first + 1, len(boundaries)):
            last = boundaries[end]
            if len(last.left) - len(begin.left) > _MAX_PARTS:
                continue
            parts = parts_between(begin, last, stroke_width)
            if not 0 < len(parts) <= _MAX_PARTS:
                continue
            boxes = np.array([page.box(part) for part in parts], np.int32)
            cut, dearest = (begin.ink + last.ink) / 2, max(begin.ink, last.ink)
            proposal = _Proposal(first, end, parts, boxes, height, cut, dearest)
            if _may_be_digit(proposal):
                found.append(proposal)
    return len(boundaries) - 1, found


def _may_be_digit(proposal: _Proposal) -> bool:
    """Not where no digit would be as wide, or a part of a mark as small."""
    left, _, right, _ = proposal.edges
    if proposal.cut and (proposal.is_small or right - left > _WIDEST_CUT * proposal.row_height):
        return False
    return len(proposal.parts) == 1 or right - left <= _WIDEST * proposal.row_height


def _affordable(proposals: list[_Proposal]) -> float:
    """The price of the cheapest cut that is too dear if no picture is to take more time than another."""
    count, pixels = 0, 0
    for each in sorted(proposals, key=lambda each: each.dearest):
        left, top, right, bottom = each.edges
        count, pixels = count + 1, pixels + (right - left) * (bottom - top)
        if each.dearest and (count > _MAX_CANDIDATES or pixels > _MAX_PIXELS):
            return each.dearest
    return math.inf


def _typical_height(marks: Marks, group: list[int]) -> float:
    """The height of a row's digits: the median over its marks, of wide ones over each stretch as wide as high."""
    heights = []
    for mark in group:
        x, y, width, height = marks.boxes[mark].tolist()
        inside = marks.labels[y : y + height, x : x + width] == mark
        for stretch in np.array_split(inside, max(1, round(width / height)), axis=1):
            rows = np.flatnonzero(stretch.any(1))
            heights.append(rows[-1] - rows[0] + 1)
    return float(np.median([each for each in heights if each >= _SMALL * max(heights)]))


def _candidate(page: _Page, proposal: _Proposal) -> Candidate:
    (left, top, right, bottom), parts, row_height = proposal.edges, proposal.parts, proposal.row_height
    height, width = page.labels.shape
    rows, columns = slice(max(top - 1, 0), min(bottom + 1, height)), slice(max(left - 1, 0), min(right + 1, width))
    mine = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.bool_)
    for part in parts:
        mine |= belongs_to(part, page.marks, page.labels[rows, columns], rows, columns)
    return Candidate(
        first=proposal.first,
        end=proposal.end,
        image=normalize(page.ink.strength[rows, columns] * mine, stroke_width=page.ink.stroke_width),
        box=_in_picture(page.ink, (left, top, right, bottom)),
        height=(bottom - top) / row_height,
        gap=_widest_gap(proposal.boxes[:, [0, 2]]) / row_height,
        cut=proposal.cut,
        parts=len(parts),
        is_small=proposal.is_small,
    )
