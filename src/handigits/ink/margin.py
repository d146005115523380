"""A margin of paper around a picture that was cut out so tightly that its ink touches the edge.

Such are the digits of many datasets. Without paper around them nobody can tell ink from paper by the edge, nor a digit
from the picture's frame; with a margin in the one tone or in the other both are clear, if it is the right one. Does not
decide which one is right: see `judgement`.
"""

import numpy as np
from numpy.typing import NDArray

from handigits.ink.pixels import find_enlargement
from handigits.ink.polarity import Polarity

__all__ = ["add_margin", "is_cut_out"]

_LONGEST = 128  # pixels of the longer side: a larger picture is no cut-out of one digit
_SHARE = 0.5  # of the longer side
_TOUCHING = 0.5  # of the range of tones is found along the edge: there is ink as well as paper
_PAPER = 0.95  # of the pixels are no brighter than light paper, or no darker than dark paper


def is_cut_out(gray: NDArray[np.uint8]) -> bool:
    """Whether the ink of a picture, uint8 (H, W), that is small, or was before it was enlarged, reaches its edge."""
    edge = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    touching = np.ptp(edge)
    if not touching or max(gray.shape) > _LONGEST * find_enlargement(gray):
        return False
    return bool(touching > _TOUCHING * np.ptp(gray))


def add_margin(gray: NDArray[np.uint8], polarity: Polarity) -> tuple[NDArray[np.uint8], int]:
    """The picture with paper around it, in the tone that its paper has if that is its polarity; and how wide."""
    square = find_enlargement(gray)
    wide = square * round(_SHARE * max(gray.shape) / square)
    tones = np.sort(gray, axis=None)
    paper = (tones if polarity == "dark-on-light" else tones[::-1])[int(_PAPER * (tones.size - 1))]
    return np.pad(gray, wide, constant_values=paper), wide
