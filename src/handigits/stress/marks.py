"""Digits with something else on the paper: splashes, lines across; or nothing but outlines.

Every function takes images, float32 (N, 28, 28) in [0, 1], white ink on black, a strength from 1 to 5 and a generator,
and returns new images of the same kind. Not for training.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.data.split import IMAGE_SIZE

__all__ = ["dotted_line", "outline", "spatter", "zigzag"]

_SPATTER = (0.03, 0.06, 0.09, 0.12, 0.15)  # share of the paper that is covered
_LINES = ((1, 0.35), (1, 0.7), (1, 1.0), (2, 1.0), (3, 1.0))  # how many, and their tone
_OUTLINE = (0.8, 0.6, 0.4, 0.2, 0.0)  # what is left of the ink between the outlines

_DOT_STEP, _DOT_RADIUS = 4.0, 0.6  # pixels from dot to dot, and of a dot
_ZIGZAG_STEP, _ZIGZAG_HEIGHT = 2.5, 2.0  # pixels from turn to turn, and up or down from the middle
_SHIFT_BITS = 4  # OpenCV draws to sixteenths of a pixel


def spatter(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """White splashes: the highest places of smooth noise."""
    covered = images.copy()
    for image in covered:
        surface = cv2.GaussianBlur(generator.standard_normal(image.shape, np.float32), (0, 0), 1.0)
        image[surface > np.quantile(surface, 1 - _SPATTER[strength - 1])] = 1
    return covered


def dotted_line(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Lines of dots across the picture."""
    count, tone = _LINES[strength - 1]
    crossed = images.copy()
    for image in crossed:
        layer = np.zeros_like(image)
        for _ in range(count):
            for x, y in _across(generator, _DOT_STEP):
                cv2.circle(layer, _fixed(x, y), _fixed(_DOT_RADIUS, 0)[0], 1.0, -1, cv2.LINE_4, _SHIFT_BITS)
        np.maximum(image, tone * layer, out=image)
    return crossed


def zigzag(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Zigzag lines across the picture."""
    count, tone = _LINES[strength - 1]
    crossed = images.copy()
    for image in crossed:
        layer = np.zeros_like(image)
        for _ in range(count):
            points = _across(generator, _ZIGZAG_STEP)
            points[:, 1] += _ZIGZAG_HEIGHT * (-1.0) ** np.arange(len(points))
            fixed = np.array([_fixed(x, y) for x, y in points], np.int32)
            cv2.polylines(layer, [fixed], False, 1.0, 1, cv2.LINE_4, _SHIFT_BITS)
        np.maximum(image, tone * layer, out=image)
    return crossed


def outline(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Canny's edges over ever fainter ink, in the end edges alone; the generator is not needed."""
    pixels = np.rint(255 * images).astype(np.uint8)
    edges = np.stack([cv2.Canny(image, 100, 200) for image in pixels]).astype(np.float32) / np.float32(255)
    return np.asarray(np.maximum(edges, _OUTLINE[strength - 1] * images), np.float32)


def _across(generator: np.random.Generator, step: float) -> NDArray[np.float64]:
    """Points (n, 2) along a straight line from the left edge to the right one, anywhere in the middle half."""
    start, end = generator.uniform(IMAGE_SIZE / 4, 3 * IMAGE_SIZE / 4, 2)
    x = np.arange(0, IMAGE_SIZE + step, step)
    return np.stack([x, start + (end - start) * x / IMAGE_SIZE], axis=1)


def _fixed(x: float, y: float) -> tuple[int, int]:
    return round(x * 2**_SHIFT_BITS), round(y * 2**_SHIFT_BITS)
