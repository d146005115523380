"""Whether a confidence can be taken at its word: of the digits read with 90 %, are nine in ten right?

Measures only. Does not change a model's probabilities.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reliability", "measure_reliability"]


@dataclass(frozen=True, eq=False)
class Reliability:
    """Confidence against accuracy, in bins of equal width.

    Attributes:
        edges: float64 (B + 1,) from 0 to 1; bin b holds the confidences in (edges[b], edges[b + 1]].
        counts: int64 (B,), digits in each bin.
        confidences: float64 (B,), mean confidence in each bin; NaN where it is empty.
        accuracies: float64 (B,), share of the bin that was read correctly; NaN where it is empty.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    confidences: NDArray[np.float64]
    accuracies: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error in 0..1: the gap between the two, averaged over all digits."""
        filled = self.counts > 0
        gaps = np.abs(self.confidences[filled] - self.accuracies[filled])
        return float(np.average(gaps, weights=self.counts[filled]))

    def to_json(self) -> dict[str, object]:
        """Plain lists; an empty bin has null for confidence and accuracy."""
        return {
            "edges": self.edges.tolist(),
            "counts": self.counts.tolist(),
            "confidences": [None if np.isnan(value) else value for value in self.confidences.tolist()],
            "accuracies": [None if np.isnan(value) else value for value in self.accuracies.tolist()],
        }


def measure_reliability(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], *, bins: int = 15
) -> Reliability:
    """Sort the digits into bins by the confidence of their answer.

    Args:
        probabilities: float (N, 10), rows that sum to 1.
        labels: int64 (N,) in 0..9.
        bins: how many, of equal width. The expected calibration error depends on it; 15 is what papers use.

    Reference:
        Guo et al., On Calibration of Modern Neural Networks, 2017.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0.0, 1.0, bins + 1)
    which = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN, which is what an empty bin should hold
        confidences = np.bincount(which, weights=confidence, minlength=bins) / counts
        accuracies = np.bincount(which, weights=right, minlength=bins) / counts
    return Reliability(edges, counts, confidences, accuracies)
