"""What a trained network is, whatever wrote it: a chain of plain layers, their weights as numpy arrays.

Shapes are of one image, without the batch: (channels, height, width) up to `Flatten`, (features,) behind it. Every
architecture of ours is such a chain. Deliberately absent: branches, training, and running the layers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import accumulate
from math import prod

import numpy as np
from numpy.typing import NDArray

from handigits.errors import ModelError

__all__ = [
    "BatchNorm",
    "Convolution",
    "Crop",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "MaxPool",
    "Network",
    "Relu",
    "Rescale",
    "Softmax",
    "arrays_of",
    "output_shape",
]

Floats = NDArray[np.float32]
Shape = tuple[int, ...]

_INPUT: Shape = (1, 28, 28)
_MAX_PARAMETERS = 16_000_000  # 64 MB of float32, the largest file that is read
_MAX_NUMBERS = 1_000_000  # that a layer gives for one image; the widest of ours gives 37,000
_MAX_PADDING = 28  # more is nothing but border


@dataclass(frozen=True, eq=False)
class Rescale:
    """x * scale + offset, everywhere."""

    scale: float
    offset: float


@dataclass(frozen=True, eq=False)
class Convolution:
    """weight (out, in / groups, height, width), bias (out,); padding (top, left, bottom, right) with zeros.

    The first of `groups` equal parts of the channels makes the first part of the output, and so on.
    """

    weight: Floats
    bias: Floats
    stride: int = 1
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    groups: int = 1


@dataclass(frozen=True, eq=False)
class Crop:
    """Without so many rows and columns: edges (top, left, bottom, right)."""

    edges: tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """(x - mean) / sqrt(variance + epsilon) * scale + shift, each channel its own; the arrays are (channels,)."""

    scale: Floats
    shift: Floats
    mean: Floats
    variance: Floats
    epsilon: float


@dataclass(frozen=True, eq=False)
class Relu:
    """max(x, 0)."""


@dataclass(frozen=True, eq=False)
class MaxPool:
    """The largest of each size x size square; a rest at the right and the bottom is left out."""

    size: int


@dataclass(frozen=True, eq=False)
class Flatten:
    """Row by row, pixel by pixel, the channels of a pixel side by side, as Keras does and PyTorch does not."""


@dataclass(frozen=True, eq=False)
class Dropout:
    """Nothing, once training is over."""

    rate: float


@dataclass(frozen=True, eq=False)
class Dense:
    """weight (out, in), bias (out,)."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, eq=False)
class Softmax:
    """exp(x) / sum(exp(x))."""


Layer = Rescale | Crop | Convolution | BatchNorm | Relu | MaxPool | Flatten | Dropout | Dense | Softmax


