"""Gray pixels to the input of a network: white ink on black, 28x28.

The plain path: find out which tone is the paper, scale the whole picture, pad it to a square. Does not look for the
digit inside the picture.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handigits.errors import PictureError

__all__ = ["INPUT_SIZE", "Polarity", "detect_polarity", "to_input"]

INPUT_SIZE = 28

Polarity = Literal["dark-on-light", "light-on-dark"]


def detect_polarity(gray: NDArray[np.uint8]) -> Polarity:
    """Tell whether `gray`, uint8 (H, W), holds dark ink on light paper or the reverse.

    The outermost ring of pixels is taken for paper: its median is compared with the middle between the darkest and the
    lightest pixel. The answer for `255 - gray` is always the opposite one.
    """
    paper = float(np.median(_ring(gray)))
    middle = (float(gray.min()) + float(gray.max())) / 2
    if paper == middle:  # a blank picture; or neither tone rules the ring, then the picture as a whole decides
        paper, middle = float(gray.mean()), 127.5
    return "dark-on-light" if paper > middle else "light-on-dark"


def to_input(gray: NDArray[np.uint8], *, polarity: Literal["auto"] | Polarity = "auto") -> NDArray[np.float32]:
    """Make `gray` what networks here are fed with: float32 (28, 28) in [0, 1], white ink on black.

    A picture of 28x28 keeps every pixel, but for polarity: MNIST's own digits pass through as they are. Others are
    scaled with antialiasing so that their longer side is 28, and padded with the paper's tone.

    Args:
        gray: uint8 (H, W) in 0..255, H and W at least 1.
        polarity: what the picture holds; `auto` finds out, and gives a picture and its negative the same answer.

    Raises:
        PictureError: `gray` is no uint8 (H, W), or empty.

    Example:
        >>> page = np.full((100, 60), 255, np.uint8)
        >>> page[20:80, 26:34] = 0
        >>> stroke = to_input(page)
        >>> stroke.shape, float(stroke.min()), bool(stroke.max() > 0.9)
        ((28, 28), 0.0, True)
    """
    if gray.dtype != np.uint8 or gray.ndim != 2 or gray.size == 0:
        raise PictureError(f"gray pixels are {gray.dtype} {gray.shape}; expected uint8 (H, W), not empty.")
    if (detect_polarity(gray) if polarity == "auto" else polarity) == "dark-on-light":
        gray = 255 - gray
    if gray.shape != (INPUT_SIZE, INPUT_SIZE):
        gray = _fit(gray)
    return gray.astype(np.float32) / np.float32(255)


def _fit(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale (H, W) to fit (28, 28), centred; the rest is filled with the median of the outermost ring."""
    height, width = gray.shape
    scale = INPUT_SIZE / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    resized = Image.fromarray(gray).resize((columns, rows), Image.Resampling.BILINEAR, reducing_gap=3.0)
    fitted = np.full((INPUT_SIZE, INPUT_SIZE), np.uint8(np.median(_ring(gray))))
    top, left = (INPUT_SIZE - rows) // 2, (INPUT_SIZE - columns) // 2
    fitted[top : top + rows, left : left + columns] = np.asarray(resized)
    return fitted


def _ring(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.concatenate([gray[0], gray[-1], gray[1:-1, 0], gray[1:-1, -1]])
