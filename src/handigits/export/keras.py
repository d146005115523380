"""Write a network as Keras does, by Keras: `model.json` and `model.weights.h5`, and both in one as `model.keras`.

The pictures come in Keras's order, (B, 28, 28, 1), and the scale is a layer of the model. Deliberately absent: loading
what somebody else wrote, whose layers Keras would look up and run (see `network.keras_files`).
"""

import json
import os
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.artifact.reading import DIGEST_KEY
from handigits.errors import MissingExtraError
from handigits.network.description import weights_digest
from handigits.network.keras_config import same_padding
from handigits.network.keras_files import ABOUT, ARCHITECTURE, ARCHIVE, WEIGHTS
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
)

__all__ = ["answers_of_keras", "write_keras"]

_BATCH = 100


def write_keras(network: Network, directory: Path, entries: dict[str, str]) -> None:
    """Make `directory` and write the files into it; `entries` is what the model says about itself, by name.

    Dropout and batch norm stay layers of their own, so that training can go on in Keras.

    Raises:
        MissingExtraError: Keras or h5py is not installed.
    """
    directory.mkdir()
    with _quiet_keras() as keras:
        model = _model(keras, network)
        (directory / ARCHITECTURE).write_text(model.to_json(indent=2) + "\n", encoding="utf-8")
        model.save_weights(directory / WEIGHTS)
        model.save(directory / ARCHIVE)
    about = json.dumps(entries | {DIGEST_KEY: weights_digest(network)})
    (directory / ABOUT).write_text(about + "\n", encoding="utf-8")
    with zipfile.ZipFile(directory / ARCHIVE, "a") as archive:  # Keras leaves alone what it does not know
        archive.writestr(ABOUT, about)


def answers_of_keras(directory: Path, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """What Keras answers with the files that `write_keras` wrote: from JSON and weights, then from the archive.

    Args:
        directory: where they are.
        images: float32 (N, 1, 28, 28) in [0, 1].
    """
    batches = np.split(images.transpose(0, 2, 3, 1), range(_BATCH, len(images), _BATCH))
    with _quiet_keras() as keras:
        parts = keras.models.model_from_json((directory / ARCHITECTURE).read_text(encoding="utf-8"))
        parts.load_weights(directory / WEIGHTS)
        whole = keras.models.load_model(directory / ARCHIVE)
        return [
            np.concatenate([keras.ops.convert_to_numpy(model(batch, training=False)) for batch in batches])
            for model in (parts, whole)
        ]


def _model(keras: Any, network: Network) -> Any:
    counts: Counter[str] = Counter()
    model = keras.Sequential([keras.Input((28, 28, 1), name="images")], name="handigits")
    for layer, shape in zip(network.layers, network.shapes, strict=False):
        for keras_layer in _layers(keras.layers, layer, shape):
            kind = type(keras_layer).__name__.lower()
            counts[kind] += 1
            keras_layer.name = f"{kind}_{counts[kind]}"  # Keras's own names count on through the whole process
            model.add(keras_layer)
        if weights := _weights(layer):
            model.layers[-1].set_weights(weights)
    return model


def _layers(layers: Any, layer: Layer, shape: tuple[int, ...]) -> list[Any]:
    """Keras's layers for one of ours, given the shape that comes to it."""
    match layer:
        case Rescale(scale, offset):
            return [layers.Rescaling(scale, offset)]
        case Crop((top, left, bottom, right)):
            return [layers.Cropping2D(((top, bottom), (left, right)))]
        case Convolution():
            return _convolution(layers, layer, shape)
        case BatchNorm(epsilon=epsilon):
            return [layers.BatchNormalization(epsilon=epsilon)]
        case MaxPool(size):
            return [layers.MaxPooling2D(size)]
        case Dense(bias=bias):
            return [layers.Dense(len(bias))]
        case Dropout(rate):
            return [layers.Dropout(rate)]
        case Flatten():
            return [layers.Flatten()]
        case Relu():
            return [layers.ReLU()]
        case Softmax():
            return [layers.Softmax()]


def _convolution(layers: Any, layer: Convolution, shape: tuple[int, ...]) -> list[Any]:
    filters, _, *kernel = layer.weight.shape
    (top, bottom), (left, right) = (
        same_padding(size, length, layer.stride) for size, length in zip(shape[1:], kernel, strict=True)
    )
    is_same = layer.padding == (top, left, bottom, right)
    padding = "same" if is_same else "valid"
    plain = layers.Conv2D(filters, kernel, layer.stride, padding=padding, groups=layer.groups)
    if is_same or not any(layer.padding):
        return [plain]
    top, left, bottom, right = layer.padding
    return [layers.ZeroPadding2D(((top, bottom), (left, right))), plain]


def _weights(layer: Layer) -> list[NDArray[np.float32]]:
    """A layer's arrays in Keras's order and shapes."""
    match layer:
        case Convolution(weight, bias):
            return [weight.transpose(2, 3, 1, 0), bias]
        case Dense(weight, bias):
            return [weight.T, bias]
        case BatchNorm(scale, shift, mean, variance):
            return [scale, shift, mean, variance]
        case _:
            return []


@contextmanager
def _quiet_keras() -> Iterator[Any]:
    """Keras, without its warnings about the versions of what it stands on.

    It runs on torch, which is here anyway, unless it has been imported or told otherwise already.
    """
    if "keras" not in sys.modules:
        os.environ.setdefault("KERAS_BACKEND", "torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import h5py  # noqa: F401 - Keras imports it when it saves, with a longer message
            import keras
        except ImportError as err:
            raise MissingExtraError("Writing Keras's files needs Keras: pip install 'handigits[keras]'.") from err
        yield keras
