"""The darker of two inks, where a picture has two: what was written over a form's print, pencil, or an older text.

Where a fainter stroke crosses a digit both are one mark, which looks like nothing; their tones still tell them apart.
So do those of a digit and of the shadow of a hand or a pen that reaches in over it. Does not decide whether what is
found makes sense: see `judgement`.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.levels import count_tones, middle_of
from handigits.ink.marks import INK, Marks, keep_marks, typical_width

__all__ = ["drop_shadow", "find_foreground"]

_SECOND_INK = (0.1, 0.6)  # at least so much of all ink, and at most of that tone of the darker: a stroke varies less
_SHADOW = (0.03, 0.8)  # the same of the writing under a shadow: it may be small beside it, and the shadow dark
_THINNEST = 2.0  # pixels: a thinner stroke has no tone that could be told from that of a shadow
_BROAD = 1.5  # times the width of the strokes: so broad is a shadow, at least


def find_foreground(strength: NDArray[np.uint8], depth: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The darker ink alone.

    Args:
        strength: of all ink, uint8 (H, W), 0 paper to 255 ink.
        depth: how much of its light each pixel swallows, uint8 (H, W), 0 none to 255 all.

    Returns:
        Its strength, uint8 (H, W); None where all of the ink has one tone.
    """
    return _darker(strength, depth, *_SECOND_INK)


def drop_shadow(strength: NDArray[np.uint8], depth: NDArray[np.uint8], marks: Marks) -> NDArray[np.uint8] | None:
    """All ink without a shadow that reaches in from the picture's edge and hangs together with the writing under it.

    The shadow is fainter than that writing and broader than its strokes, and the writing stands free of the edge.

    Args:
        strength: of all that is darker than the paper, uint8 (H, W), 0 paper to 255 ink.
        depth: as for `find_foreground`.
        marks: those of strength.

    Returns:
        Strength, uint8 (H, W); None where there is no such shadow.
    """
    labels = marks.labels
    at_the_edge = np.zeros(labels.max() + 1, np.bool_)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        at_the_edge[edge] = True
    at_the_edge[0] = False
    if not at_the_edge.any():
        return None
    there = at_the_edge[labels]
    shaded = strength * there
    writing = _darker(shaded, depth, *_SHADOW)
    if writing is None:
        return None
    own, all_of_it = (writing >= 128).astype(np.uint8), (shaded >= 128).astype(np.uint8)
    width = typical_width(own)
    is_shadow = _to_the_sides(own) >= width >= _THINNEST and typical_width(all_of_it & ~own) >= _BROAD * width
    return np.where(there, writing, strength) if is_shadow else None


def _darker(
    strength: NDArray[np.uint8], depth: NDArray[np.uint8], least: float, faint: float
) -> NDArray[np.uint8] | None:
    """The darker of two tones: it is so much of the core of all ink, at least, and the other so much fainter."""
    inside = cv2.erode((strength >= INK).astype(np.uint8), np.ones((3, 3), np.uint8))  # edges are of every tone
    core = depth[inside > 0].reshape(1, -1)
    if not core.size:
        return None
    between, _ = cv2.threshold(core, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    counts, first = count_tones(core), int(between) + 1
    lighter, darker = counts[:first], counts[first:]
    full = first + middle_of(darker)
    if min(lighter.sum(), darker.sum()) < least * core.size or middle_of(lighter) > faint * full:
        return None
    ramp = np.clip((np.arange(256) - between) / (full - between), 0, 1) * 255
    tones = np.where(strength > 0, depth, 0)
    alone = np.asarray(cv2.LUT(tones, np.rint(ramp).astype(np.uint8)), np.uint8)
    return keep_marks(alone, alone >= 128)[0]


def _to_the_sides(mask: NDArray[np.uint8]) -> int:
    """How many pixels are between what is in a mask, uint8 (H, W), and the nearest side of the picture."""
    x, y, width, height = cv2.boundingRect(mask)
    return int(min(x, y, mask.shape[1] - x - width, mask.shape[0] - y - height))
