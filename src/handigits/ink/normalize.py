"""One digit's ink to the input of a network, as MNIST itself was made.

MNIST's digits were cut out tightly, scaled to fit 20x20 with their aspect kept, with antialiasing, and moved in a 28x28
field until their centre of mass lay in its middle.

Reference: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.polarity import PolarityChoice, light_on_dark
from handigits.ink.strokes import find_ink

__all__ = ["BOX_SIZE", "INPUT_SIZE", "is_normalized", "native_input", "normalize", "to_input"]

INPUT_SIZE = 28
BOX_SIZE = 20
_MIDDLE = 14.0  # row and column of the centre of mass: MNIST's lie from 13.5 to 14.5, shifted by whole pixels
_VISIBLE = 32  # of 255: what is fainter does not widen the box
_THINNEST = 1.7  # of 20: thinner strokes would fade away when they are scaled down, and are widened to this
_THICKEST = 4.5  # of 20: thicker strokes fill their own loops, and are thinned to this


def normalize(strength: NDArray[np.uint8], *, stroke_width: float | None = None) -> NDArray[np.float32]:
    """Scale and centre the ink of one digit: float32 (28, 28) in [0, 1], white ink on black.

    Args:
        strength: uint8 (H, W), 0 paper to 255 ink. Without any ink, zeros are returned.
        stroke_width: typical width of its strokes in its pixels; given, pens far thinner or thicker than those of
            MNIST are brought nearer to them.
    """
    digit = _without_paper(strength)
    if digit is None:
        return np.zeros((INPUT_SIZE, INPUT_SIZE), np.float32)
    if stroke_width:
        adjusted = _without_paper(_adjust_pen(digit, stroke_width))
        digit = digit if adjusted is None else adjusted
    scale = BOX_SIZE / max(digit.shape)
    height, width = (max(1, round(side * scale)) for side in digit.shape)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(digit, (width, height), interpolation=method).astype(np.float32) / 255
    return _centre(small)


def is_normalized(gray: NDArray[np.uint8]) -> bool:
    """Whether `gray` already is as `normalize` makes it: 28x28, black around, at most 20x20 of ink, centred by mass.

    MNIST's own digits are, and keep every pixel.
    """
    if gray.shape != (INPUT_SIZE, INPUT_SIZE) or not gray.any():
        return False
    rows, columns = np.flatnonzero(gray.any(1)), np.flatnonzero(gray.any(0))
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    return BOX_SIZE - 1 <= longer <= BOX_SIZE and bool(np.abs(_centre_of_mass(gray) - _MIDDLE).max() <= 0.5)


def native_input(gray: NDArray[np.uint8], *, polarity: PolarityChoice = "auto") -> NDArray[np.float32] | None:
    """A picture that is framed as MNIST's are, pixel by pixel; None for every other.

    Args:
        gray: uint8 (H, W).
        polarity: which tone is the ink.

    Returns:
        float32 (28, 28) in [0, 1], white ink on black.
    """
    if gray.shape != (INPUT_SIZE, INPUT_SIZE) or gray.dtype != np.uint8:
        return None
    light = light_on_dark(gray, polarity)
    return light.astype(np.float32) / np.float32(255) if is_normalized(light) else None


def to_input(gray: NDArray[np.uint8], *, polarity: PolarityChoice = "auto") -> NDArray[np.float32]:
    """A picture of one digit as networks here are fed with it: float32 (28, 28) in [0, 1], white ink on black.

    Args:
        gray: uint8 (H, W) in 0..255, H and W at least 1.
        polarity: which tone is the ink; `auto` finds out, and gives a picture and its negative the same answer.

    Raises:
        PictureError: `gray` is no uint8 (H, W), or empty.

    Example:
        >>> page = np.full((100, 60), 255, np.uint8)
        >>> page[20:80, 26:34] = 0
        >>> stroke = to_input(page)
        >>> stroke.shape, float(stroke.min()), float(stroke.max())
        ((28, 28), 0.0, 1.0)
    """
    native = native_input(gray, polarity=polarity)
    if native is not None:
        return native
    ink = find_ink(gray, polarity=polarity)
    return normalize(ink.strength, stroke_width=ink.stroke_width)


def _without_paper(strength: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The ink alone, (h, w); None if there is none."""
    visible = strength >= _VISIBLE
    if not visible.any():
        return None
    rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
    return strength[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _adjust_pen(digit: NDArray[np.uint8], stroke_width: float) -> NDArray[np.uint8]:
    """Widen or thin the strokes so that they come out between `_THINNEST` and `_THICKEST` pixels of 20."""
    scale = BOX_SIZE / max(digit.shape)
    wanted = min(max(stroke_width * scale, _THINNEST), _THICKEST) / scale
    change = round(abs(wanted - stroke_width) / 2)  # on either side of the stroke
    if not change:
        return digit
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * change + 1, 2 * change + 1))
    if wanted < stroke_width:
        return np.asarray(cv2.erode(digit, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(0.0,)), np.uint8)
    padded = cv2.copyMakeBorder(digit, change, change, change, change, cv2.BORDER_CONSTANT)
    return np.asarray(cv2.dilate(padded, kernel), np.uint8)


def _centre(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put a digit, at most 20x20, into 28x28 with its centre of mass in the middle, to the nearest whole pixel."""
    height, width = small.shape
    mass = _centre_of_mass(small) if small.any() else np.array([(height - 1) / 2, (width - 1) / 2])
    top, left = np.floor(_MIDDLE - mass + 0.5).astype(int)
    top, left = min(max(top, 0), INPUT_SIZE - height), min(max(left, 0), INPUT_SIZE - width)
    image = np.zeros((INPUT_SIZE, INPUT_SIZE), np.float32)
    image[top : top + height, left : left + width] = small
    return image


def _centre_of_mass(values: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float64]:
    """Row and column, counted from 0 at the middle of the first pixel."""
    weights = values.astype(np.float64)
    rows = float(weights.sum(1) @ np.arange(values.shape[0]))
    columns = float(weights.sum(0) @ np.arange(values.shape[1]))
    return np.array([rows, columns], np.float64) / float(weights.sum())
