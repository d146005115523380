"""Several models side by side, on the same digits: which is better, by how much, and where they disagree."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import Split
from handigits.evaluation.contender import Contender
from handigits.evaluation.significance import LEVEL, PairedTest

__all__ = ["Answer", "Comparison", "Disagreement", "disagreements"]


@dataclass(frozen=True)
class Answer:
    """What one model said: the digit, and its probability."""

    digit: int
    confidence: float


@dataclass(frozen=True)
class Disagreement:
    """A digit that the models do not read alike.

    Attributes:
        index: its place in the split.
        label: the truth, according to the dataset.
        answers: by the model's name.
    """

    index: int
    label: int
    answers: Mapping[str, Answer]


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Models that read the same digits.

    Attributes:
        contenders: most accurate first.
        tests: of every pair, on the first split.
        disagreements: digits of the first split that were not read alike, the most disputed first.
        images: uint8 (D, 28, 28), their pictures.
        disputed: how many such digits there are, of which these are shown.
        choice: name of the contender that the held-out images speak for; empty where nothing can be chosen by them.
        notice: what a reader must know before believing the numbers; empty if nothing.
    """

    contenders: tuple[Contender, ...]
    tests: tuple[PairedTest, ...]
    disagreements: tuple[Disagreement, ...]
    images: NDArray[np.uint8]
    disputed: int
    choice: str = ""
    notice: str = ""

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that were measured, the one that models are judged by first."""
        return self.contenders[0].splits

    @property
    def verdict(self) -> str:
        """What the tests say of the best, in a sentence."""
        best, *others = self.contenders
        if not others:
            return "There is nothing to compare it with."
        equals = [test for test in self.tests if best.name in (test.first, test.second) and not test.is_significant]
        names = [test.second if test.first == best.name else test.first for test in equals]
        if not names:
            than = "the other" if len(others) == 1 else "each of the others"
            return f"{best.name} is better than {than} (p < {LEVEL} after correction)."
        return f"{best.name} is ahead, with no significant difference from {', '.join(names)}."

    def to_json(self) -> dict[str, object]:
        """Everything but the pictures, as plain Python that `json.dumps` takes."""
        return {
            "splits": list(self.splits),
            "contenders": [each.to_json() for each in self.contenders],
            "tests": [test.to_json() for test in self.tests],
            "verdict": self.verdict,
            "choice": self.choice or None,
            "disputed": self.disputed,
            "disagreements": [asdict(each) for each in self.disagreements],
            "notice": self.notice,
        }


def disagreements(
    probabilities: Mapping[str, NDArray[np.floating]], split: Split, *, limit: int
) -> tuple[tuple[Disagreement, ...], int]:
    """The digits that are not read alike by all.

    First come those that divide the models most evenly into right and wrong; of these, where they are surest.

    Args:
        probabilities: float (N, 10) for each name.
        split: the digits.
        limit: how many to give at most.

    Returns:
        The digits, and how many there are in all.
    """
    answers = np.stack([each.argmax(axis=1) for each in probabilities.values()])  # (M, N)
    disputed = np.flatnonzero((answers != answers[0]).any(axis=0))
    imbalance = np.abs((answers == split.labels)[:, disputed].mean(axis=0) - 0.5)
    sureness = np.mean([each[disputed].max(axis=1) for each in probabilities.values()], axis=0)
    order = disputed[np.lexsort((-sureness, imbalance))]
    return tuple(_disagreement(probabilities, split, int(index)) for index in order[:limit]), len(disputed)


def _disagreement(probabilities: Mapping[str, NDArray[np.floating]], split: Split, index: int) -> Disagreement:
    rows = {name: each[index] for name, each in probabilities.items()}
    answers = {name: Answer(int(row.argmax()), float(row.max())) for name, row in rows.items()}
    return Disagreement(index, int(split.labels[index]), answers)
