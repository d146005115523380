"""Whether two models that read the same digits differ by more than chance.

The test is paired: each digit is read by both, so what is easy or hard for both cancels out. Says nothing about models
that were not measured: how far a recipe moves with its seed is told by the deviation over seeds.
"""

from dataclasses import asdict, dataclass
from itertools import combinations
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from handigits.evaluation.intervals import Z_95

__all__ = ["LEVEL", "PairedTest", "compare_pairs", "holm", "sign_flip_p_value"]

LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class PairedTest:
    """Two models on the same digits.

    Attributes:
        first, second: their names.
        difference: accuracy of the first less that of the second, in -1..1.
        interval: 95 % of the difference, for other digits of the same kind.
        only_first, only_second: digits that the one reads better than the other; with one model each: that it alone
            reads correctly.
        p_value: probability of a difference at least as large, either way, were the two equally good.
        adjusted: the same, corrected for the number of pairs that were tested together.
    """

    first: str
    second: str
    difference: float
    interval: tuple[float, float]
    only_first: int
    only_second: int
    p_value: float
    adjusted: float

    @property
    def is_significant(self) -> bool:
        """Whether the corrected probability is below 5 %."""
        return self.adjusted < LEVEL

    @property
    def verdict(self) -> str:
        """The finding in words."""
        if not self.is_significant:
            return f"no significant difference between {self.first} and {self.second}"
        better, worse = (self.first, self.second) if self.difference > 0 else (self.second, self.first)
        return f"{better} is better than {worse}"

    def to_json(self) -> dict[str, object]:
        """The fields and the verdict, as `json.dumps` takes them."""
        return asdict(self) | {"significant": self.is_significant, "verdict": self.verdict}


def compare_pairs(right: dict[str, NDArray[np.bool_]]) -> tuple[PairedTest, ...]:
    """Test every pair of models, and correct for how many pairs there are.

    With one model on either side this is McNemar's exact test. With several seeds, each digit
    counts by the share of the models that read it correctly, and signs are flipped digit by digit, as in McNemar's.

    Args:
        right: for each name, bool (S, N): whether the model of seed s read digit n correctly.

    Reference:
        McNemar, Note on the sampling error of the difference between correlated proportions, 1947.
        Holm, A simple sequentially rejective multiple test procedure, 1979.

    Example:
        >>> first = np.array([[True, True, True, True, True, True, True, False]])
        >>> (test,) = compare_pairs({"a": first, "b": ~first})
        >>> test.only_first, test.only_second, round(test.p_value, 4), test.verdict
        (7, 1, 0.0703, 'no significant difference between a and b')
    """
    pairs = list(combinations(right, 2))
    differences = [_differences(right[first], right[second]) for first, second in pairs]
    p_values = np.array([sign_flip_p_value(counts) for counts, _ in differences])
    return tuple(
        _result(first, second, counts / scale, p_value, adjusted)
        for (first, second), (counts, scale), p_value, adjusted in zip(
            pairs, differences, p_values.tolist(), holm(p_values).tolist(), strict=True
        )
    )


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corrected probabilities (P,): the chance of any false alarm among all of them stays below the level.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    return np.minimum(adjusted, 1.0)


def sign_flip_p_value(differences: NDArray[np.int64]) -> float:
    """The exact probability that the sum is at least as far from 0, if every sign were the toss of a coin.

    Args:
        differences: int64 (N,). With nothing but -1, 0 and 1 it is McNemar's test.

    Example:
        >>> round(sign_flip_p_value(np.array([1, 1, 1, 1, 1, 0, 0])), 6)  # five heads in five tosses, or five tails
        0.0625
    """
    sizes = np.abs(differences[differences != 0])
    if not len(sizes):
        return 1.0
    chances = np.ones(1)  # of every sum from -total to total, in steps of 1
    for size, count in zip(*(values.tolist() for values in np.unique(sizes, return_counts=True)), strict=True):
        grown = np.zeros(len(chances) + 2 * size * count)
        for heads, chance in enumerate(_coin_tosses(count)):
            grown[2 * size * heads : 2 * size * heads + len(chances)] += chance * chances
        chances = grown
    total, found = int(sizes.sum()), abs(int(differences.sum()))
    sums = np.abs(np.arange(-total, total + 1))
    return min(1.0, float(chances[sums >= found].sum()))


def _differences(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """For each digit how much better the first reads it, as whole numbers, and the number that is 1 in them."""
    counts = first.sum(axis=0, dtype=np.int64) * len(second) - second.sum(axis=0, dtype=np.int64) * len(first)
    return counts, len(first) * len(second)


def _result(first: str, second: str, shares: NDArray[np.float64], p_value: float, adjusted: float) -> PairedTest:
    difference = float(shares.mean())
    half = Z_95 * float(shares.std()) / sqrt(len(shares))
    return PairedTest(
        first=first,
        second=second,
        difference=difference,
        interval=(difference - half, difference + half),
        only_first=int((shares > 0).sum()),
        only_second=int((shares < 0).sum()),
        p_value=p_value,
        adjusted=adjusted,
    )


def _coin_tosses(count: int) -> NDArray[np.float64]:
    """Chances of 0 to `count` heads in `count` tosses; through logarithms, since 2^-count may be too small to write."""
    ratios = np.log(np.arange(count, 0, -1) / np.arange(1, count + 1))
    return np.exp(np.concatenate([[0.0], np.cumsum(ratios)]) - count * log(2))
