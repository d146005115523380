"""Maps that say yes and no, laid over a digit: blue for what speaks for it, vermilion for what speaks against it."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["gray", "heat", "signed"]

_FOR, _AGAINST = np.array([86, 180, 233]), np.array([240, 110, 40])
_INK = 0.45  # the digit is dimmed below the colours


def heat(values: NDArray[np.floating], image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colours (H, W, 3) for `values` (H, W), the strongest in full, over an image (H, W) in [0, 1]."""
    strength = np.abs(values) / max(float(np.abs(values).max()), 1e-12)
    colors = np.where((values > 0)[..., np.newaxis], _FOR, _AGAINST)
    ink = np.repeat(255 * _INK * image[..., np.newaxis], 3, axis=2)
    mixed: NDArray[np.uint8] = (ink + strength[..., np.newaxis] * (colors - ink)).round().astype(np.uint8)
    return mixed


def signed(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Colours (H, W, 3) for `values` (H, W) alone: black is nothing."""
    return heat(values, np.zeros(values.shape, np.float32))


def gray(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Tones (H, W) for `values` (H, W): the largest is white, what is not above 0 black."""
    shares = np.maximum(values, 0) / max(float(values.max()), 1e-12)
    tones: NDArray[np.uint8] = (255 * shares).round().astype(np.uint8)
    return tones
