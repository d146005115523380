"""Digits that were stretched in width, as some datasets hold them: each fills a square, however slim it was.

Half of them are stretched all the way, where a 1 becomes a band or a block, and half only part of it, where a 1 looks
as if a broad marker had written it.
"""

import cv2
import numpy as np

from handigits.data.split import IMAGE_SIZE, Split
from handigits.handwriting.outliers import cut
from handigits.ink import normalize
from handigits.ink.marks import typical_width

__all__ = ["widen"]

_TO_A_SQUARE = 0.5  # share of the digits
_IS_INK = 127
_FINE = 4  # pixels a side for each of the digit's: what was stretched had sharp edges


def widen(digits: Split, count: int, seed: int) -> Split:
    """Stretch digits in width.

    Args:
        digits: of which to take some, N >= 1.
        count: how many to make; each of another digit, as far as there are enough.
        seed: decides everything.

    Returns:
        `count` images, normalised as digits are.
    """
    generator = np.random.default_rng(seed)
    chosen = np.concatenate([generator.permutation(len(digits)) for _ in range(count // len(digits) + 1)])[:count]
    images = np.zeros((count, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for image, number in zip(images, chosen, strict=True):
        ink = cut(digits.images[number])
        height, width = ink.shape
        way = 1.0 if generator.random() < _TO_A_SQUARE else generator.random()
        wide = round(width + way * max(0, height - width))
        fine = cv2.resize(ink, (_FINE * width, _FINE * height), interpolation=cv2.INTER_CUBIC)
        sharp = np.where(fine > _IS_INK, np.uint8(255), np.uint8(0))
        stretched = np.asarray(cv2.resize(sharp, (_FINE * wide, _FINE * height)), np.uint8)
        image[:] = np.rint(normalize(stretched, stroke_width=typical_width(stretched // 128)) * 255)
    return Split(images, digits.labels[chosen], "stretched")
