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
_LONGEST = 160  # pixels of the longer side of the copy in which marks are looked for
_LIGHT_LONGEST = 40  # the same for the light around them
_AROUND = 0.1  # of its shorter side: light varies more slowly than that, standard deviation
_THIN, _WIDE = 0.05, 0.8  # of its shorter side: marks narrower than that are thin, and are marks at all
_SCANT = 0.03  # of a tone's marks: where no larger share is thin, the ring is believed if one tone rules it

Polarity = Literal["dark-on-light", "light-on-dark"]
PolarityChoice = Literal["auto"] | Polarity
POLARITIES: tuple[Polarity, ...] = get_args(Polarity)


def detect_polarity(gray: NDArray[np.uint8]) -> Polarity:
    """Tell whether `gray`, uint8 (H, W), holds dark ink on light paper or the reverse.

    The outermost ring of pixels is taken for paper: it is compared with the middle between the darkest and the lightest
    pixel. Marks decide where neither tone rules the ring, as with a desk beside the paper, where its own tone is near
    the middle, as in a shadow, and where another ring has the other tone: one a little farther in, as with a frame, or
    the same one after the light was taken out, as with one bright corner in poor light. Strokes of ink are thin
    throughout, while the paper between them is so only here and there: ink is the tone of whose marks the larger share
    is thin. The answer for `255 - gray` is always the opposite one.
    """
    small = np.asarray(cv2.medianBlur(reduced(gray, _LONGEST)[0], 3), np.uint8)
    paper = _ruling_tone(gray)
    inner = _ruling_tone(gray, -(-min(gray.shape) // _INSET))
    if not paper or -paper in (inner, _ruling_tone(_unlit(small)), -_ruling_tone(_unlit(255 - small))):
        dark, light = _thin_shares(small)
        if not paper or max(dark, light) >= _SCANT:
            paper = int(np.sign(dark - light))
    return "dark-on-light" if (paper or float(gray.mean()) - 127.5) > 0 else "light-on-dark"


def _ruling_tone(gray: NDArray[np.uint8], inset: int = 0) -> int:
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


def _unlit(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How much lighter each pixel is than those around it, uint8 (H, W); 128 is as light as they are."""
    tiny, _ = reduced(gray, _LIGHT_LONGEST)
    light = cv2.GaussianBlur(tiny, (0, 0), max(1.0, _AROUND * min(tiny.shape)))
    light = cv2.resize(light, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, np.maximum(light, 1), scale=128), np.uint8)


def _thin_shares(small: NDArray[np.uint8]) -> tuple[float, float]:
    """Which share of the dark marks is thin, and of the light ones.

    Dark marks are what closing fills, light ones what opening levels; a small kernel changes the thin ones alone. What
    is along the edge of the picture may be a frame, and does not count.
    """
    shorter = min(small.shape)
    edge = min(-(-shorter // _INSET), (shorter - 1) // 2)
    inside = np.s_[edge : small.shape[0] - edge, edge : small.shape[1] - edge]
    thin, wide = (max(3, round(part * shorter)) | 1 for part in (_THIN, _WIDE))

    def amount(kind: int, reach: int) -> int:
        return int(cv2.morphologyEx(small, kind, np.ones((reach, reach), np.uint8))[inside].sum(dtype=np.int64))

    dark, light = (amount(kind, thin) / max(amount(kind, wide), 1) for kind in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT))
    return dark, light
