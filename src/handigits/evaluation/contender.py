"""A network with its settings, trained with one seed or several, and what is known of it beside others.

Holds and derives. Reading digits and taking times is the business of `comparison`, tests that of `significance`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from handigits.evaluation.intervals import wilson_interval
from handigits.evaluation.metrics import Evaluation

__all__ = ["COSTS", "SCORES", "Contender", "Cost", "HeldOut", "choose", "pareto_front"]

SCORES: dict[str, Callable[[Evaluation], float]] = {
    "accuracy": lambda evaluation: evaluation.accuracy,
    "precision_macro": lambda evaluation: evaluation.macro.precision,
    "recall_macro": lambda evaluation: evaluation.macro.recall,
    "f1_macro": lambda evaluation: evaluation.macro.f1,
    "precision_weighted": lambda evaluation: evaluation.weighted.precision,
    "recall_weighted": lambda evaluation: evaluation.weighted.recall,
    "f1_weighted": lambda evaluation: evaluation.weighted.f1,
    "loss": lambda evaluation: evaluation.loss,
    "brier": lambda evaluation: evaluation.brier,
    "calibration_error": lambda evaluation: evaluation.calibration_error,
}
"""What is compared, by the name that it has in tables and files."""

SAME_COST = 1.1  # two timings of one model differ by some percent


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a model asks for; less is better, but for `images_per_second`.

    Attributes:
        training_seconds: wall time of the training loop, mean over the seeds, where it was trained.
        latency_ms: median time for one image, warm, on this machine.
        size_mb: of the model's file, in 10^6 bytes.
        parameters: trained weights.
        macs: multiply-accumulates for one image.
        images_per_second: when many are read at once, on this machine.
    """

    training_seconds: float
    latency_ms: float
    size_mb: float
    parameters: int
    macs: int
    images_per_second: float


COSTS: dict[str, str] = {
    "training_seconds": "training (s)",
    "latency_ms": "time for one image (ms)",
    "size_mb": "size (MB)",
}
"""The costs that accuracy is weighed against, with their names for people."""


@dataclass(frozen=True)
class HeldOut:
    """What was measured on the images held out of training, mean over the seeds.

    Attributes:
        accuracy: in 0..1.
        loss: mean cross-entropy in nats.
        images: which images: how many, and the SHA-256 of those they were drawn from.
    """

    accuracy: float
    loss: float
    images: tuple[int, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Contender:
    """A network with its settings.

    Attributes:
        name: what to call it, such as `quick --lr 0.02`.
        models: the run directory or file of each seed.
        seeds: of the trainings, in the same order.
        evaluations: for each split that was measured, an evaluation of each model.
        cost: what it asks for.
        held_out: None where no images were held out of training.
    """

    name: str
    models: tuple[str, ...]
    seeds: tuple[int, ...]
    evaluations: Mapping[str, tuple[Evaluation, ...]]
    cost: Cost
    held_out: HeldOut | None = None

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits, the one that it is judged by first."""
        return tuple(self.evaluations)

    def mean(self, score: str, split: str) -> float:
        """The mean of one of `SCORES` over the seeds."""
        return float(np.mean(self._values(score, split)))

    def deviation(self, score: str, split: str) -> float | None:
        """Its standard deviation from seed to seed; None with a single one, which has none."""
        values = self._values(score, split)
        return float(np.std(values, ddof=1)) if len(values) > 1 else None

    def interval(self, split: str) -> tuple[float, float]:
        """95 % Wilson interval of the mean accuracy, for other digits of the same kind."""
        count = self.evaluations[split][0].count
        return wilson_interval(round(self.mean("accuracy", split) * count), count)

    def scores(self, split: str) -> dict[str, float | None]:
        """All scores on a split, with the accuracy's deviation and interval: a row of a table."""
        low, high = self.interval(split)
        spread = {"accuracy_sd": self.deviation("accuracy", split), "accuracy_low": low, "accuracy_high": high}
        means = {score: self.mean(score, split) for score in SCORES}
        return {"accuracy": means.pop("accuracy"), **spread, **means}

    def to_json(self) -> dict[str, object]:
        """Everything, as plain Python that `json.dumps` takes."""
        return {
            "name": self.name,
            "models": list(self.models),
            "seeds": list(self.seeds),
            "cost": asdict(self.cost),
            "held_out": self.held_out and {"accuracy": self.held_out.accuracy, "loss": self.held_out.loss},
            "splits": {
                split: {"scores": self.scores(split), "evaluations": [each.to_json() for each in evaluations]}
                for split, evaluations in self.evaluations.items()
            },
        }

    def _values(self, score: str, split: str) -> list[float]:
        return [SCORES[score](evaluation) for evaluation in self.evaluations[split]]


def choose(contenders: Sequence[Contender]) -> Contender | None:
    """The one that read the held-out images best; of equals, the one with the lower loss on them.

    The test split has no part in it, so what the chosen one scores there is no better for having been chosen.

    Returns:
        None where not all of them were judged by the same held-out images.
    """
    judged = [(each.held_out, each) for each in contenders if each.held_out is not None]
    if len(judged) < len(contenders) or len({held_out.images for held_out, _ in judged}) != 1:
        return None
    return min(judged, key=lambda each: (-each[0].accuracy, each[0].loss))[1]


def pareto_front(contenders: Sequence[Contender], cost: str, split: str) -> tuple[Contender, ...]:
    """Those that are not beaten by one that is more accurate and no dearer in `cost`, a key of `COSTS`; cheapest first.

    A cost of 0 is not known, as of a model that was trained elsewhere; who has it is left out.
    Costs that are as good as equal must not put a worse model on the front, so `SAME_COST` is allowed for.
    """

    def beaten(one: Contender) -> bool:
        limit = SAME_COST * getattr(one.cost, cost)
        return any(
            other.mean("accuracy", split) > one.mean("accuracy", split) and getattr(other.cost, cost) <= limit
            for other in known
        )

    known = [each for each in contenders if getattr(each.cost, cost) > 0]
    front = [each for each in known if not beaten(each)]
    return tuple(sorted(front, key=lambda each: getattr(each.cost, cost)))
