"""Digits through a bad camera: noise, blur, compression.

Every function takes images, float32 (N, 28, 28) in [0, 1], white ink on black, a strength from 1 to 5 and a generator,
and returns new images of the same kind, which may reach beyond [0, 1]. Not for training.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.data.split import IMAGE_SIZE

__all__ = ["blur", "glass_blur", "impulse_noise", "jpeg", "motion_blur", "noise", "shot_noise"]

_NOISE = (0.08, 0.16, 0.24, 0.32, 0.4)  # standard deviation; black to white is 1
_SHOT = (24.0, 12.0, 6.0, 3.0, 1.5)  # photons that make white
_IMPULSE = (0.05, 0.1, 0.15, 0.2, 0.25)  # share of the pixels
_BLUR = (0.6, 0.9, 1.2, 1.6, 2.0)  # standard deviation in pixels
_GLASS = ((1, 0.4), (1, 0.55), (1, 0.7), (2, 0.7), (3, 0.7))  # how far pixels stray; the blur before and after
_MOTION = (2.0, 3.5, 5.0, 6.5, 8.0)  # pixels
_JPEG = (30, 15, 8, 4, 2)  # quality


def noise(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Gaussian noise on every pixel."""
    return images + np.float32(_NOISE[strength - 1]) * generator.standard_normal(images.shape, np.float32)


def shot_noise(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """The noise of too few photons: none in the black, most in the white."""
    photons = _SHOT[strength - 1]
    return np.asarray(generator.poisson(images * photons) / photons, np.float32)


def impulse_noise(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Single pixels black or white, whatever they were."""
    struck = generator.random(images.shape) < _IMPULSE[strength - 1]
    return np.where(struck, generator.integers(0, 2, images.shape), images).astype(np.float32)


def blur(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Out of focus; the generator is not needed."""
    return _blur(images, _BLUR[strength - 1])


def glass_blur(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Behind frosted glass: every pixel shows some near neighbour."""
    reach, sigma = _GLASS[strength - 1]
    places = np.indices(images.shape)
    strays = generator.integers(-reach, reach + 1, (2, *images.shape))
    rows, columns = np.clip(places[1:] + strays, 0, IMAGE_SIZE - 1)
    return _blur(_blur(images, sigma)[places[0], rows, columns], sigma)


def motion_blur(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Moved along a line of any direction while the picture was taken."""
    angles = generator.uniform(0, np.pi, len(images))
    streaks = [_streak(_MOTION[strength - 1], angle) for angle in angles]
    return np.stack([cv2.filter2D(image, -1, streak) for image, streak in zip(images, streaks, strict=True)])


def jpeg(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Compressed as JPEG; the generator is not needed."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG[strength - 1]]
    pixels = np.rint(255 * images).astype(np.uint8)
    files = [cv2.imencode(".jpg", image, quality)[1] for image in pixels]
    decoded = [np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE)) for file in files]
    return np.stack(decoded).astype(np.float32) / np.float32(255)


def _blur(images: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in images])


def _streak(length: float, angle: float) -> NDArray[np.float32]:
    """A kernel: a line through its middle, antialiased, that sums to 1."""
    half = int(np.ceil(length / 2))
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    kernel = np.clip(1 - np.abs(across), 0, 1) * np.clip((length + 1) / 2 - np.abs(along), 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)
