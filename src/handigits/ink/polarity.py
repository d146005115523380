"""Which of the two tones of a picture is the ink."""

from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.pixels import reduced

__all__ = ["POLARITIES", "Polarity", "PolarityChoice", "detect_polarity", "light_on_dark"]

_RULES = 0.7  # share of the ring that one tone has to have
_INSET = 20  # of the shorter side, one part: a ring so far within has the paper's tone too, where there is no frame
_CLEAR = 0.15  # of the way from the darkest to the lightest tone: the ring's lies at least so far from the middle
_LONGEST = 160  # pixels of the longer side of the copy in which thin marks are looked for
_THIN_SHARES = (0.05, 0.1, 0.2)  # of its shorter side: what is narrower is thin; the next one if nothing is
_PLAIN = 0.25  # of the range of tones: what a thin mark has to stand out by
_ENOUGH = 0.004  # of the pixels: so many have to

Polarity = Literal["dark-on-light", "light-on-dark"]
PolarityChoice = Literal["auto"] | Polarity
POLARITIES: tuple[Polarity, ...] = get_args(Polarity)


def detect_polarity(gray: NDArray[np.uint8]) -> Polarity:
    """Tell whether `gray`, uint8 (H, W), holds dark ink on light paper or the reverse.

    The outermost ring of pixels is taken for paper: it is compared with the middle between the darkest and the lightest
    pixel. Thin marks decide where neither tone rules the ring, as with a desk beside the paper, where its own tone is
    near the middle, as in a shadow, and where a ring a little farther in has the other tone, as with a frame: ink is
    thin, and what is thin and dark on light vanishes when the picture is closed, what is thin and light on dark when it
    is opened. Strokes are thinner than the paper between them, so the thinnest marks that are plain count; where none
    is, the outermost ring is believed after all. The answer for `255 - gray` is always the opposite one.
    """
    outer, inner = _ruling_tone(gray, 0), _ruling_tone(gray, -(-min(gray.shape) // _INSET))
    dark, light, are_plain = (0.0, 0.0, False) if outer and outer * inner >= 0 else _thin_marks(gray)
    if outer and not are_plain:
        return "dark-on-light" if outer > 0 else "light-on-dark"
    if dark != light:
        return "dark-on-light" if dark > light else "light-on-dark"
    return "dark-on-light" if float(gray.mean()) > 127.5 else "light-on-dark"


def _ruling_tone(gray: NDArray[np.uint8], inset: int) -> int:
    """The tone of a ring, so many pixels within the outermost one: 1 light, -1 dark, 0 where neither rules it."""
    height, width = gray.shape
    ring = gray[inset : height - inset, inset : width - inset]
    if not ring.size:
        return 0
    ring = np.concatenate([ring[0], ring[-1], ring[1:-1, 0], ring[1:-1, -1]])
    darkest, lightest = float(gray.min()), float(gray.max())
    middle = (darkest + lightest) / 2
    lighter, darker = float((ring > middle).mean()), float((ring < middle).mean())
    is_clear = abs(float(np.median(ring)) - middle) >= _CLEAR * (lightest - darkest)
    return int(np.sign(lighter - darker)) if is_clear and max(lighter, darker) >= _RULES else 0


def light_on_dark(gray: NDArray[np.uint8], polarity: PolarityChoice = "auto") -> NDArray[np.uint8]:
    """`gray`, uint8 (H, W), negated if its ink is dark; `auto` finds out."""
    found = detect_polarity(gray) if polarity == "auto" else polarity
    return gray if found == "light-on-dark" else 255 - gray


def _thin_marks(gray: NDArray[np.uint8]) -> tuple[float, float, bool]:
    """How much thin dark and thin light there is: sums of the fourth powers of what closing fills and opening levels.

    And whether any of it is plain; the thinnest marks that are count. The powers let a few clear marks weigh more than
    the grain of the whole page. Along the edge of the picture there may be a frame.
    """
    small, _ = reduced(gray, _LONGEST)
    small = np.asarray(cv2.medianBlur(small, 3), np.uint8)
    edge = min(-(-min(small.shape) // _INSET), (min(small.shape) - 1) // 2)
    inside = np.s_[edge : small.shape[0] - edge, edge : small.shape[1] - edge]
    plain = _PLAIN * float(np.ptp(small))
    weights = []
    for share in _THIN_SHARES:
        reach = max(3, round(share * min(small.shape))) | 1
        kernel = np.ones((reach, reach), np.uint8)
        marks = [cv2.morphologyEx(small, kind, kernel)[inside] for kind in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)]
        dark, light = (float((each.astype(np.float64) ** 4).sum()) for each in marks)
        if max((each > plain).sum() for each in marks) >= _ENOUGH * small.size:
            return dark, light, True
        weights.append((dark, light))
    return *weights[0], False
