"""Which candidates of a row are its digits: the way through them that a model and the shapes explain best.

A candidate costs what the model doubts about it, and what its shape is unlike a digit's: too wide, too tall beside its
neighbours, in parts far apart, cut through much ink. The cheapest way through the row is the answer.

The prices are those under which the right ways through the candidates of made-up rows of MNIST's training digits are
most probable, rounded, with the model's doubt as the unit. They choose the right way more often than prices set by eye
did, most of all because of the reward for every digit.
Deliberately absent: pictures and models; a caller brings the candidates (see `ink.segment`) and their probabilities.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handigits.ink.segment import Candidate, Layout, Row

__all__ = ["Scores", "is_plain", "read_layout", "read_row"]

# Mean and standard deviation of the logarithm of width / height over MNIST's training digits.
_ASPECT_OF_ONES = (-0.91, 0.45)
_ASPECT = (-0.2, 0.25)
_HEIGHT_SD = 0.25  # of the logarithm of a digit's height in its row
_WIDE_PRICE, _NARROW_PRICE, _HEIGHT_PRICE = 0.2, 0.03, 0.2  # for the squares of how many deviations it is off
_STRANGENESS_PRICE = 0.5  # for each unit by which it is less plausible
_GAP_PRICE = 12.0  # for a gap as wide as the row is high
_CUT_PRICE = 0.75  # for each width of a stroke that a cut crosses
_REWARD = 1.0  # for each digit: more of them have more that may be doubted
_DROP_PRICE = 1.0  # for each small mark that no digit owns
_STRANGE = math.log(0.1)  # a mark less plausible than that may be a sign between digits
_SIGN_PRICE = 2.0  # for each such mark that no digit owns; one wider than the row is high costs as many times more
_PLAIN = -0.6  # a single mark that costs less is one digit: of 400 pairs of training digits that touch, three cost less
_MOST_DOUBT = 8.0  # a probability below exp(-8) says no more than that the model does not know the shape


@dataclass(frozen=True, eq=False)
class Scores:
    """What a model says of N candidates.

    Attributes:
        probabilities: float32 (N, 10).
        plausibility: float32 (N,), logarithm of how like a digit each one looks at all, at most 0.
    """

    probabilities: NDArray[np.float32]
    plausibility: NDArray[np.float32]


def is_plain(mark: Candidate, probabilities: NDArray[np.float32], plausibility: float) -> bool:
    """Whether a picture, or a mark of one, is a digit so plainly that no other way to read it need be looked for.

    Args:
        mark: all of the picture's ink, or what hangs together in it.
        probabilities: float32 (10,), what a model says of it.
        plausibility: of the mark, as in `Scores`.
    """
    return mark.parts == 1 and _cost(mark, probabilities, plausibility) < _PLAIN


def read_layout(layout: Layout, scores: Scores) -> list[int]:
    """The digits of a picture in reading order: numbers of `layout.candidates`, of which 0 is the whole.

    Args:
        layout: what may be written there.
        scores: of `layout.candidates`, in their order.
    """
    whole = _cost(layout.whole, scores.probabilities[0], float(scores.plausibility[0]))
    first, total, digits = 1, 0.0, []
    for row in layout.rows:
        part = slice(first, first + len(row.candidates))
        way, price = read_row(row, Scores(scores.probabilities[part], scores.plausibility[part]))
        digits += [first + number for number in way]
        total += price
        first = part.stop
    return digits if digits and total < whole else [0]


def read_row(row: Row, scores: Scores) -> tuple[tuple[int, ...], float]:
    """The cheapest way through a row.

    Args:
        row: its candidates.
        scores: of these candidates, in their order.

    Returns:
        Numbers of the candidates that are digits, from left to right, and what the way costs.
    """
    best: list[tuple[float, tuple[int, ...]]] = [(math.inf, ()) for _ in range(row.end + 1)]
    best[0] = (0.0, ())
    closed = _inside_plain_marks(row, scores)
    for number, candidate in enumerate(row.candidates):  # by where they begin: what leads there is known by then
        if candidate.first in closed or candidate.end in closed:
            continue
        before, way = best[candidate.first]
        price = _cost(candidate, scores.probabilities[number], float(scores.plausibility[number]))
        ends = [(before + price, (*way, number))]
        if not candidate.cut:  # a mark, or several, in one piece
            if candidate.is_small and candidate.parts == 1:
                ends.append((before + _DROP_PRICE, way))
            elif scores.plausibility[number] < _STRANGE:
                ends.append((before + _SIGN_PRICE * max(1.0, _width_in_row(candidate)), way))
        best[candidate.end] = min(best[candidate.end], *ends)
    price, way = best[-1]
    return way, price


def _inside_plain_marks(row: Row, scores: Scores) -> set[int]:
    """The boundaries that lie inside a mark that is plainly one digit: no way begins or ends there."""
    return {
        boundary
        for number, mark in enumerate(row.candidates)
        if not mark.cut and is_plain(mark, scores.probabilities[number], float(scores.plausibility[number]))
        for boundary in range(mark.first + 1, mark.end)
    }


def _width_in_row(candidate: Candidate) -> float:
    """Its width, of the row's height."""
    _, _, width, height = candidate.box
    return candidate.height * width / height


def _cost(candidate: Candidate, probabilities: NDArray[np.float32], plausibility: float) -> float:
    """What it costs to take a candidate for a digit: a negative log-likelihood up to a constant."""
    digit = int(np.argmax(probabilities))
    doubt = min(-math.log(max(float(probabilities[digit]), 1e-9)), _MOST_DOUBT)
    _, _, width, height = candidate.box
    mean, deviation = _ASPECT_OF_ONES if digit == 1 else _ASPECT
    wide = (math.log(width / height) - mean) / deviation
    narrow_price = 0.0 if digit == 1 else _NARROW_PRICE  # a pen can draw a one as thin as it likes
    shape = (_WIDE_PRICE if wide > 0 else narrow_price) * wide**2
    shape += _HEIGHT_PRICE * (math.log(candidate.height) / _HEIGHT_SD) ** 2
    strange = -_STRANGENESS_PRICE * plausibility
    return doubt + strange + shape + _GAP_PRICE * candidate.gap + _CUT_PRICE * candidate.cut - _REWARD
