"""Digits in bad light: pale, too bright, inverted, in fog, half in a dark margin.

Every function takes images, float32 (N, 28, 28) in [0, 1], white ink on black, a strength from 1 to 5 and a generator,
and returns new images of the same kind, which may reach beyond [0, 1]. Not for training.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.data.split import IMAGE_SIZE

__all__ = ["brightness", "contrast", "fog", "inversion", "stripe"]

_CONTRAST = (0.75, 0.55, 0.4, 0.3, 0.2)  # left of the range between black and white
_BRIGHTNESS = (0.1, 0.2, 0.3, 0.4, 0.5)  # added
_INVERSION = (1.0, 0.85, 0.7, 0.55, 0.4)  # contrast of the negative
_FOG = (0.4, 0.7, 1.0, 1.3, 1.6)  # its brightest place against full ink
_STRIPE = (5, 6, 7, 8, 9)  # columns at each side


def contrast(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Towards a middle gray, ink and paper alike; the generator is not needed."""
    return np.float32(0.5) + np.float32(_CONTRAST[strength - 1]) * (images - np.float32(0.5))


def brightness(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Everything brighter, up to white; the generator is not needed."""
    return images + np.float32(_BRIGHTNESS[strength - 1])


def inversion(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Dark ink on white, and ever paler ink; the generator is not needed."""
    return 1 - np.float32(_INVERSION[strength - 1]) * images


def fog(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Bright clouds before the digit; the camera darkens the whole until nothing is too bright."""
    weight = np.float32(_FOG[strength - 1])
    return np.asarray((images + weight * _clouds(len(images), generator)) / (1 + weight), np.float32)


def stripe(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """The negative at the left and at the right, the digit itself in between; the generator is not needed."""
    width = _STRIPE[strength - 1]
    striped = images.copy()
    for side in (np.s_[:, :, :width], np.s_[:, :, IMAGE_SIZE - width :]):
        striped[side] = 1 - images[side]
    return striped


def _clouds(count: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Random clouds, float32 (count, 28, 28), each reaching from 0 to 1: half as high, twice as fine, five times."""
    clouds = np.empty((count, IMAGE_SIZE, IMAGE_SIZE), np.float32)
    size = (IMAGE_SIZE, IMAGE_SIZE)
    for cloud in clouds:
        grains = [generator.random((2**level + 1, 2**level + 1), np.float32) / 2**level for level in range(5)]
        cloud[:] = sum(cv2.resize(grain, size, interpolation=cv2.INTER_CUBIC) for grain in grains)
    low, high = clouds.min(axis=(1, 2), keepdims=True), clouds.max(axis=(1, 2), keepdims=True)
    return np.asarray((clouds - low) / (high - low), np.float32)
