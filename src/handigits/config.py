"""What a training run is made of: frozen dataclasses that go to JSON and back.

The command line is generated from these classes: a field is a flag, and the text below a field is its help. Defaults
here are neutral; what makes a good network is written down in `recipes`. Nothing in this file trains anything.
"""

import json
import types
import typing
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar

from handigits.errors import ConfigError

__all__ = ["AugmentConfig", "Device", "OptimizerName", "Precision", "Schedule", "TrainConfig", "from_json", "to_json"]

OptimizerName = Literal["sgd", "adam", "adamw", "adadelta", "muon"]
Schedule = Literal["constant", "step", "cosine", "one-cycle"]
Precision = Literal["auto", "fp32", "bf16"]
Device = Literal["auto", "cpu", "cuda", "mps"]

_C = TypeVar("_C")


@dataclass(frozen=True, kw_only=True)
class AugmentConfig:
    """How each training image is varied, anew in every epoch. All zero: images as they are."""

    shift: float = 0.0
    """Move by up to this many pixels, each way."""
    rotate: float = 0.0
    """Turn by up to this many degrees, each way."""
    scale: float = 0.0
    """Grow or shrink by up to this fraction: 0.1 is 0.9x to 1.1x."""
    shear: float = 0.0
    """Slant by up to this many pixels sideways per pixel of height."""
    stretch: float = 0.0
    """Widen or narrow by up to this fraction, at the same area: 0.2 is up to 1.2 times as wide for its height."""
    elastic: float = 0.0
    """Bend smoothly: standard deviation of the displacement, in pixels."""
    fit: bool = False
    """After all that, fit the ink into 20x20 pixels and centre its mass, as pictures are; shift and scale come last."""
    cubic: bool = False
    """Resample by cubic interpolation, not by linear: strokes stay sharper, and a step takes a little longer."""
    thickness: float = 0.0
    """Thicken or thin strokes by up to this fraction of a 3x3 dilation or erosion, 0 to 1."""
    litter: float = 0.0
    """Probability of a stray stroke, as dirt, rules and neighbours leave."""
    fade: float = 0.0
    """Make ink fainter by up to this fraction, unevenly."""
    gaps: float = 0.0
    """Probability of one gap in a stroke."""
    erase: float = 0.0
    """Probability of blanking one random rectangle."""
    pixelate: float = 0.0
    """Probability of hard square pixels, as of a mouse on a coarse canvas."""
    coarse: float = 0.0
    """Probability of few pixels, as of a small picture that was enlarged."""
    blur: float = 0.0
    """Blur by up to this fraction of a 3x3 blur, 0 to 1."""
    plain: float = 0.0
    """Share of the images that none of this is done to but a shift by whole pixels: the rest lose their sharp edges."""
    flip: bool = False
    """Mirror half of the images left to right. Ruins digits: a mirrored 2 is nothing. Off, and better left off."""

    def __post_init__(self) -> None:
        _check(0 <= self.shift <= 10, "shift", self.shift, "0 to 10 pixels")
        _check(0 <= self.rotate <= 180, "rotate", self.rotate, "0 to 180 degrees")
        _check(0 <= self.scale < 1, "scale", self.scale, "a fraction from 0 up to, not including, 1")
        _check(0 <= self.shear <= 2, "shear", self.shear, "0 to 2")
        _check(0 <= self.stretch <= 2, "stretch", self.stretch, "0 to 2")
        _check(0 <= self.elastic <= 10, "elastic", self.elastic, "0 to 10 pixels")
        for name in ("thickness", "fade", "blur", "plain"):
            _check(0 <= getattr(self, name) <= 1, name, getattr(self, name), "0 to 1")
        for name in ("litter", "gaps", "erase", "pixelate", "coarse"):
            _check(0 <= getattr(self, name) <= 1, name, getattr(self, name), "a probability, 0 to 1")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Everything that decides what comes out of a training run, but for the data."""

    architecture: str = "two-conv"
    """Network: two-conv, four-conv, lenet, compact, cropped-22, cropped-24, strided-4, strided-5, strided-6, columns-2
    or columns-3."""
    dropout: tuple[float, ...] = ()
    """Dropout rates of the architecture's dropout layers in order; empty: none are used."""
    normalize: bool = True
    """Subtract MNIST's mean and divide by its standard deviation inside the model."""

    epochs: int = 10
    """Passes over the training images."""
    batch_size: int = 128
    """Images per optimiser step."""
    optimizer: OptimizerName = "adamw"
    """Which optimiser."""
    lr: float = 1e-3
    """Peak learning rate."""
    muon_lr: float = 0.1
    """Optimiser `muon`: step of the filters at the peak; the other parameters take Adam's, at `lr`."""
    momentum: float = 0.0
    """Momentum of SGD, and of Muon's filters."""
    nesterov: bool = False
    """Nesterov's form of SGD's momentum."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Decay rates of the two averages of Adam, AdamW, and Adam's part of Muon."""
    weight_decay: float = 0.0
    """Weight decay: decoupled for AdamW, L2 for the others, none for Muon; biases and batch norm are left out."""
    label_smoothing: float = 0.0
    """Share of the target probability that is spread over all ten digits."""
    schedule: Schedule = "constant"
    """Course of the learning rate after the warm-up."""
    warmup: float = 0.0
    """Share of the training during which the learning rate climbs from 0 to its peak, 0 to 1."""
    lr_step_epochs: int = 1
    """Schedule `step`: epochs between two drops."""
    lr_step_factor: float = 0.7
    """Schedule `step`: factor of each drop."""
    ema: float = 0.0
    """Decay per step of an exponential moving average of the weights, which is then what is kept; 0: none."""
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    """How training images are varied."""
    synthetic: float = 0.0
    """Digits drawn by the program that are added to the training images, as a share of their number: 0.3 is 30 %."""

    widened: float = 0.0
    """Training images that are added once more, stretched in width up to a square, as a share of their number."""

    validation: int = 0
    """Training images held out to watch the training by, drawn evenly from the digits; 0: train on all."""
    patience: int | None = None
    """Stop after this many epochs without a lower loss on the held-out images, and keep the best epoch's weights."""
    time: float | None = None
    """Budget for training in seconds; the learning-rate schedule is fitted to it."""

    seed: int = 0
    """Decides every random draw: two runs with one seed on one machine's CPU are equal bit for bit, without `time`."""
    device: Device = "auto"
    """Where to train; auto: cuda, then mps, then cpu."""
    precision: Precision = "auto"
    """Arithmetic; auto: bf16 where the machine multiplies it in hardware, else fp32."""
    threads: int | None = None
    """CPU threads; none: as many as there are cores for this process."""
    checkpoint_seconds: float = 30.0
    """Longest training time that a crash can cost."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "lr_step_epochs"):
            _check(getattr(self, name) >= 1, name, getattr(self, name), "1 or more")
        for name in ("lr", "muon_lr", "lr_step_factor"):
            _check(0 < getattr(self, name) < float("inf"), name, getattr(self, name), "a number above 0")
        for name in ("momentum", "label_smoothing", "ema"):
            _check(0 <= getattr(self, name) < 1, name, getattr(self, name), "a number from 0 up to, not including, 1")
        _check(0 <= self.warmup <= 1, "warmup", self.warmup, "0 to 1")
        _check(all(0 <= rate < 1 for rate in self.dropout), "dropout", self.dropout, "rates from 0 up to 1")
        _check(all(0 <= beta < 1 for beta in self.betas), "betas", self.betas, "two numbers from 0 up to 1")
        _check(self.weight_decay >= 0, "weight_decay", self.weight_decay, "0 or more")
        for name in ("synthetic", "widened"):
            _check(0 <= getattr(self, name) <= 10, name, getattr(self, name), "0 to 10 times the training images")
        _check(self.validation >= 0, "validation", self.validation, "0 or more images")
        _check(self.checkpoint_seconds >= 0, "checkpoint_seconds", self.checkpoint_seconds, "0 or more seconds")
        _check(0 <= self.seed < 2**63, "seed", self.seed, "0 or more, and less than 2 to the 63rd")
        _check(self.time is None or self.time > 0, "time", self.time, "a number of seconds above 0")
        _check(self.threads is None or self.threads >= 1, "threads", self.threads, "1 or more")
        _check(self.patience is None or self.patience >= 1, "patience", self.patience, "1 or more epochs")
        if self.patience is not None and not self.validation:
            raise ConfigError("patience needs held-out images to judge by; add --validation 5000, say.")
        if self.nesterov and not self.momentum:
            raise ConfigError("nesterov is a form of momentum, and momentum is 0; add --momentum 0.9, say.")


def to_json(config: Any) -> str:
    """A config dataclass as indented JSON, fields in the order in which they are declared."""
    return json.dumps(asdict(config), indent=2) + "\n"


def from_json(cls: type[_C], text: str) -> _C:
    """Read what `to_json` wrote.

    Raises:
        ConfigError: not JSON, a field that `cls` does not have, or a value that it refuses.

    Example:
        >>> from_json(TrainConfig, to_json(TrainConfig(epochs=3))).epochs
        3
    """
    try:
        values = json.loads(text)
    except json.JSONDecodeError as err:
        raise ConfigError(f"The configuration is not JSON ({err}); expected what handigits wrote.") from err
    return _build(cls, values)


def _build(cls: type[_C], values: Any) -> _C:
    """Make `cls` from parsed JSON, turning lists into tuples and objects into nested dataclasses."""
    if not isinstance(values, dict):
        raise ConfigError(f"{cls.__name__} came as {type(values).__name__}; expected a JSON object.")
    hints = typing.get_type_hints(cls)
    names = [entry.name for entry in fields(cls)]  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise ConfigError(f"{cls.__name__} has no field {', '.join(unknown)}; it has {', '.join(names)}.")
    missing = [entry.name for entry in fields(cls) if entry.name not in values and _is_required(entry)]  # type: ignore[arg-type]
    if missing:
        raise ConfigError(f"{cls.__name__} lacks {', '.join(missing)}; it has {', '.join(names)}.")
    return cls(**{name: _convert(hints[name], name, value) for name, value in values.items()})


def _is_required(entry: Field[Any]) -> bool:
    return entry.default is MISSING and entry.default_factory is MISSING


def _convert(hint: Any, name: str, value: Any) -> Any:
    """Check one JSON value against the annotation of its field and give it the field's type."""
    if isinstance(hint, types.UnionType):
        return None if value is None else _convert(typing.get_args(hint)[0], name, value)
    if hasattr(hint, "__dataclass_fields__"):
        return _build(hint, value)
    origin = typing.get_origin(hint)
    if origin is Literal:
        choices = typing.get_args(hint)
        _check(value in choices, name, value, "one of " + ", ".join(choices))
        return value
    if origin is tuple:
        kinds = typing.get_args(hint)
        _check(isinstance(value, list), name, value, "a list of numbers")
        kinds = kinds[:1] * len(value) if kinds[-1] is Ellipsis else kinds
        _check(len(value) == len(kinds), name, value, f"a list of {len(kinds)} numbers")
        return tuple(_convert(kind, name, each) for kind, each in zip(kinds, value, strict=True))
    expected: Any = {float: (int, float)}.get(hint, hint)
    number_is_flag = isinstance(value, bool) and hint is not bool
    _check(isinstance(value, expected) and not number_is_flag, name, value, f"a value of type {hint}")
    return value


def _check(accepted: bool, name: str, value: object, expected: str) -> None:
    if not accepted:
        raise ConfigError(f"{name} is {value!r}; expected {expected}.")
