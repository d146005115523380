"""The architecture that Keras writes as JSON (`model.to_json()`, `config.json` in a .keras file) as plain layers.

It is read as data: the names of layers and numbers. No class is looked up by its name and no function is called, so
that a file cannot bring code along. Deliberately absent: Keras, models with branches, and layers that none of our
architectures has.
"""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.errors import ModelError
from handigits.network.layers import (
    BatchNorm,
    Convolution,
    Crop,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Network,
    Relu,
    Rescale,
    Softmax,
    output_shape,
)

__all__ = ["WEIGHTED_CLASSES", "WeightsOf", "network_from_keras", "same_padding"]

Floats = NDArray[np.float32]
Shape = tuple[int, ...]
Padding = tuple[int, int, int, int]

WeightsOf = Callable[[str, str], list[Floats]]
"""The arrays of the next layer of a class, in Keras's order, given the class and the layer's name."""

WEIGHTED_CLASSES = ("Conv2D", "BatchNormalization", "Dense")

_NO_PADDING: Padding = (0, 0, 0, 0)
_SHRINKING = 0.1  # Keras's examples have 1 / 255 and 1 / 127.5 for pictures to 255, and nothing for those to 1
_KNOWN = (
    "InputLayer, Rescaling, Cropping2D, ZeroPadding2D, Conv2D, BatchNormalization, ReLU, Activation, MaxPooling2D, "
    "Flatten, Dropout, Dense and Softmax"
)


def network_from_keras(architecture: str, weights_of: WeightsOf) -> Network:
    """The network that Keras describes; where it ends in logits, a softmax follows.

    Pictures are taken as everywhere here, from 0 to 1. A model that begins by making them much smaller, such as by
    dividing by 255, was made for pictures from 0 to 255; they are multiplied by 255 for it.

    Raises:
        ModelError: the JSON is damaged, or has a layer or a setting that is not known here.
    """
    try:
        model = json.loads(architecture)
        if model["class_name"] != "Sequential":
            raise ModelError(f"it is a {str(model['class_name'])[:40]!r} model; only Sequential ones are read.")
        entries = model["config"] if isinstance(model["config"], list) else model["config"]["layers"]
        layers = _chain(entries, weights_of)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError) as err:
        if isinstance(err, ModelError):
            raise
        raise ModelError(f"its architecture is not Keras's JSON ({type(err).__name__}: {err}).") from err
    if layers and isinstance(layers[0], Rescale) and 0 < layers[0].scale < _SHRINKING:
        layers[0] = Rescale(layers[0].scale * 255, layers[0].offset)
    if layers and not isinstance(layers[-1], Softmax):
        layers.append(Softmax())
    return Network(tuple(layers))


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after, so that one number comes out for each step of the stride: padding `same` of Keras."""
    missing = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return missing // 2, missing - missing // 2


def _chain(entries: list[dict[str, Any]], weights_of: WeightsOf) -> list[Layer]:
    layers: list[Layer] = []
    shape: Shape = (1, 28, 28)
    padding = _NO_PADDING
    for entry in entries:
        kind, settings = str(entry["class_name"]), entry["config"]
        _check_order(kind, settings)
        if kind == "ZeroPadding2D":
            (top, bottom), (left, right) = settings["padding"]
            padding = (top, left, bottom, right)
            continue
        if kind != "Conv2D" and padding != _NO_PADDING:
            raise ModelError(f"its ZeroPadding2D is followed by {_short(kind)}; expected Conv2D.")
        arrays = weights_of(kind, str(settings.get("name"))) if kind in WEIGHTED_CLASSES else []
        for layer in _layers(kind, settings, arrays, shape, padding):
            shape = output_shape(shape, layer)
            layers.append(layer)
        padding = _NO_PADDING
    return layers


def _check_order(kind: str, settings: dict[str, Any]) -> None:
    """That pictures come as (B, 28, 28, 1)."""
    if settings.get("data_format") == "channels_first":
        raise ModelError(f"its layer {_short(kind)} has the channels first; expected Keras's usual channels_last.")
    given = settings.get("batch_shape") or settings.get("batch_input_shape")
    if given and given[1:] != [28, 28, 1]:
        raise ModelError(f"it takes pictures of shape {given[1:]}; expected [28, 28, 1].")


def _layers(kind: str, settings: dict[str, Any], arrays: list[Floats], shape: Shape, padding: Padding) -> list[Layer]:
    """The layers that one of Keras's layers is, given its arrays and the zeros that were put around its input."""
    match kind:
        case "InputLayer":
            return []
        case "Rescaling":
            return [Rescale(float(settings["scale"]), float(settings["offset"]))]
        case "Cropping2D":
            (top, bottom), (left, right) = settings["cropping"]
            return [Crop((top, left, bottom, right))]
        case "Conv2D":
            return [_convolution(settings, arrays, shape, padding), *_activation(settings)]
        case "Dense":
            weight, *bias = arrays
            return [Dense(np.ascontiguousarray(weight.T), _bias(bias, weight)), *_activation(settings)]
        case "BatchNormalization":
            return [_batch_norm(settings, arrays, shape)]
        case "MaxPooling2D":
            return [_max_pool(settings, shape)]
        case "Activation":
            return _activation(settings)
        case "ReLU" if not any(settings.get(name) for name in ("max_value", "negative_slope", "threshold")):
            return [Relu()]
        case "Softmax":
            return [Softmax()]
        case "Flatten":
            return [Flatten()]
        case "Dropout":
            return [Dropout(float(settings["rate"]))]
        case "Lambda":
            raise ModelError("it has a Lambda layer, which is code; a model that brings code along is refused.")
    raise ModelError(f"its layer {_short(kind)} with these settings is not known here; expected {_KNOWN}.")


