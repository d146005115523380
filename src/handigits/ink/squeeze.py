"""A band or a block that may have been a 1 before it was stretched to a square: as slim as a 1 again.

Some datasets stretch each digit until it fills a square, and an upright 1 is broader there than any pen writes. Does
not decide whether it was one: see `second_look`.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.marks import find_marks
from handigits.ink.strokes import Ink

__all__ = ["squeeze"]

_SQUARE = 0.9  # of the longer side of a mark: the shorter one, at least
_BROAD = 0.25  # of the same: a stroke as broad as that is no pen's
_SLIM = 4  # heights of a 1 in widths


def squeeze(ink: Ink) -> NDArray[np.uint8] | None:
    """Make the one broad mark of a picture, as wide as it is high, four times as high as it is wide.

    It is made higher, not narrower, so that no pixel is lost; from left to right its stroke is as wide as before.

    Returns:
        Strength of that mark alone, uint8 (4 W, W), 0 paper to 255 ink; None if there are several marks, or if it is
        not square or not so broad.
    """
    marks = find_marks(ink.strength)
    if len(marks.areas) != 2:
        return None
    x, y, width, height = marks.boxes[1]
    longer = max(width, height)
    if min(width, height) < _SQUARE * longer or ink.stroke_width < _BROAD * longer:
        return None
    slim = cv2.resize(ink.strength[y : y + height, x : x + width], (width, _SLIM * width))
    return np.asarray(slim, np.uint8)
