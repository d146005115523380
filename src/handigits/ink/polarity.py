"""Which of the two tones of a picture is the ink."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Polarity", "PolarityChoice", "detect_polarity"]

_RULES = 0.7  # share of the ring that one tone has to have
_THIN_SHARE = 0.04  # of the shorter side: what is narrower is thin

Polarity = Literal["dark-on-light", "light-on-dark"]
PolarityChoice = Literal["auto"] | Polarity


def detect_polarity(gray: NDArray[np.uint8]) -> Polarity:
    """Tell whether `gray`, uint8 (H, W), holds dark ink on light paper or the reverse.

    The outermost ring of pixels is taken for paper: it is compared with the middle between the darkest and the lightest
    pixel. Where neither tone rules the ring, as with a desk beside the paper, thin marks decide: ink is thin, and what
    is thin and dark on light vanishes when the picture is closed, what is thin and light on dark when it is opened.
    The answer for `255 - gray` is always the opposite one.
    """
    ring = np.concatenate([gray[0], gray[-1], gray[1:-1, 0], gray[1:-1, -1]]).astype(np.float64)
    middle = (float(gray.min()) + float(gray.max())) / 2
    lighter, darker = float((ring > middle).mean()), float((ring < middle).mean())
    if max(lighter, darker) >= _RULES:
        return "dark-on-light" if lighter > darker else "light-on-dark"
    dark, light = _thin_marks(gray)
    if dark != light:
        return "dark-on-light" if dark > light else "light-on-dark"
    return "dark-on-light" if float(gray.mean()) > 127.5 else "light-on-dark"


def _thin_marks(gray: NDArray[np.uint8]) -> tuple[float, float]:
    """How much thin dark and thin light there is: mean squares of what closing fills and opening levels."""
    reach = max(3, round(_THIN_SHARE * min(gray.shape))) | 1
    kernel = np.ones((reach, reach), np.uint8)
    dark = cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, kernel).astype(np.float64)
    light = cv2.morphologyEx(gray, cv2.MORPH_TOPHAT, kernel).astype(np.float64)
    return float((dark**2).mean()), float((light**2).mean())