def _convolution(settings: dict[str, Any], arrays: list[Floats], shape: Shape, padding: Padding) -> Convolution:
    kernel, *bias = arrays
    down, across = settings["strides"]
    if down != across or settings.get("dilation_rate", [1, 1]) != [1, 1]:
        raise ModelError("its Conv2D has unequal strides or holes; expected a plain one.")
    weight = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
    if settings["padding"] == "same":
        if padding != _NO_PADDING:
            raise ModelError("its Conv2D has padding 'same' behind a ZeroPadding2D; expected 'valid'.")
        (top, bottom), (left, right) = (same_padding(shape[axis], weight.shape[axis + 1], down) for axis in (1, 2))
        padding = (top, left, bottom, right)
    elif settings["padding"] != "valid":
        raise ModelError(f"its Conv2D has padding {_short(settings['padding'])}; expected 'valid' or 'same'.")
    return Convolution(weight, _bias(bias, kernel), down, padding, int(settings.get("groups", 1)))


def _batch_norm(settings: dict[str, Any], arrays: list[Floats], shape: Shape) -> BatchNorm:
    if settings.get("axis", -1) not in (-1, len(shape), [-1], [len(shape)]):
        raise ModelError(f"its BatchNormalization has axis {settings['axis']}; expected the last.")
    *trained, mean, variance = arrays
    scale = trained.pop(0) if settings.get("scale", True) else np.ones_like(mean)
    shift = trained.pop(0) if settings.get("center", True) else np.zeros_like(mean)
    return BatchNorm(scale, shift, mean, variance, float(settings["epsilon"]))


def _max_pool(settings: dict[str, Any], shape: Shape) -> MaxPool:
    size, across = settings["pool_size"]
    leaves_no_rest = not any(each % size for each in shape[1:])
    if (
        size == across
        and settings["strides"] in (None, [size, size])
        and (settings["padding"] == "valid" or leaves_no_rest)
    ):
        return MaxPool(size)
    raise ModelError("its MaxPooling2D overlaps, is not square or pads; expected a plain one.")


def _activation(settings: dict[str, Any]) -> list[Layer]:
    found = settings.get("activation", "linear")
    if found not in ("linear", "relu", "softmax"):
        raise ModelError(f"its activation is {_short(found)}; expected linear, relu or softmax.")
    return [] if found == "linear" else [Relu() if found == "relu" else Softmax()]


def _bias(given: list[Floats], weight: Floats) -> Floats:
    return given[0] if given else np.zeros(weight.shape[-1], np.float32)


def _short(value: object) -> str:
    """What a file says, cut to what fits a line."""
    return repr(value)[:40]
