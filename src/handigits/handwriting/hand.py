"""How a hand strays from a style: no two digits alike. Points in, smooth curves out; knows nothing of pens."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["spline", "write"]

# Standard deviations, in heights of the digit.
_POINT = 0.03  # each point of a stroke for itself
_STROKE = 0.02  # a stroke as a whole, against the other strokes
_TREMOR = 0.006  # along the curve, after all else

_STROKE_SIZE = 0.05  # standard deviation of the size of each stroke, as a share of it
_SLANT = (-0.2, 0.45)  # sideways for each unit up; most people lean to the right
_TURN = 0.08  # standard deviation of the angle of the whole digit, in radians
_ASPECT = 0.2  # standard deviation of the logarithm of width against the style's own
_ROUNDED = 0.3  # share of the digits that are written with round corners
_CUT = 0.06  # most that is missing at an end of a stroke, or overshot, as a share of its length

_STEPS = 10  # straight pieces between two points of a curve
_TREMOR_WAVES = 6  # tremors along a stroke


def write(strokes: list[NDArray[np.float64]], generator: Generator) -> list[NDArray[np.float64]]:
    """One digit as a hand writes it.

    Args:
        strokes: the points of each stroke, (n, 2) as x, y; y downwards, a point given twice is a corner.
        generator: the only source of randomness.

    Returns:
        For each stroke a curve of many points, (m, 2). Scale and position are left to the reader of them.
    """
    slant, aspect = generator.uniform(*_SLANT), np.exp(generator.normal(0, _ASPECT))
    angle = generator.normal(0, _TURN)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    lean = np.array([[aspect, 0], [-slant, 1]])  # row vectors: x' = aspect x - slant y
    rounded = generator.random() < _ROUNDED
    return [_curve(_stray(stroke, rounded, generator), generator) @ lean @ turn for stroke in strokes]


def spline(points: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Catmull-Rom curve through points (n, 2) at positions (m,) from 0, the first point, to n - 1, the last.

    It goes on a little beyond both ends.

    Reference: E. Catmull and R. Rom, "A class of local interpolating splines", 1974.
    """
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    piece = np.clip(position.astype(int), 0, len(points) - 2)
    t = (position - piece)[:, None]
    before, start, end, after = (padded[piece + offset] for offset in range(4))
    return np.asarray(
        start
        + 0.5 * t * (end - before)
        + t**2 * (before - 2.5 * start + 2 * end - 0.5 * after)
        + t**3 * (1.5 * (start - end) + 0.5 * (after - before)),
        np.float64,
    )


def _stray(points: NDArray[np.float64], rounded: bool, generator: Generator) -> NDArray[np.float64]:
    """Move each point and the stroke as a whole; give up the corners if they are to be rounded."""
    corners = _corners(points)
    moved = points + generator.normal(0, _POINT, points.shape)
    moved[corners] = moved[corners - 1]
    middle = moved.mean(axis=0)
    size = 1 + generator.normal(0, _STROKE_SIZE, 2)
    moved = middle + (moved - middle) * size + generator.normal(0, _STROKE, 2)
    return np.delete(moved, corners, axis=0) if rounded else moved


def _curve(points: NDArray[np.float64], generator: Generator) -> NDArray[np.float64]:
    """A curve through the points, smooth between corners, with a tremor, begun and ended a little early or late."""
    parts = np.split(points, _corners(points))
    starts, ends = np.zeros(len(parts)), np.array([len(part) - 1.0 for part in parts])
    starts[0], ends[-1] = generator.uniform(-_CUT, _CUT, 2) * (len(points) - 1) + (0, ends[-1])
    curve = np.concatenate(
        [
            spline(part, np.linspace(start, end, _STEPS * (len(part) - 1) + 1))
            for part, start, end in zip(parts, starts, ends, strict=True)
        ]
    )
    waves = generator.normal(0, _TREMOR, (_TREMOR_WAVES, 2))
    return curve + spline(waves, np.linspace(0, _TREMOR_WAVES - 1, len(curve)))


def _corners(points: NDArray[np.float64]) -> NDArray[np.intp]:
    """Of each point that is given twice, the index of its second place."""
    return 1 + np.flatnonzero((points[1:] == points[:-1]).all(axis=1))
