"""How fast a model reads, on this machine, as it is used: through `Recognizer`."""

import statistics
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handigits.recognizer import Recognizer

__all__ = ["Speed", "measure_speed"]

_ONE_BY_ONE = 200  # the median of so many is steady to a few percent, and takes a tenth of a second
_AT_ONCE = 2_000


@dataclass(frozen=True)
class Speed:
    """Reading times, warm.

    Attributes:
        latency_ms: median time for a single image.
        images_per_second: when many are read at once.
    """

    latency_ms: float
    images_per_second: float


def measure_speed(recognizer: Recognizer, images: NDArray[np.uint8]) -> Speed:
    """Read some of `images`, uint8 (N, 28, 28), one by one and then together, which has warmed up by then."""
    seconds = [_seconds(recognizer, images[index : index + 1]) for index in np.arange(_ONE_BY_ONE) % len(images)]
    together = images[:_AT_ONCE]
    return Speed(1_000 * statistics.median(seconds), len(together) / _seconds(recognizer, together))


def _seconds(recognizer: Recognizer, images: NDArray[np.uint8]) -> float:
    began = time.perf_counter()
    recognizer.probabilities(images)
    return time.perf_counter() - began
