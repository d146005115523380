"""White noise, in which no pixel knows its neighbours: in so small a picture of it grain may look like strokes."""

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["is_noise"]

_DEVIATIONS = 3.5  # of what neighbours in noise have in common; digits in the strongest noise have more


def is_noise(gray: NDArray[np.uint8]) -> bool:
    """Whether neighbours in a picture, uint8 (H, W), are as unlike as chance makes them; not one of a single tone.

    The correlation of a pixel with the eight around it is 0 in white noise, with a deviation that the number of pairs
    tells.

    Example:
        >>> noise = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
        >>> is_noise(noise), is_noise(np.sort(noise))
        (True, False)
    """
    tones = gray - gray.mean()
    spread = float((tones**2).mean())
    first = (tones[:, :-1], tones[:-1], tones[:-1, :-1], tones[:-1, 1:])
    second = (tones[:, 1:], tones[1:], tones[1:, 1:], tones[1:, :-1])
    pairs = sum(each.size for each in first)
    alike = sum(float((one * other).sum()) for one, other in zip(first, second, strict=True))
    return spread > 0 and pairs > 0 and alike / spread < _DEVIATIONS * math.sqrt(pairs)
