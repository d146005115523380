"""The darker of two inks, where a picture has two: what was written over a form's print, pencil, or an older text.

Where a fainter stroke crosses a digit both are one mark, which looks like nothing; their tones still tell them apart.
Seldom needed, and so looked for only when nothing else made sense. Does not decide whether it does: see `judgement`.
"""

from dataclasses import replace

import cv2
import numpy as np

from handigits.ink.levels import count_tones, middle_of
from handigits.ink.marks import INK, keep_marks, typical_width
from handigits.ink.strokes import Ink

__all__ = ["find_foreground"]

_LEAST = 0.1  # of the ink: less of it is no second ink
_FAINT = 0.6  # of the darker ink's tone: a stroke's tone varies by less than that


def find_foreground(ink: Ink) -> Ink | None:
    """The darker ink alone, at full strength; None where all of the ink has one tone."""
    inside = cv2.erode((ink.strength >= INK).astype(np.uint8), np.ones((3, 3), np.uint8))  # edges are of every tone
    core = ink.depth[inside > 0].reshape(1, -1)
    if not core.size:
        return None
    between, _ = cv2.threshold(core, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    counts, first = count_tones(core), int(between) + 1
    faint, dark = counts[:first], counts[first:]
    full = first + middle_of(dark)
    if min(faint.sum(), dark.sum()) < _LEAST * core.size or middle_of(faint) > _FAINT * full:
        return None
    ramp = np.clip((np.arange(256) - between) / (full - between), 0, 1) * 255
    tones = np.where(ink.strength > 0, ink.depth, 0)
    strength = np.asarray(cv2.LUT(tones, np.rint(ramp).astype(np.uint8)), np.uint8)
    strength, _ = keep_marks(strength, strength >= 128)
    return replace(ink, strength=strength, stroke_width=typical_width((strength >= 128).astype(np.uint8)))
