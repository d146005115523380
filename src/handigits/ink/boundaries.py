"""Where a digit of a row may end: between two marks, or at a cut through one. And what lies between two such places.

A boundary is known by what lies to the left of it. So the bar of a five over its neighbour, and a cut that leans, are
nothing special. Knows no sizes of digits: see `segment`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.cuts import Cut, effort_of, find_cuts
from handigits.ink.marks import Marks

__all__ = ["Boundary", "Part", "belongs_to", "box_of", "cuts_of", "find_boundaries", "parts_between"]

_MAX_CUTS = 120  # of a picture: rows of eight digits that touch have 50 at most
_MAX_EFFORT = 60 * 64 * 64  # pixels that are looked at for cuts: a page with as many digits as are read at all
_CROSSING = 0.5  # squares of a stroke's width: cuts with more ink than that on the wrong sides are not in order


@dataclass(frozen=True, eq=False)
class Boundary:
    """A place in a row where one digit may end and the next one begin.

    Attributes:
        left: numbers of the marks that lie to the left of it as a whole.
        mark: number of the mark that it cuts; 0 for none.
        cut: where.
        inked: int64 (H,), how many pixels of the mark lie left of the cut at each of its rows.
    """

    left: frozenset[int]
    mark: int = 0
    cut: Cut | None = None
    inked: NDArray[np.int64] | None = None

    @property
    def ink(self) -> float:
        """Ink that is cut, in widths of a stroke."""
        return self.cut.ink if self.cut else 0.0


class Part(NamedTuple):
    """A mark, or what lies of it between two cuts; None is its own edge."""

    mark: int
    begin: Cut | None
    end: Cut | None


def cuts_of(marks: Marks, stroke_width: float) -> dict[int, list[Cut]]:
    """The cuts through each mark that has some, of all of them the cheapest.

    However marks lie, there is a bound on the work: large ones are left whole where there are many.
    """
    effort = {mark: effort_of(*marks.boxes[mark, 2:].tolist()) for mark in range(1, len(marks.boxes))}
    found: list[tuple[int, Cut]] = []
    left = _MAX_EFFORT
    for mark in sorted(effort, key=lambda mark: effort[mark]):
        left -= effort[mark]
        if effort[mark] and left >= 0:
            found += [(mark, cut) for cut in find_cuts(_inside(marks, mark), stroke_width)]
    cuts: dict[int, list[Cut]] = {}
    for mark, cut in sorted(found, key=lambda each: each[1].ink)[:_MAX_CUTS]:
        cuts.setdefault(mark, []).append(cut)
    return cuts


def _inside(marks: Marks, mark: int) -> NDArray[np.bool_]:
    x, y, width, height = marks.boxes[mark].tolist()
    return np.asarray(marks.labels[y : y + height, x : x + width] == mark)


def find_boundaries(marks: Marks, row: list[int], cuts: dict[int, list[Cut]]) -> list[Boundary]:
    """The boundaries of a row, each before those that it may be the beginning for; its two ends as well.

    Args:
        marks: of the picture, numbered from left to right.
        row: numbers of those that belong to it, in order.
        cuts: through each of the marks that may be cut.
    """
    middle = {mark: float(marks.boxes[mark, 0] + marks.boxes[mark, 2] / 2) for mark in row}
    found = [(0, Boundary(frozenset()))]
    for count, mark in enumerate(row, start=1):
        left = frozenset(row[:count])
        found.append((sum(int(marks.areas[each]) for each in left), Boundary(left)))
        inside = _inside(marks, mark)
        for cut in cuts.get(mark, ()):
            inked = (inside & (np.arange(inside.shape[1]) < cut.ends[:, None])).sum(1)
            place = int(marks.boxes[mark, 0]) + float(cut.ends.mean())
            left = frozenset(each for each in row if each != mark and middle[each] < place)
            area = sum(int(marks.areas[each]) for each in left) + int(inked.sum())
            found.append((area, Boundary(left, mark, cut, inked)))
    return [boundary for _, boundary in sorted(found, key=lambda each: each[0])]


def parts_between(begin: Boundary, end: Boundary, stroke_width: float) -> list[Part]:
    """What lies between two boundaries of a row; nothing where they are not in order."""
    if not begin.left <= end.left:
        return []
    marks = end.left - begin.left
    if not begin.mark or begin.mark in marks:
        parts = [Part(mark, begin.cut if mark == begin.mark else None, None) for mark in sorted(marks)]
        return [*parts, Part(end.mark, None, end.cut)] if end.mark else parts
    if begin.mark != end.mark or begin.inked is None or end.inked is None:
        return []
    if np.maximum(begin.inked - end.inked, 0).sum() > _CROSSING * stroke_width**2:
        return []
    return [*(Part(mark, None, None) for mark in sorted(marks)), Part(begin.mark, begin.cut, end.cut)]


def box_of(marks: Marks, part: Part) -> tuple[int, int, int, int]:
    """x, y, width and height of a part."""
    x, y, width, height = marks.boxes[part.mark].tolist()
    if not part.begin and not part.end:
        return x, y, width, height
    first = int(part.begin.ends.min()) if part.begin else 0
    last = int(part.end.ends.max()) if part.end else width
    inside = marks.labels[y : y + height, x + first : x + last] == part.mark
    mask = inside & _between(part, np.arange(first, last), np.arange(height))
    left, top, wide, high = cv2.boundingRect(mask.astype(np.uint8))
    return x + first + left, y + top, wide, high


def belongs_to(part: Part, marks: Marks, labels: NDArray[np.int32], rows: slice, columns: slice) -> NDArray[np.bool_]:
    """Which of the pixels of these rows and columns of a picture belong to a part.

    Args:
        part: of one of `marks`.
        marks: of the picture.
        labels: of these pixels, int32 (rows, columns), soft rims as well.
        rows: of the picture.
        columns: of the picture.
    """
    x, y, _, height = marks.boxes[part.mark].tolist()
    lines = np.clip(np.arange(rows.start, rows.stop) - y, 0, height - 1)
    inside = _between(part, np.arange(columns.start, columns.stop) - x, lines)
    return np.asarray((labels == part.mark) & inside)


def _between(part: Part, columns: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of these columns and rows of a mark lie between the cuts of a part: (rows, columns)."""
    mask = np.ones((len(rows), len(columns)), np.bool_)
    if part.begin:
        mask &= columns >= part.begin.ends[rows, None]
    if part.end:
        mask &= columns < part.end.ends[rows, None]
    return mask
