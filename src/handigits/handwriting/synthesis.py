"""Labelled images of digits that nobody wrote: styles, strayed from by a hand, drawn by a pen, normalised as MNIST is.

They add to MNIST what it lacks, and cannot stand in for it. No test of handigits uses them.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES, IMAGE_SIZE, Split
from handigits.errors import ConfigError
from handigits.handwriting.hand import write
from handigits.handwriting.pen import draw
from handigits.handwriting.styles import STYLES, strokes_of

__all__ = ["synthesize"]

_BOX = 20  # MNIST fits digits into 20x20


def synthesize(count: int, seed: int, *, styles: Sequence[Mapping[str, str]] = STYLES) -> Split:
    """Draw digits.

    Args:
        count: how many; each digit comes as often as every other, within one, in random order.
        seed: decides everything.
        styles: for each digit its styles, all equally likely.

    Raises:
        ConfigError: `count` is negative.

    Example:
        >>> synthesize(20, seed=0).images.shape
        (20, 28, 28)
    """
    if count < 0:
        raise ConfigError(f"count is {count}; expected 0 or more images.")
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.arange(count, dtype=np.int64) % CLASSES)
    parsed = [[strokes_of(style) for style in of_digit.values()] for of_digit in styles]
    images = np.zeros((count, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for image, label in zip(images, labels, strict=True):
        choices = parsed[label]
        image[:] = _normalize(draw(write(choices[generator.integers(len(choices))], generator), generator))
    return Split(images, labels, "synthetic")


def _normalize(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fit ink (H, W) into 20x20, and put its centre of mass into the middle of (28, 28)."""
    left, top, width, height = cv2.boundingRect(ink)
    scale = _BOX / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(ink[top : top + height, left : left + width], size, interpolation=cv2.INTER_AREA)
    mass = cv2.moments(small)
    image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    left, top = (
        int(np.clip(round(IMAGE_SIZE / 2 - mass[moment] / mass["m00"]), 0, IMAGE_SIZE - side))
        for moment, side in zip(("m10", "m01"), size, strict=True)
    )
    image[top : top + size[1], left : left + size[0]] = small
    return image
