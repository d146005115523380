"""What a camera makes of a page: perspective, blur, noise and JPEG.

Pages are float32 (H, W, 3), red, green and blue from 0 to 1. Nothing here may be used in training.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["photograph", "tilt"]

_TURN = 4.0  # degrees at most, to either side
_TILT = 0.03  # how far each corner moves at most, in widths of the page
_BLUR = (0.3, 1.6)  # standard deviation in thousandths of the longer side, and at least _SHARPEST
_SHARPEST = 0.4  # pixels
_NOISE = (0.005, 0.04)  # standard deviation
_QUALITY = (40, 95)  # of JPEG


def tilt(page: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """The page seen by a camera that is not quite straight; its edges go on for ever."""
    height, width = page.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    centre = corners.mean(axis=0)
    angle = np.deg2rad(generator.uniform(-_TURN, _TURN))
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    moved = (corners - centre) @ turn.T + centre + generator.uniform(-_TILT, _TILT, (4, 2)) * width
    mapping = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    return np.asarray(cv2.warpPerspective(page, mapping, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32)


def photograph(page: NDArray[np.float32], generator: np.random.Generator) -> bytes:
    """A JPEG file of what the camera sees."""
    sigma = max(_SHARPEST, generator.uniform(*_BLUR) * max(page.shape) / 1000)
    seen = cv2.GaussianBlur(page, (0, 0), sigma)
    seen += np.float32(generator.uniform(*_NOISE)) * generator.standard_normal(page.shape, np.float32)
    pixels = np.rint(255 * np.clip(seen, 0, 1)).astype(np.uint8)
    quality = int(generator.integers(*_QUALITY))
    _, file = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(file)
