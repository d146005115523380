"""Where a mark of several digits may be cut: ways from its top to its bottom that cross little ink.

Looked for at every height and not in the middle alone, and cheaper through blots than along strokes, because strokes
that touch make a blot. A digit is what lies between any two cuts, not only between neighbours: so cuts may lie close
together and even cross. Does not decide which cuts are right: see `segment` and `reading`.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Cut", "effort_of", "find_cuts"]

_NARROW = 0.6  # of its height: a narrower mark is one digit at most
_HEIGHT = 64  # pixels, to which taller marks are shrunk when their cuts are looked for
_LEVELS = 9  # heights at which the least ink is looked for
_THICK = 3.5  # widths of a stroke: a cut through more ink than that goes along a stroke, not across it
_REACH = 0.5  # widths of a stroke: of two cuts that near to each other at one height the better one will do
_ALIKE = 1.2  # squares of a stroke's width: cuts with less ink than that between them are one
_MAX_CUTS, _CUTS_EACH = 64, 8  # of a mark; and for each time that it is as wide as high
_CLEAR = 30  # percent of the price of a stroke, that the middle of a blot costs

# Lengths and prices are whole numbers, so that every machine finds the same ways.
_STRAIGHT, _ASIDE = 5, 7  # lengths of a step down, and of one down and aside
_DETOUR = 12750  # the price of a step aside, so that the way through paper is straight: 1/10 of a pixel of ink
_PIXEL = 127_500  # the price of a pixel of ink: 255 of 100 percent, straight down
_GRAIN = 1 / 16  # of a pixel, to which distances are rounded


class Cut(NamedTuple):
    """A cut through a mark of H rows.

    Attributes:
        ends: int64 (H,), the first column right of the cut at each row.
        ink: how much ink it crosses, in widths of a stroke.
    """

    ends: NDArray[np.int64]
    ink: float


def effort_of(width: int, height: int) -> int:
    """How many pixels are looked at to find the cuts of a mark of that size."""
    if min(height, width) < 3 or width < _NARROW * height:
        return 0
    wide, high = _shrunk(width, height)
    return wide * high


def _shrunk(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, _HEIGHT / height)
    return max(3, round(width * scale)), round(height * scale)


def find_cuts(mask: NDArray[np.bool_], stroke_width: float) -> list[Cut]:
    """Where one mark, bool (H, W), may be cut; the cheapest cuts first."""
    height, width = mask.shape
    if not effort_of(width, height):
        return []
    scale = min(1.0, _HEIGHT / height)
    wide, high = _shrunk(width, height)
    small = np.asarray(cv2.resize(mask.astype(np.uint8) * 255, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
    stroke = max(1.0, round(stroke_width * scale / _GRAIN) * _GRAIN)
    prices = small * _percents(small, stroke)
    from_above, steps_above = _ways(prices)
    from_below, steps_below = (each[::-1] for each in _ways(prices[::-1]))
    through = from_above + from_below - _STRAIGHT * prices
    found = []
    for row in sorted({round(high * (0.06 + 0.88 * level / (_LEVELS - 1)) - 0.5) for level in range(_LEVELS)}):
        for column in _lowest(through[row], max(1, round(stroke * _REACH)), _THICK * stroke * _PIXEL):
            way = [*_follow(steps_above[: row + 1][::-1], column)[::-1], column, *_follow(steps_below[row:], column)]
            found.append((int(through[row, column]), np.array(way)))
    found.sort(key=lambda each: each[0])
    most = min(_MAX_CUTS, int(_CUTS_EACH * width / height))
    kept = _different(small, [way for _, way in found], _ALIKE * stroke**2 * 255, most)
    rows = ((np.arange(height) + 0.5) * high / height).astype(np.intp)
    return [
        Cut(np.ceil((found[number][1][rows] + 0.5) * width / wide).astype(np.int64), found[number][0] / _PIXEL / stroke)
        for number in kept
    ]


def _percents(small: NDArray[np.uint8], stroke: float) -> NDArray[np.int64]:
    """What the ink of each pixel costs, of the price of a stroke's: less in the middle of what is thicker than that."""
    edged = cv2.copyMakeBorder((small >= 128).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    depth = cv2.distanceTransform(edged, cv2.DIST_L2, 5)[1:-1, 1:-1].astype(np.float64)
    depth = np.rint(depth / _GRAIN) * _GRAIN
    percents = np.clip(np.floor(220.5 - 200 * depth / stroke), _CLEAR, 100)
    return np.asarray(percents, np.int64)


def _ways(prices: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The cheapest ways from the first row to each pixel, at most one column aside a row.

    Returns:
        What each costs, and the step aside that leads back to the row before: int64 (H, W) both.
    """
    costs, steps = np.empty_like(prices), np.zeros_like(prices)
    costs[0] = _STRAIGHT * prices[0]
    straight, aside = _STRAIGHT * prices, _ASIDE * prices + _DETOUR
    before = np.full(prices.shape[1] + 2, 2**40)  # the row before, with walls beside it
    ways, asides = np.empty((3, prices.shape[1]), np.int64), np.array([0, -1, 1])
    for row in range(1, len(prices)):
        before[1:-1] = costs[row - 1]
        np.add(before[1:-1], straight[row], out=ways[0])
        np.add(before[:-2], aside[row], out=ways[1])
        np.add(before[2:], aside[row], out=ways[2])
        steps[row] = asides[ways.argmin(0)]
        costs[row] = ways.min(0)
    return costs, steps


def _follow(steps: NDArray[np.int64], column: int) -> list[int]:
    """The columns of a way that leaves the first row of these steps at `column`, from the second row on."""
    way = []
    for step in steps[:-1]:
        column += int(step[column])
        way.append(column)
    return way


def _lowest(values: NDArray[np.int64], reach: int, most: float) -> list[int]:
    """The columns of the lowest of all values, (W,), within `reach`; of equal neighbours the middle one."""
    around = np.pad(values, reach, constant_values=2**40)
    lowest = np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1).min(1)
    columns = np.flatnonzero((values == lowest) & (values <= most))
    columns = columns[(columns >= 2) & (columns < len(values) - 2)]
    runs = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    return [int(run[len(run) // 2]) for run in runs if len(run)]


def _different(small: NDArray[np.uint8], ways: list[NDArray[np.int64]], least: float, most: int) -> list[int]:
    """Numbers of the first `most` ways with so much ink on either side of each, and between it and all before it."""
    columns = np.pad(small.astype(np.int64).cumsum(1), ((0, 0), (1, 0)))
    lefts = np.zeros((len(ways) + 2, len(small)), np.int64)  # how much ink of each row lies to the left
    lefts[1] = columns[:, -1]
    kept: list[int] = []
    for number, way in enumerate(ways):
        if len(kept) == most:
            break
        left = columns[np.arange(len(small)), way]
        if np.abs(lefts[: len(kept) + 2] - left).sum(1).min() >= least:
            lefts[len(kept) + 2] = left
            kept.append(number)
    return kept
