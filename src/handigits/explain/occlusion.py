"""Occlusion: cover a part of the picture with paper, and see what becomes of the answer.

Looks at a model from outside, so it does for any model, without torch.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handigits.recognizer import Recognizer

__all__ = ["Occlusion", "occlude"]

_PATCH = 5  # pixels: somewhat wider than a stroke, which is two to four
_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What covering does to a digit's evidence.

    Attributes:
        digit: the digit in question.
        evidence: log-odds of the digit, in nats, with nothing covered.
        drops: float64 (28, 28); by how much the evidence falls where a pixel is covered, mean over all the squares that
            cover it. Above 0: what is there speaks for the digit.
    """

    digit: int
    evidence: float
    drops: NDArray[np.float64]


def occlude(recognizer: Recognizer, image: NDArray[np.float32], digit: int) -> Occlusion:
    """Slide a 5x5 square of paper over an image, float32 (28, 28) in [0, 1], and watch one digit.

    Reference:
        Zeiler and Fergus, Visualizing and understanding convolutional networks, 2014.
    """
    reach = range(1 - _PATCH, len(image))  # squares that hang over the edge too, so that every pixel is in 25
    corners = [(max(top, 0), top + _PATCH, max(left, 0), left + _PATCH) for top in reach for left in reach]
    covered = np.repeat(image[np.newaxis], len(corners) + 1, axis=0)
    for place, (top, bottom, left, right) in enumerate(corners):
        covered[place, top:bottom, left:right] = 0
    answers = np.clip(recognizer.probabilities(covered)[:, digit].astype(np.float64), _TINY, 1 - _TINY)
    evidence = np.log(answers / (1 - answers))
    drops = np.zeros(image.shape)
    for (top, bottom, left, right), after in zip(corners, evidence[:-1], strict=True):
        drops[top:bottom, left:right] += (evidence[-1] - after) / _PATCH**2
    return Occlusion(digit, float(evidence[-1]), drops)
