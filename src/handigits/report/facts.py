"""What is known about a run, in one place, for the page and the card to tell.

Holds what it is given and measures nothing. The caller states the protocol, because only the caller knows which digits
the training has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handigits.evaluation import Evaluation, Gallery

__all__ = ["RunFacts", "flatten", "value_text"]

_THINGS = {"fashion-mnist": "garment", "kmnist": "character"}


@dataclass(frozen=True, kw_only=True, eq=False)
class RunFacts:
    """Everything that `write_report` and `write_card` may say.

    Attributes:
        recipe: name of the recipe, or of the model.
        data: name of the dataset, such as `mnist`.
        command: what prints these numbers again.
        protocol: how the headline was measured, in one or two sentences: which weights, chosen how, on which digits.
        evaluations: what was measured; the first is the headline.
        summary: one sentence on the network and its training.
        notice: what a reader must know before believing a number, such as a fall back to less data; empty if nothing.
        model: what to write after `--model` to use it; `.` where page and card lie beside it, and empty for the model
            that comes with handigits.
        history: a row for each epoch: `epoch`, `train_loss`, `train_accuracy`, `validation_loss`,
            `validation_accuracy`, `learning_rate`, `seconds`; None where it was not measured.
        galleries: digits to look at.
        cells: digits from every cell of the headline's confusion matrix; none, if there are none to show.
        suites: what `StressResult` and `PhotoResult` tell as JSON, where bad pictures were measured.
        config: the settings, as in `config.json`.
        metrics: as in `metrics.json`; of it `training_seconds`, `parameters`, `macs`, `seed` are told.
        environment: the machine and the versions, as in `environment.json`.
    """

    recipe: str
    data: str
    command: str
    protocol: str
    evaluations: Sequence[Evaluation]
    summary: str = ""
    notice: str = ""
    model: str = "."
    history: Sequence[Mapping[str, float | None]] = ()
    galleries: Sequence[Gallery] = ()
    cells: Gallery | None = None
    suites: Sequence[Mapping[str, Any]] = ()
    config: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, object] = field(default_factory=dict)

    @property
    def headline(self) -> Evaluation | None:
        """The evaluation that the run is known by; None when nothing was measured."""
        return self.evaluations[0] if self.evaluations else None

    @property
    def thing(self) -> str:
        """What one image shows: `digit`, unless the dataset is known to hold something else."""
        return _THINGS.get(self.data, "digit")


def flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested mappings as one, with dotted names.

    Example:
        >>> flatten({"lr": 0.1, "augment": {"shift": 2}})
        {'lr': 0.1, 'augment.shift': 2}
    """
    flat: dict[str, object] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def value_text(value: object) -> str:
    """A setting as people write it.

    Example:
        >>> [value_text(value) for value in (None, True, 0.30000000000000004, 128, (0.25, 0.5), ())]
        ['none', 'yes', '0.3', '128', '0.25, 0.5', 'none']
    """
    if value is None or value == () or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(value_text(item) for item in value)
    return str(value)
