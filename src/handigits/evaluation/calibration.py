"""Whether a confidence can be taken at its word: of the digits read with 90 %, are nine in ten right?

Measures only. Does not change a model's probabilities.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reliability", "measure_reliability"]

_RESAMPLES = 100  # of each kind; every run pays for them
_SEED = 0


@dataclass(frozen=True, eq=False)
class Reliability:
    """Confidence against accuracy, in bins of equal width.

    Attributes:
        edges: float64 (B + 1,) from 0 to 1; bin b holds the confidences in (edges[b], edges[b + 1]].
        counts: int64 (B,), digits in each bin.
        confidences: float64 (B,), mean confidence in each bin; NaN where it is empty.
        accuracies: float64 (B,), share of the bin that was read correctly; NaN where it is empty.
        interval: 95 % interval of the error, in 0..1.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    confidences: NDArray[np.float64]
    accuracies: NDArray[np.float64]
    interval: tuple[float, float]

    @property
    def error(self) -> float:
        """Expected calibration error in 0..1: the gap between the two, averaged over all digits."""
        filled = self.counts > 0
        gaps = np.abs(self.confidences[filled] - self.accuracies[filled])
        return float(np.average(gaps, weights=self.counts[filled]))

    def to_json(self) -> dict[str, object]:
        """Plain lists; an empty bin has null for confidence and accuracy."""
        return {
            "error": self.error,
            "interval": list(self.interval),
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
    return Reliability(edges, counts, confidences, accuracies, _interval(which, confidence, right, bins))


def _interval(
    which: NDArray[np.int64], confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int
) -> tuple[float, float]:
    """95 % interval of the expected calibration error, by the basic bootstrap.

    Chance alone opens gaps, so the measured error is too high, and that of resampled digits is higher still. The basic
    bootstrap takes off what resampling adds, where percentiles would add it once more. The interval holds the measured
    error, and begins at 0 where a model that is exactly as sure as it is right would show such an error by chance.

    Args:
        which: the bin of each digit, int64 (N,) in 0..bins - 1.
        confidence: of each answer, float64 (N,).
        right: whether it is, bool (N,).
        bins: how many.

    References:
        Davison and Hinkley, Bootstrap methods and their application, 1997, section 5.2.
        Bröcker and Smith, Increasing the reliability of reliability diagrams, 2007.
    """
    count = len(which)
    gaps = confidence - right
    generator = np.random.default_rng(_SEED)

    def error(places: NDArray[np.int64], gaps: NDArray[np.float64]) -> float:
        return float(np.abs(np.bincount(places, weights=gaps, minlength=bins)).sum()) / count

    def resampled() -> float:
        drawn = generator.integers(0, count, count)
        return error(which[drawn], gaps[drawn])

    measured = error(which, gaps)
    low, high = np.quantile([resampled() for _ in range(_RESAMPLES)], (0.025, 0.975)).tolist()
    by_chance = [error(which, confidence - (generator.random(count) < confidence)) for _ in range(_RESAMPLES)]
    least = 0.0 if measured <= np.quantile(by_chance, 0.975) else min(measured, 2 * measured - high)
    return max(0.0, least), max(measured, 2 * measured - low)
