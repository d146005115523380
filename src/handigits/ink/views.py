"""Other looks at a picture of MNIST's very size: without specks, without grain, without splashes, without bands.

A picture of 28x28 is seldom a photograph, and often one of MNIST's own digits that something was done to. There is too
little of it to tell ink from noise by shape, as `strokes` does; a look through a filter leaves the digit where it is.
Does not decide which look is the right one: see `judgement`.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.marks import drop_short_marks
from handigits.ink.normalize import INPUT_SIZE
from handigits.ink.polarity import PolarityChoice, light_on_dark

__all__ = ["find_views"]

_BLUR = 1.0  # pixels, standard deviation
_SPLASH = 0.5  # of the longest mark's longer side: a mark shorter than that may be a splash
_BAND = 0.25  # of a picture's side: paper in each of two tones takes that much of it, so that no stroke is a band
_INK = 0.97  # of the pixels are no brighter than full ink: MNIST's digits cover a fifth of theirs, with soft edges


def find_views(gray: NDArray[np.uint8], *, polarity: PolarityChoice = "auto") -> tuple[NDArray[np.float32], ...]:
    """The looks at a picture, uint8 (H, W), each float32 (28, 28) in [0, 1], white ink on black; none of other sizes.

    Without specks, without grain, without both; without splashes, and without bands, if it has any.
    """
    if gray.shape != (INPUT_SIZE, INPUT_SIZE):
        return ()
    light = light_on_dark(gray, polarity)
    calm = np.asarray(cv2.medianBlur(light, 3), np.uint8)
    views = [_as_share(calm), _without_grain(light), _without_grain(calm)]
    rest = [drop_short_marks(each, _SPLASH) for each in (light, calm)]
    views += [_as_share(each) for each in rest if each is not None]
    even = _without_bands(gray)
    if even is not None:
        views.append(_as_share(light_on_dark(even, polarity)))
    return tuple(views)


def _without_grain(light: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Blurred, and stretched until paper is black and ink is white again."""
    blurred = np.asarray(cv2.GaussianBlur(light, (0, 0), _BLUR), np.uint8)
    tones = np.sort(blurred, axis=None)
    paper, ink = float(tones[tones.size // 2]), float(tones[int(_INK * tones.size)])
    return np.asarray(np.clip((blurred - paper) / max(ink - paper, 1.0), 0, 1), np.float32)


def _without_bands(gray: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The picture with its bands of light paper negated, if there are bands of dark paper as well; else None.

    Bands run from the upper edge to the lower one, or from side to side; the two outermost have the same tone.
    """
    middle = (float(gray.min()) + float(gray.max())) / 2
    for turned in (False, True):
        upright = gray.T if turned else gray
        above, below = upright[0] > middle, upright[-1] > middle
        is_banded = (above == below).all() and above[0] == above[-1]
        if is_banded and _BAND <= above.mean() <= 1 - _BAND:
            even = np.where(above, 255 - upright, upright)
            return np.ascontiguousarray(even.T if turned else even)
    return None


def _as_share(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    return image.astype(np.float32) / np.float32(255)
