"""A network as JSON and named arrays: how formats carry it that hold arrays and text, and nothing that could run.

    [{"layer": "Convolution", "stride": 2, "padding": [0, 0, 0, 0]}, {"layer": "Relu"}, ...]

The arrays are named by the layer's place and the field: `0.weight`, `0.bias`. Deliberately absent: any file format.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from handigits.errors import ModelError
from handigits.network.layers import Layer, Network, arrays_of

__all__ = ["LAYERS_KEY", "describe", "named_arrays", "rebuild", "weights_digest"]

LAYERS_KEY = "handigits.layers"
"""Under which name a file carries the description."""

_KINDS: dict[str, type[Layer]] = {kind.__name__: kind for kind in get_args(Layer)}
_MAX_LAYERS = 100
_LATER = {"groups": 1}  # settings that older files do not have


def describe(network: Network) -> str:
    """One line of JSON; the arrays are apart, in `named_arrays`."""
    return json.dumps([_described(layer) for layer in network.layers])


def named_arrays(network: Network) -> dict[str, NDArray[np.float32]]:
    """Every array of a network, float32, by its name."""
    return {
        f"{index}.{name}": array
        for index, layer in enumerate(network.layers)
        for name, array in arrays_of(layer).items()
    }


def weights_digest(network: Network) -> str:
    """SHA-256 (hex) of every weight in order: a flipped bit may be too small for the golden examples to notice."""
    digest = hashlib.sha256()
    for array in named_arrays(network).values():
        digest.update(np.ascontiguousarray(array, "<f4").tobytes())
    return digest.hexdigest()


def rebuild(description: str, arrays: Mapping[str, NDArray[Any]]) -> Network:
    """The network that `describe` and `named_arrays` were made of.

    Raises:
        ModelError: a layer is not known, a setting or an array is missing or of another kind, or they do not fit.
    """
    try:
        entries = json.loads(description)
    except (ValueError, RecursionError) as err:
        raise ModelError(f"its layers are not JSON ({type(err).__name__}); export it again.") from err
    if (
        not isinstance(entries, list)
        or len(entries) > _MAX_LAYERS
        or not all(isinstance(each, dict) for each in entries)
    ):
        raise ModelError(f"its layers are no list of at most {_MAX_LAYERS} objects; export it again.")
    return Network(tuple(_layer(index, entry, arrays) for index, entry in enumerate(entries)))


def _described(layer: Layer) -> dict[str, Any]:
    names = [entry.name for entry in fields(layer) if entry.name not in arrays_of(layer)]
    return {"layer": type(layer).__name__} | {name: getattr(layer, name) for name in names}


def _layer(index: int, entry: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Layer:
    kind = _KINDS.get(str(entry.get("layer")))
    if kind is None:
        raise ModelError(f"its layer {entry.get('layer')!r} is not known here; expected one of {', '.join(_KINDS)}.")
    values: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        if get_origin(hint) is np.ndarray:
            values[name] = _array(f"{index}.{name}", arrays)
        else:
            values[name] = _setting(f"{index}.{name}", entry.get(name, _LATER.get(name)), hint)
    return kind(**values)


def _array(name: str, arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    if name not in arrays or arrays[name].dtype != np.float32:
        raise ModelError(f"its array {name} is missing or not float32; export it again.")
    return np.ascontiguousarray(arrays[name])


def _setting(name: str, value: Any, hint: Any) -> Any:
    """`value` if it is of the type `hint`; a list of integers becomes a tuple, an integer passes as a float."""
    if get_origin(hint) is tuple and isinstance(value, list) and len(value) == len(get_args(hint)):
        return tuple(_setting(name, each, int) for each in value)
    if hint in (int, float) and isinstance(value, (int, hint)) and not isinstance(value, bool):
        return hint(value)
    raise ModelError(f"its layers have {name}={value!r}; expected {hint}. Export it again.")
