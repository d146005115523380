"""What an artefact says about itself. Does not know ONNX: it is a dataclass and its JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, get_args, get_origin, get_type_hints

from handigits import __version__
from handigits.errors import ModelError

__all__ = ["DIGITS", "INPUT_CONTRACT", "SCHEMA_VERSION", "ArtifactMetadata"]

SCHEMA_VERSION = 1
DIGITS = tuple("0123456789")
INPUT_CONTRACT = "images: float32 (B, 1, 28, 28) in [0, 1], white ink on black"

_LATER: Mapping[str, Any] = {"held_out": 0, "mistakes": []}  # what models say that were written before these fields


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, kw_only=True)
class ArtifactMetadata:
    """Where a model comes from and what was measured.

    Attributes:
        recipe: name of the recipe that made it.
        seed: seed of the run.
        data: name of the dataset that it was trained on.
        parameters: number of trained weights.
        macs: multiply-accumulates for one image.
        training_seconds: wall time of the training loop.
        metrics: for each split measured, such as `test`, its `{accuracy, loss, count, interval: [low, high]}`.
        held_out: how many digits were kept from the training; 0 if none were.
        mistakes: how sure the model was of each of its wrong answers to them, surest first (see `abstention`).
        classes: what the ten outputs mean, in order: the digits.
        input_contract: what the graph expects.
        handigits_version: the version that wrote the file.
        created: when, in UTC, ISO 8601.
        schema_version: of this record; a reader refuses a higher one than it knows.

    Raises:
        ModelError: the classes are not the ten digits in order.

    Example:
        >>> about = ArtifactMetadata(
        ...     recipe="flash", seed=0, data="mnist", parameters=10, macs=100, training_seconds=1.0, metrics={})
        >>> ArtifactMetadata.from_json(about.to_json()) == about
        True
    """

    recipe: str
    seed: int
    data: str
    parameters: int
    macs: int
    training_seconds: float
    metrics: Mapping[str, Mapping[str, Any]]
    held_out: int = 0
    mistakes: tuple[float, ...] = ()
    classes: tuple[str, ...] = DIGITS
    input_contract: str = INPUT_CONTRACT
    handigits_version: str = __version__
    created: str = field(default_factory=_now)
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        if self.classes != DIGITS:
            raise ModelError(f"its classes are {self.classes}; expected the digits 0 to 9 in order.")

    def to_json(self) -> str:
        """One line of JSON.

        Raises:
            ModelError: a value is no JSON, such as a loss that is NaN.
        """
        try:
            return json.dumps(asdict(self), allow_nan=False)
        except (TypeError, ValueError) as err:
            raise ModelError(f"the metadata cannot be written as JSON ({err}); use finite numbers and text.") from err

    @classmethod
    def from_json(cls, text: str) -> "ArtifactMetadata":
        """Read what `to_json` wrote; fields that this version does not know are left out.

        Raises:
            ModelError: no such JSON, a newer schema, or a field that is missing or of another type.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as err:
            raise ModelError(f"its metadata is not JSON ({err}); train or export the model again.") from err
        if not isinstance(values, dict):
            raise ModelError("its metadata is not a JSON object; train or export the model again.")
        found = values.get("schema_version")
        if isinstance(found, int) and found > SCHEMA_VERSION:
            raise ModelError(
                f"its schema is version {found}, and this handigits knows up to {SCHEMA_VERSION}; upgrade handigits."
            )
        values = {**_LATER, **values}
        hints = get_type_hints(cls)
        return cls(**{each.name: _checked(each.name, values.get(each.name), hints[each.name]) for each in fields(cls)})


def _checked(name: str, value: object, hint: Any) -> Any:
    """`value` if it is of the type `hint` (a list becomes a tuple, an integer passes as a float)."""
    if get_origin(hint) is tuple:
        element, _ = get_args(hint)
        if isinstance(value, list) and all(isinstance(each, element) for each in value):
            return tuple(value)
    elif isinstance(value, (int, float) if hint is float else get_origin(hint) or hint) and not isinstance(value, bool):
        return value
    raise ModelError(f"its metadata has {name}={value!r}; expected {hint}. Train or export the model again.")
