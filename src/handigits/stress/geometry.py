"""Digits moved, turned, resized, slanted, cut off at the edge of the frame, or written with another pen.

Every function takes images, float32 (N, 28, 28) in [0, 1], white ink on black, a strength from 1 to 5 and a generator,
and returns new images of the same kind. Not for training: a network that has practised on its own examination proves
nothing by passing it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.data.split import IMAGE_SIZE

__all__ = ["crop", "rotate", "scale", "shear", "shift", "thick", "thin"]

_SHIFT = (1.5, 3.0, 4.5, 6.0, 7.5)  # pixels; from the fourth on, parts of wide digits leave the frame
_ROTATE = (7.0, 14.0, 21.0, 28.0, 35.0)  # degrees
_SCALE = (0.9, 0.8, 0.7, 0.6, 0.5)
_SHEAR = (0.15, 0.3, 0.45, 0.6, 0.75)  # pixels sideways for each pixel up
_THICK = (0.5, 0.75, 1.0, 1.5, 2.0)  # pixels added on each side of a stroke
_THIN = (0.2, 0.35, 0.5, 0.65, 0.8)  # of half the width of a stroke, taken away on each side
_CROP = (0.04, 0.08, 0.12, 0.16, 0.2)  # of the digit's height or width, beyond the edge of the frame

_FINE = 6  # strokes are made thicker and thinner on pixels so many times smaller
_INK = 0.5  # a pixel with more than this belongs to a stroke


def shift(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Off the centre, in any direction."""
    angles = generator.uniform(0, 2 * np.pi, len(images))
    return _warp(images, _identity(len(images)), _SHIFT[strength - 1] * np.stack([np.cos(angles), np.sin(angles)], 1))


def rotate(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Turned to the left or to the right."""
    angles = np.deg2rad(_ROTATE[strength - 1]) * _signs(images, generator)
    cos, sin = np.cos(angles), np.sin(angles)
    return _warp(images, np.stack([cos, -sin, sin, cos], 1).reshape(-1, 2, 2))


def scale(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Smaller; the generator is not needed."""
    return _warp(images, _identity(len(images)) * _SCALE[strength - 1])


def shear(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Slanted to the left or to the right."""
    matrices = _identity(len(images))
    matrices[:, 0, 1] = _SHEAR[strength - 1] * _signs(images, generator)
    return _warp(images, matrices)


def crop(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Moved over one edge of the frame, so that a part of the digit is cut off."""
    offsets = np.zeros((len(images), 2))
    sides = generator.integers(0, 4, len(images))
    for image, offset, side in zip(images, offsets, sides, strict=True):
        axis, is_far = divmod(int(side), 2)  # axis 0: left or right; 1: top or bottom
        used = np.flatnonzero((image > _INK).any(axis=axis))
        if used.size:
            low, high = used[0], used[-1] + 1
            beyond = _CROP[strength - 1] * (high - low)
            offset[axis] = IMAGE_SIZE - high + beyond if is_far else -low - beyond
    return _warp(images, _identity(len(images)), offsets)


def thick(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Written with a broader pen; the generator is not needed."""
    disc = _disc(_THICK[strength - 1])
    return np.stack([_coarse(cv2.dilate(_fine(image), disc)) for image in images])


def thin(images: NDArray[np.float32], strength: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Written with a finer pen; the generator is not needed."""
    thinned = []
    for image in images:
        fine = _fine(image)
        thinned.append(_coarse(cv2.erode(fine, _disc(_THIN[strength - 1] * _half_width(fine)))))
    return np.stack(thinned)


def _half_width(fine: NDArray[np.float32]) -> float:
    """Half the width of a typical stroke, in pixels of the image.

    Across a straight stroke of half-width w, the distance to the paper is w / 2 on average.
    """
    strokes = (fine > _INK).astype(np.uint8)
    if not strokes.any():
        return 0.0
    return 2 * float(cv2.distanceTransform(strokes, cv2.DIST_L2, 5)[strokes > 0].mean()) / _FINE


def _fine(image: NDArray[np.float32]) -> NDArray[np.float32]:
    size = _FINE * IMAGE_SIZE
    return np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR), np.float32)


def _coarse(fine: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(fine, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_AREA), np.float32)


def _disc(radius: float) -> NDArray[np.uint8]:
    """A disc as a kernel; `radius` in pixels of the image."""
    reach = round(radius * _FINE)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)), np.uint8)


def _identity(count: int) -> NDArray[np.float64]:
    return np.tile(np.eye(2), (count, 1, 1))


def _signs(images: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float64]:
    return generator.choice((-1.0, 1.0), len(images))


def _warp(
    images: NDArray[np.float32], matrices: NDArray[np.float64], offsets: NDArray[np.float64] | float = 0.0
) -> NDArray[np.float32]:
    """Map each image by its 2x2 matrix around the centre, then move it by its (x, y); black comes in from outside."""
    centre = np.full(2, (IMAGE_SIZE - 1) / 2)
    moves = centre - matrices @ centre + offsets  # (N, 2)
    maps = np.concatenate([matrices, moves[:, :, None]], axis=2)
    size = (IMAGE_SIZE, IMAGE_SIZE)
    warped = [
        cv2.warpAffine(image, each, size, flags=cv2.INTER_LINEAR) for image, each in zip(images, maps, strict=True)
    ]
    return np.stack(warped)
