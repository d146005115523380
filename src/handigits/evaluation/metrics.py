"""Accuracy and what belongs to it: its interval, the loss, the confusion matrix and the scores of every digit.

Needs numpy and nothing else, so a model can be judged where neither torch nor scikit-learn is installed. Does not run
models and does not draw.
"""

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES
from handigits.errors import DataError
from handigits.evaluation.calibration import Reliability, measure_reliability
from handigits.evaluation.coverage import Coverage, measure_coverage
from handigits.evaluation.intervals import wilson_interval

__all__ = [
    "ClassScores",
    "Confusion",
    "Evaluation",
    "Scores",
    "check_answers",
    "classification_report",
    "evaluate_probabilities",
]

SUM_TOLERANCE = 1e-2  # probabilities stored in half precision or by an int8 model still pass; logits do not


@dataclass(frozen=True)
class Scores:
    """Precision, recall and F1, each in 0..1, and the number of digits behind them."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class ClassScores(Scores):
    """The scores of one digit.

    Attributes:
        label: the digit.
        predicted: how often it was the answer.
        recall_interval: 95 % Wilson interval of the recall; (0, 1) when there was none of this digit.
    """

    label: int
    predicted: int
    recall_interval: tuple[float, float]


@dataclass(frozen=True)
class Confusion:
    """A mistake with a name: `count` times a `true` was read as `predicted`."""

    true: int
    predicted: int
    count: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured on one split; everything else is derived from it.

    Attributes:
        split_name: what was measured, such as `mnist/test`.
        confusion: int64 (10, 10); row = true digit, column = answer.
        loss: mean cross-entropy in nats (natural logarithm).
        brier: mean squared distance between the probabilities and the truth, summed over classes, in 0..2.
        reliability: confidence against accuracy.
        coverage: what is gained where the least sure digits are left unanswered.
    """

    split_name: str
    confusion: NDArray[np.int64]
    loss: float
    brier: float
    reliability: Reliability
    coverage: Coverage

    @property
    def count(self) -> int:
        """Digits measured."""
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        """Digits read correctly."""
        return int(self.confusion.trace())

    @property
    def accuracy(self) -> float:
        """Share read correctly, in 0..1."""
        return self.correct / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.correct, self.count)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error, in 0..1."""
        return self.reliability.error

    @cached_property
    def per_class(self) -> tuple[ClassScores, ...]:
        """The scores of the ten digits, 0 first; a ratio without a denominator is 0."""
        support = self.confusion.sum(axis=1).tolist()
        predicted = self.confusion.sum(axis=0).tolist()
        hits = self.confusion.diagonal().tolist()
        return tuple(
            ClassScores(
                label=label,
                precision=_ratio(hits[label], predicted[label]),
                recall=_ratio(hits[label], support[label]),
                f1=_ratio(2 * hits[label], support[label] + predicted[label]),
                support=support[label],
                predicted=predicted[label],
                recall_interval=wilson_interval(hits[label], support[label]),
            )
            for label in range(CLASSES)
        )

    @property
    def present(self) -> tuple[ClassScores, ...]:
        """The scores of the digits that occur, as truth or as answer; the macro average is over these."""
        return tuple(scores for scores in self.per_class if scores.support or scores.predicted)

    @property
    def micro(self) -> Scores:
        """Over all digits at once. Every digit gets exactly one answer, so all three are the accuracy."""
        return Scores(self.accuracy, self.accuracy, self.accuracy, self.count)

    @property
    def macro(self) -> Scores:
        """Mean over classes, each counting the same."""
        return self._average([1] * len(self.present))

    @property
    def weighted(self) -> Scores:
        """Mean over classes, each counting as often as it occurs."""
        return self._average([scores.support for scores in self.present])

    def most_confused(self, limit: int = 10) -> tuple[Confusion, ...]:
        """The pairs that were mixed up, commonest first, ties in the order of the digits."""
        mistakes = self.confusion - np.diag(self.confusion.diagonal())
        order = np.argsort(-mistakes, axis=None, kind="stable")[:limit]
        pairs = (divmod(int(flat), CLASSES) for flat in order)
        return tuple(
            Confusion(true, predicted, int(mistakes[true, predicted]))
            for true, predicted in pairs
            if mistakes[true, predicted]
        )

    def summary(self) -> dict[str, object]:
        """What `metrics.json` says of a split: accuracy, loss, count, interval."""
        return {
            "accuracy": self.accuracy,
            "loss": self.loss,
            "count": self.count,
            "interval": list(self.interval),
        }

    def to_json(self) -> dict[str, object]:
        """Everything, as plain Python that `json.dumps` takes."""
        return {
            "split": self.split_name,
            **self.summary(),
            "brier": self.brier,
            "calibration_error": self.calibration_error,
            "confusion": self.confusion.tolist(),
            "per_class": [asdict(scores) for scores in self.per_class],
            "micro": asdict(self.micro),
            "macro": asdict(self.macro),
            "weighted": asdict(self.weighted),
            "most_confused": [asdict(pair) for pair in self.most_confused()],
            "reliability": self.reliability.to_json(),
            "coverage": self.coverage.to_json(),
        }

    def _average(self, weights: list[int]) -> Scores:
        columns = [(scores.precision, scores.recall, scores.f1) for scores in self.present]
        precision, recall, f1 = np.average(columns, axis=0, weights=weights).tolist()
        return Scores(precision, recall, f1, self.count)


def evaluate_probabilities(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], *, split_name: str
) -> Evaluation:
    """Judge a model by its answers: the largest probability of each row (of equals, the first).

    Args:
        probabilities: float32 (N, 10), each row non-negative with sum 1.
        labels: int64 (N,) in 0..9, the truth.
        split_name: what a reader should call these digits, such as `mnist/test`.

    Raises:
        DataError: there is nothing to measure, or the arrays are not as described.

    Example:
        >>> sure = np.eye(10, dtype=np.float32)
        >>> result = evaluate_probabilities(sure, np.arange(10), split_name="ten digits")
        >>> result.accuracy, [round(bound, 3) for bound in result.interval]
        (1.0, [0.722, 1.0])
    """
    check_answers(probabilities, labels, split_name)
    exact = probabilities.astype(np.float64)
    truth = np.eye(CLASSES)[labels]  # (N, 10)
    # Clipped at the smallest normal float32, not at 1e-7: a softmax in float32 is exact down to there, so this is the
    # cross-entropy that training reports, and only an answer of exactly zero is cut (at 87 nats).
    truth_probability = np.clip(exact[np.arange(len(labels)), labels], np.finfo(np.float32).tiny, 1.0)
    flat = labels * CLASSES + probabilities.argmax(axis=1)
    return Evaluation(
        split_name=split_name,
        confusion=np.bincount(flat, minlength=CLASSES**2).reshape(CLASSES, CLASSES).astype(np.int64),
        loss=float(0.0 - np.log(truth_probability).mean()),  # not -0.0 where all is certain
        brier=float(((exact - truth) ** 2).sum(axis=1).mean()),
        reliability=measure_reliability(probabilities, labels),
        coverage=measure_coverage(probabilities, labels),
    )


def classification_report(evaluation: Evaluation) -> str:
    """The table that scikit-learn's users know, with four decimals and the micro average spelled out.

    Digits that occur neither as truth nor as answer have no row.
    """
    header = f"{'':>12} {'precision':>10}{'recall':>10}{'f1-score':>10}{'support':>10}"
    rows = [_report_row(str(scores.label), scores) for scores in evaluation.present]
    total = f"{'accuracy':>12} {'':>20}{evaluation.accuracy:>10.4f}{evaluation.count:>10}"
    averages = [
        _report_row("micro avg", evaluation.micro),
        _report_row("macro avg", evaluation.macro),
        _report_row("weighted avg", evaluation.weighted),
    ]
    return "\n".join([header, "", *rows, "", total, *averages, ""])


def check_answers(probabilities: NDArray[np.floating], labels: NDArray[np.int64], split_name: str) -> None:
    """Refuse arrays that are not probabilities (N, 10) and labels (N,).

    Raises:
        DataError: names what came, what was expected and what to do.
    """
    count = len(labels)
    if not count:
        raise DataError(f"{split_name}: there are no digits to evaluate; expected at least one labelled image.")
    if probabilities.shape != (count, CLASSES):
        raise DataError(
            f"{split_name}: probabilities are {probabilities.shape}; expected ({count}, 10), a row for each label."
        )
    if labels.min() < 0 or labels.max() >= CLASSES:
        raise DataError(f"{split_name}: labels reach from {labels.min()} to {labels.max()}; expected 0 to 9.")
    if not np.isfinite(probabilities).all():
        bad = int(np.flatnonzero(~np.isfinite(probabilities).all(axis=1))[0])
        raise DataError(
            f"{split_name}: the probabilities of digit {bad} are not finite; the model is damaged, retrain it."
        )
    off = np.abs(probabilities.sum(axis=1, dtype=np.float64) - 1)
    if off.max() > SUM_TOLERANCE or probabilities.min() < 0:
        raise DataError(
            f"{split_name}: the rows are not probabilities (negative, or a sum other than 1); "
            "expected the output of a softmax, not logits."
        )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _report_row(name: str, scores: Scores) -> str:
    return f"{name:>12} {scores.precision:>10.4f}{scores.recall:>10.4f}{scores.f1:>10.4f}{scores.support:>10}"