@dataclass(frozen=True, eq=False)
class Network:
    """Layers that fit together, from a picture to the probabilities of the ten digits.

    Attributes:
        layers: from float32 (1, 28, 28) in [0, 1], white ink on black, to a `Softmax` over (10,).

    Raises:
        ModelError: two layers do not fit, or a weight is not finite.

    Example:
        >>> dense = Dense(np.zeros((10, 784), np.float32), np.zeros(10, np.float32))
        >>> Network((Flatten(), dense, Softmax())).shapes
        ((1, 28, 28), (784,), (10,), (10,))
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if self.shapes[-1] != (10,) or not self.layers or not isinstance(self.layers[-1], Softmax):
            raise ModelError(f"it ends with {self.shapes[-1]}; expected a softmax over the ten digits.")
        if self.parameters > _MAX_PARAMETERS:
            raise ModelError(f"it has {self.parameters:,} weights; expected at most {_MAX_PARAMETERS:,}.")
        if (widest := max(map(prod, self.shapes))) > _MAX_NUMBERS:
            raise ModelError(f"a layer gives {widest:,} numbers for an image; expected at most {_MAX_NUMBERS:,}.")
        if not all(np.isfinite(array).all() for layer in self.layers for array in arrays_of(layer).values()):
            raise ModelError("it has weights that are NaN or infinite; train the model again.")

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shape of the picture, then of what each layer gives."""
        return tuple(accumulate(self.layers, output_shape, initial=_INPUT))

    @property
    def parameters(self) -> int:
        """Trained numbers."""
        trained = ("weight", "bias", "scale", "shift")
        arrays = (item for layer in self.layers for item in arrays_of(layer).items())
        return sum(array.size for name, array in arrays if name in trained)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the convolutions and dense layers for one image."""
        pairs = zip(self.layers, self.shapes[1:], strict=True)
        return sum(prod(shape) * layer.weight[0].size for layer, shape in pairs if isinstance(layer, _WEIGHTED))

    def for_inference(self) -> "Network":
        """The same function with less to do: no dropout, batch norm inside the layer before, neighbours joined."""
        layers: list[Layer] = []
        for layer in self.layers:
            before = layers[-1] if layers else None
            if isinstance(layer, BatchNorm) and isinstance(before, _WEIGHTED):
                layers[-1] = _fold(before, layer)
            elif isinstance(layer, Rescale) and isinstance(before, Rescale):
                layers[-1] = Rescale(before.scale * layer.scale, before.offset * layer.scale + layer.offset)
            elif isinstance(layer, Crop) and isinstance(before, Crop):
                top, left, bottom, right = (sum(pair) for pair in zip(before.edges, layer.edges, strict=True))
                layers[-1] = Crop((top, left, bottom, right))
            elif not isinstance(layer, Dropout):
                layers.append(layer)
        return Network(tuple(layers))


_WEIGHTED = (Convolution, Dense)


def arrays_of(layer: Layer) -> dict[str, Floats]:
    """A layer's weights by the names of its fields."""
    values = {entry.name: getattr(layer, entry.name) for entry in fields(layer)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def output_shape(shape: Shape, layer: Layer) -> Shape:
    """What a layer makes of `shape`.

    Raises:
        ModelError: it does not fit.
    """
    match layer:
        case Convolution(weight, bias, stride, padding, groups) if len(shape) == 3 and weight.ndim == 4:
            _require(groups >= 1 and weight.shape[1] * groups == shape[0], layer, shape)
            _require(bias.shape == weight.shape[:1] and len(bias) % groups == 0, layer, shape)
            _require(stride >= 1 and all(0 <= each <= _MAX_PADDING for each in padding), layer, shape)
            height, width = shape[1] + padding[0] + padding[2], shape[2] + padding[1] + padding[3]
            _require(min(weight.shape) > 0 and weight.shape[2] <= height and weight.shape[3] <= width, layer, shape)
            return (len(bias), (height - weight.shape[2]) // stride + 1, (width - weight.shape[3]) // stride + 1)
        case Crop((top, left, bottom, right)) if len(shape) == 3:
            height, width = shape[1] - top - bottom, shape[2] - left - right
            _require(min(top, left, bottom, right) >= 0 and min(height, width) >= 1, layer, shape)
            return (shape[0], height, width)
        case MaxPool(size) if len(shape) == 3:
            _require(1 <= size <= min(shape[1:]), layer, shape)
            return (shape[0], shape[1] // size, shape[2] // size)
        case Flatten() if len(shape) == 3:
            return (prod(shape),)
        case Dense(weight, bias) if len(shape) == 1 and weight.ndim == 2:
            _require(weight.shape[1] == shape[0] and bias.shape == weight.shape[:1], layer, shape)
            return bias.shape
        case BatchNorm(epsilon=epsilon, variance=variance):
            _require(all(array.shape == shape[:1] for array in arrays_of(layer).values()), layer, shape)
            _require(epsilon > 0 and bool((variance >= 0).all()), layer, shape)
            return shape
        case Softmax() if len(shape) == 1:
            return shape
        case Rescale(scale, offset):
            _require(bool(np.isfinite([scale, offset]).all()), layer, shape)
            return shape
        case Relu() | Dropout():
            return shape
    raise _unfit(layer, shape)


def _require(fits: bool, layer: Layer, shape: Shape) -> None:
    if not fits:
        raise _unfit(layer, shape)


def _unfit(layer: Layer, shape: Shape) -> ModelError:
    return ModelError(f"its layer {_described(layer)} does not fit what comes before, {shape}; export it again.")


def _described(layer: Layer) -> str:
    return f"{type(layer).__name__}({', '.join(_settings(layer))})"


def _settings(layer: Layer) -> Iterator[str]:
    for entry in fields(layer):
        value = getattr(layer, entry.name)
        yield f"{entry.name} {value.shape}" if isinstance(value, np.ndarray) else f"{entry.name}={value}"


def _fold(layer: Convolution | Dense, norm: BatchNorm) -> Convolution | Dense:
    """`layer` and `norm` behind it as one layer; in float64, so that nothing is lost on the way."""
    factor = norm.scale / np.sqrt(norm.variance.astype(np.float64) + norm.epsilon)
    weight = (layer.weight * factor.reshape(-1, *[1] * (layer.weight.ndim - 1))).astype(np.float32)
    bias = ((layer.bias - norm.mean) * factor + norm.shift).astype(np.float32)
    if isinstance(layer, Dense):
        return Dense(weight, bias)
    return replace(layer, weight=weight, bias=bias)
