"""What a pen makes of curves: ink on paper, (H, W) uint8, 0 paper and 255 ink. Large; see `synthesis` for 28x28."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["HEIGHT", "draw"]

HEIGHT = 120  # of the digit's longer side, before the pen's own width; six times the 20 pixels of MNIST

_WIDTHS = (0.04, 0.2)  # of pens, in heights of the digit: a fine liner on a large digit, a marker on a small one
_PRESSURE = 0.2  # standard deviation of the width along a stroke, as a share of it
_PRESSURES = 4  # waves of the pressure along a stroke


def draw(curves: list[NDArray[np.float64]], generator: Generator) -> NDArray[np.uint8]:
    """Draw curves with a round pen whose pressure changes.

    Args:
        curves: (m, 2) each, as x, y, at any scale.
        generator: chooses the pen and the pressure.

    Returns:
        uint8 (H, W): the ink with hardly any paper around it.
    """
    points = np.concatenate(curves)
    low = points.min(axis=0)
    scale = HEIGHT / max(1e-6, float(np.ptp(points, axis=0).max()))
    pen = HEIGHT * np.exp(generator.uniform(*np.log(_WIDTHS)))
    margin = int(pen) + 2  # pressure makes a pen at most twice as wide
    width, height = np.ceil((points.max(axis=0) - low) * scale).astype(int) + 1 + 2 * margin
    paper = np.zeros((height, width), np.uint8)
    for curve in curves:
        pixels = np.rint((curve - low) * scale + margin).astype(np.int32)
        widths = _thickness(len(curve) - 1, pen, generator)
        for start, end, thickness in zip(pixels[:-1], pixels[1:], widths, strict=True):
            cv2.line(paper, start.tolist(), end.tolist(), 255, thickness)  # with round ends
    return paper


def _thickness(pieces: int, pen: float, generator: Generator) -> list[int]:
    """Of each piece of a stroke, in pixels: half to twice the pen's, changing slowly."""
    knots = generator.normal(0, _PRESSURE, _PRESSURES)
    pressure = np.interp(np.linspace(0, _PRESSURES - 1, pieces), np.arange(_PRESSURES), knots)
    thickness: list[int] = np.maximum(1, np.rint(pen * np.clip(1 + pressure, 0.5, 2))).astype(int).tolist()
    return thickness
