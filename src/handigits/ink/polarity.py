"""Which of the two tones of a picture is the ink."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Polarity", "PolarityChoice", "detect_polarity"]

Polarity = Literal["dark-on-light", "light-on-dark"]
PolarityChoice = Literal["auto"] | Polarity


def detect_polarity(gray: NDArray[np.uint8]) -> Polarity:
    """Tell whether `gray`, uint8 (H, W), holds dark ink on light paper or the reverse.

    The outermost ring of pixels is taken for paper: its median is compared with the middle between the darkest and the
    lightest pixel. The answer for `255 - gray` is always the opposite one.
    """
    ring = np.concatenate([gray[0], gray[-1], gray[1:-1, 0], gray[1:-1, -1]])
    paper = float(np.median(ring))
    middle = (float(gray.min()) + float(gray.max())) / 2
    if paper == middle:  # a blank picture; or neither tone rules the ring, then the picture as a whole decides
        paper, middle = float(gray.mean()), 127.5
    return "dark-on-light" if paper > middle else "light-on-dark"
