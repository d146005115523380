"""What the suites found, as plain numbers; measured by `suite`, drawn by `report.stress_plots`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from handigits.evaluation import wilson_interval
from handigits.stress.corruptions import PRACTISED, STRENGTHS
from handigits.stress.photos import Photo

__all__ = ["PhotoAnswer", "PhotoResult", "Share", "StressResult", "StressRow"]


@dataclass(frozen=True)
class Share:
    """How many of how many were read right."""

    correct: int
    count: int

    @property
    def accuracy(self) -> float:
        """In 0..1; NaN if there were none."""
        return self.correct / self.count if self.count else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the accuracy."""
        return wilson_interval(self.correct, self.count)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        accuracy = self.accuracy if self.count else None
        return {"accuracy": accuracy, "interval": list(self.interval), "correct": self.correct, "count": self.count}


@dataclass(frozen=True)
class StressRow:
    """One corruption in one strength.

    Attributes:
        kind, strength: which; no corruption has strength 0.
        read: as users' pictures are read.
        refused: how many of those were not read at all.
        raw: by the model alone, which was given the corrupted pixels as they are.
    """

    kind: str
    strength: int
    read: Share
    refused: int
    raw: Share

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "kind": self.kind,
            "strength": self.strength,
            **self.read.to_json(),
            "refused": self.refused,
            "raw_accuracy": self.raw.accuracy,
        }


@dataclass(frozen=True, kw_only=True)
class StressResult:
    """A recogniser on corrupted digits.

    Attributes:
        split_name: where the digits come from.
        seed: of the choice of digits, and of all that is random in the corruptions.
        clean: the same digits as they are.
        rows: by kind, then by strength.
    """

    split_name: str
    seed: int
    clean: StressRow
    rows: tuple[StressRow, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """In the order of the rows."""
        return tuple(dict.fromkeys(row.kind for row in self.rows))

    @property
    def unseen(self) -> tuple[str, ...]:
        """The kinds that no recipe's network practises on anything like."""
        return tuple(kind for kind in self.kinds if kind not in PRACTISED)

    def at(self, strength: int) -> tuple[StressRow, ...]:
        """All kinds in one strength."""
        return tuple(row for row in self.rows if row.strength == strength)

    def mean(self, strength: int) -> float:
        """The mean accuracy of all kinds in one strength."""
        return float(np.mean([row.read.accuracy for row in self.at(strength)]))

    def mean_unseen(self, strength: int) -> float:
        """The mean accuracy of the kinds in `unseen` in one strength."""
        return float(np.mean([row.read.accuracy for row in self.at(strength) if row.kind in self.unseen]))

    def worst(self, strength: int) -> StressRow:
        """The kind that is read worst in one strength."""
        return min(self.at(strength), key=lambda row: row.read.accuracy)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "suite": "stress",
            "split": self.split_name,
            "seed": self.seed,
            "count": self.clean.read.count,
            "clean": self.clean.to_json(),
            "unseen": list(self.unseen),
            "by_strength": [
                {
                    "strength": each,
                    "mean": self.mean(each),
                    "mean_unseen": self.mean_unseen(each),
                    "worst": self.worst(each).kind,
                }
                for each in STRENGTHS
            ],
            "rows": [row.to_json() for row in self.rows],
        }


@dataclass(frozen=True)
class PhotoAnswer:
    """A photograph and what was read in it; an empty answer is a refusal."""

    photo: Photo
    answer: str

    @property
    def is_right(self) -> bool:
        """Every digit, in order, and nothing else."""
        return self.answer == self.photo.digits


@dataclass(frozen=True, kw_only=True)
class PhotoResult:
    """A recogniser on photographs that were made up.

    Attributes:
        split_name: where the half of the digits that are not of our strokes come from.
        seed: of everything that is random.
        answers: single digits first.
    """

    split_name: str
    seed: int
    answers: tuple[PhotoAnswer, ...]

    @property
    def singles(self) -> tuple[PhotoAnswer, ...]:
        """Photographs of one digit."""
        return tuple(each for each in self.answers if len(each.photo.digits) == 1)

    @property
    def strings(self) -> tuple[PhotoAnswer, ...]:
        """Photographs of several digits."""
        return tuple(each for each in self.answers if len(each.photo.digits) > 1)

    def groups(self) -> dict[str, tuple[Share, Share]]:
        """Shares of single digits and of strings, of `all`, and by what a photograph shows: `paper: ruled`."""
        grouped: dict[str, list[PhotoAnswer]] = {"all": list(self.answers)}
        for facet in ("hand", "pen", "paper", "view"):
            for name in sorted({getattr(each.photo, facet) for each in self.answers}):
                grouped[f"{facet}: {name}"] = [each for each in self.answers if getattr(each.photo, facet) == name]
        return {name: (_share(each, single=True), _share(each, single=False)) for name, each in grouped.items()}

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "suite": "photos",
            "split": self.split_name,
            "seed": self.seed,
            "groups": {
                name: {"single_digits": single.to_json(), "strings": string.to_json()}
                for name, (single, string) in self.groups().items()
            },
            "misread": [
                {"number": number, "digits": each.photo.digits, "answer": each.answer}
                for number, each in enumerate(self.answers)
                if not each.is_right
            ],
        }


def _share(answers: Iterable[PhotoAnswer], *, single: bool) -> Share:
    marks = [each.is_right for each in answers if (len(each.photo.digits) == 1) == single]
    return Share(sum(marks), len(marks))
