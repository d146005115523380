"""Labelled images of digits that nobody wrote: styles, strayed from by a hand, drawn by a pen, normalised as MNIST is.

They add to MNIST what it lacks, and cannot stand in for it. No test of handigits uses them.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from handigits.data.split import CLASSES, IMAGE_SIZE, Split
from handigits.errors import ConfigError
from handigits.handwriting.hand import write
from handigits.handwriting.pen import draw
from handigits.handwriting.styles import STYLES, strokes_of
from handigits.ink import normalize

__all__ = ["synthesize"]


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
        ink = draw(write(choices[generator.integers(len(choices))], generator), generator)
        image[:] = np.rint(normalize(ink) * 255)
    return Split(images, labels, "synthetic")
