"""What is gained where the least sure digits are left unanswered.

Measures only; `abstention` chooses how sure an answer must be.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Coverage", "measure_coverage"]


@dataclass(frozen=True, eq=False)
class Coverage:
    """Accuracy against the share of digits that are answered, the surest first.

    Only the M mistakes matter: between two of them, one answers as many digits as one can.

    Attributes:
        count: digits in all.
        mistakes: float64 (M,), how sure the model was of each wrong answer, surest first.
        answered: int64 (M,), how many digits it was surer of than of that mistake.
    """

    count: int
    mistakes: NDArray[np.float64]
    answered: NDArray[np.int64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """float64 (M + 1,), ascending: the share answered just before each mistake, and at last all."""
        return np.append(self.answered, self.count) / self.count

    @property
    def accuracies(self) -> NDArray[np.float64]:
        """float64 (M + 1,), the accuracy at each of those shares."""
        return np.array([self.accuracy(share) for share in self.shares])

    def accuracy(self, share: float) -> float:
        """How many of the answers are right where this share of the digits is answered, in 0..1; 1 where none is."""
        answers = round(share * self.count)
        wrong = int(np.searchsorted(self.answered, answers, "left"))
        return 1 - wrong / answers if answers else 1.0

    def to_json(self) -> dict[str, list[float]]:
        """Plain lists."""
        return {
            "mistakes": self.mistakes.tolist(),
            "shares": self.shares.tolist(),
            "accuracies": self.accuracies.tolist(),
        }


def measure_coverage(probabilities: NDArray[np.floating], labels: NDArray[np.int64]) -> Coverage:
    """Find how sure the model was where it was wrong.

    Args:
        probabilities: float (N, 10), rows that sum to 1; N >= 1.
        labels: int64 (N,) in 0..9.

    Example:
        >>> rows = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
        >>> curve = measure_coverage(rows, np.array([0, 0, 1, 0]))
        >>> curve.shares.tolist(), curve.accuracies.tolist()
        ([0.5, 1.0], [1.0, 0.75])
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    wrong = probabilities.argmax(axis=1) != labels
    mistakes = np.sort(confidence[wrong])[::-1]
    answered = len(labels) - np.searchsorted(np.sort(confidence), mistakes, "right")
    return Coverage(len(labels), mistakes, answered)
