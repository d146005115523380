"""How many bad pictures a recogniser reads right: corrupted digits, and photographs that were made up.

Every picture goes the way that a user's does, through `Recognizer.predict`. What the recogniser refuses to read counts
as wrong. Draws and prints nothing: see `report.stress_plots`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import Split
from handigits.errors import ConfigError
from handigits.evaluation import wilson_interval
from handigits.recognizer import BATCH_SIZE, Prediction, Recognizer
from handigits.stress.corruptions import CORRUPTIONS, STRENGTHS, corrupt
from handigits.stress.photos import Photo, make_photos

__all__ = [
    "PHOTO_COUNT",
    "STRESS_COUNT",
    "PhotoAnswer",
    "PhotoResult",
    "Share",
    "StressResult",
    "StressRow",
    "measure_photos",
    "measure_stress",
]

STRESS_COUNT = 1_000  # digits, each of them corrupted in every way
PHOTO_COUNT = 300  # photographs of one digit, and as many of several

_SINGLE, _STRING = (1, 1), (2, 8)  # digits in a photograph, from and to

Watch = Callable[[float], None]  # called with the share of the work that is done


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

    def at(self, strength: int) -> tuple[StressRow, ...]:
        """All kinds in one strength."""
        return tuple(row for row in self.rows if row.strength == strength)

    def mean(self, strength: int) -> float:
        """The mean accuracy of all kinds in one strength."""
        return float(np.mean([row.read.accuracy for row in self.at(strength)]))

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
            "by_strength": [
                {"strength": each, "mean": self.mean(each), "worst": self.worst(each).kind} for each in STRENGTHS
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


def measure_stress(
    recognizer: Recognizer, split: Split, *, count: int = STRESS_COUNT, seed: int = 0, watch: Watch = lambda done: None
) -> StressResult:
    """Read digits after every corruption in every strength.

    Args:
        recognizer: which to measure.
        split: digits that the model was not trained on.
        count: how many of them are drawn, at most all.
        seed: of the choice, and of all that is random in the corruptions.
        watch: called with the share that is done.

    Raises:
        ConfigError: `count` is less than 1.
    """
    if count < 1:
        raise ConfigError(f"count is {count}; expected how many digits to measure with, at least 1.")
    chosen = np.sort(np.random.default_rng(seed).permutation(len(split))[:count])
    images, labels = split.images[chosen], split.labels[chosen]
    clean = _stress_row(recognizer, "none", 0, images, labels)
    rows = []
    for kind in CORRUPTIONS:
        for strength in STRENGTHS:
            corrupted = corrupt(images, kind, strength, seed=seed)
            rows.append(_stress_row(recognizer, kind, strength, corrupted, labels))
            watch(len(rows) / (len(CORRUPTIONS) * len(STRENGTHS)))
    return StressResult(split_name=split.name, seed=seed, clean=clean, rows=tuple(rows))


def measure_photos(
    recognizer: Recognizer, split: Split, *, count: int = PHOTO_COUNT, seed: int = 0, watch: Watch = lambda done: None
) -> PhotoResult:
    """Read photographs of single digits, and as many of two to eight digits in a row.

    Args:
        recognizer: which to measure.
        split: digits that the model was not trained on, for half of the photographs.
        count: how many of either.
        seed: of everything that is random.
        watch: called with the share that is done.

    Raises:
        ConfigError: `count` is less than 1.
    """
    if count < 1:
        raise ConfigError(f"count is {count}; expected how many photographs to make, at least 1.")
    answers: list[PhotoAnswer] = []
    for lengths in (_SINGLE, _STRING):
        for photo in make_photos(split, lengths, count, seed=seed):
            answers.append(PhotoAnswer(photo, recognizer.predict(photo.content).digits))
            watch(len(answers) / (2 * count))
    return PhotoResult(split_name=split.name, seed=seed, answers=tuple(answers))


def _stress_row(
    recognizer: Recognizer, kind: str, strength: int, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> StressRow:
    predictions: list[Prediction] = []
    for start in range(0, len(images), BATCH_SIZE):
        predictions += recognizer.predict(list(images[start : start + BATCH_SIZE]))
    right = sum(each.digits == str(label) for each, label in zip(predictions, labels, strict=True))
    raw = int((recognizer.probabilities(images).argmax(axis=1) == labels).sum())
    refused = sum(each.abstained for each in predictions)
    return StressRow(kind, strength, Share(right, len(labels)), refused, Share(raw, len(labels)))


def _share(answers: Iterable[PhotoAnswer], *, single: bool) -> Share:
    marks = [each.is_right for each in answers if (len(each.photo.digits) == 1) == single]
    return Share(sum(marks), len(marks))
