"""Pictures of few pixels: those that were enlarged pixel by pixel are made small again, and small ones twice as large.

Squares have edges and corners that nobody wrote, which filters and thresholds take for strokes. A smooth picture of the
same pixels has none; it needs to be no larger than what a network looks at.
"""

from math import gcd

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["double", "find_enlargement", "reduced"]

_LINES = 8  # rows, and columns, that are looked at first
_FEWEST = 8  # borders between squares, up and across together: fewer are those of a drawing with straight edges
_MIDDLE = 255 * 2**15  # of all tones, times 65,536
_SHARE = 0.7  # of the places where there may be a border, between the first and the last


def find_enlargement(gray: NDArray[np.uint8]) -> int:
    """How many times a picture, uint8 (H, W), was enlarged pixel by pixel: 1 where it was not.

    Example:
        >>> small = np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)
        >>> find_enlargement(small), find_enlargement(np.kron(small, np.ones((5, 5), np.uint8)))
        (1, 5)
    """
    height, width = gray.shape
    some = _borders(gray[:: max(1, height // _LINES)]), _borders(gray.T[:: max(1, width // _LINES)])
    if gcd(height, width, *some[0], *some[1]) == 1:
        return 1
    borders = _borders(gray), _borders(gray.T)
    factor = gcd(height, width, *borders[0], *borders[1])
    possible = sum((each[-1] - each[0]) // factor + 1 for each in borders if each)
    found = sum(map(len, borders))
    return factor if found >= max(_FEWEST, _SHARE * possible) else 1


def _borders(lines: NDArray[np.uint8]) -> list[int]:
    """Where along the lines any of them changes."""
    positions: list[int] = (np.flatnonzero((lines[:, 1:] != lines[:, :-1]).any(0)) + 1).tolist()
    return positions


def double(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Twice as large, by cubic interpolation: uint8 (H, W) -> (2H, 2W).

    In whole numbers, so that the page, which does the same, comes to the same: OpenCV's last bit depends on the width.
    A half is rounded towards the middle tone, so that the negative comes to the negative.
    """
    large = _doubled_along(_doubled_along(gray.astype(np.int64)).T).T
    return np.asarray(np.clip((large + 2**15 - (large > _MIDDLE)) >> 16, 0, 255), np.uint8)


def _doubled_along(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """(H, W) -> (H, 2W), times 256: the places a quarter of a pixel before and behind the middle of each."""
    padded = np.pad(rows, ((0, 0), (2, 2)), mode="edge")
    far_left, left, middle, right, far_right = (padded[:, at : at + rows.shape[1]] for at in range(5))
    doubled = np.empty((len(rows), 2 * rows.shape[1]), np.int64)
    doubled[:, 0::2] = -9 * far_left + 67 * left + 225 * middle - 27 * right
    doubled[:, 1::2] = -27 * left + 225 * middle + 67 * right - 9 * far_right
    return doubled


def reduced(gray: NDArray[np.uint8], longest: int) -> tuple[NDArray[np.uint8], float]:
    """A copy, uint8 (H, W), whose longer side has so many pixels at most, each a mean; and its scale."""
    scale = min(1.0, longest / max(gray.shape))
    if scale == 1:
        return gray, scale
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    return np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), np.uint8), scale
