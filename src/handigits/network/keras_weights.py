"""The arrays in an HDF5 file that Keras wrote: Keras 3's `.weights.h5`, and the older layout with names of layers.

HDF5 may point to other files: by links, external storage and virtual datasets. Such files are refused. Deliberately
absent: Keras, and everything in the file but arrays of numbers.
"""

import io
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.errors import MissingExtraError, ModelError
from handigits.network.keras_config import WeightsOf

__all__ = ["read_weights"]

_MAX_NUMBERS = 16_000_000  # 64 MB, however small a file unpacks to them
_GROUPS = {"Conv2D": "conv2d", "BatchNormalization": "batch_normalization", "Dense": "dense"}

Arrays = dict[str, NDArray[np.float32]]


def read_weights(content: bytes) -> WeightsOf:
    """What gives the arrays of one layer after another, in the order of the architecture.

    Raises:
        ModelError: it is no HDF5, damaged, or points to other files.
        MissingExtraError: the `h5py` package is not installed.
    """
    try:
        import h5py
    except ImportError as err:
        raise MissingExtraError("Reading Keras's weights needs h5py: pip install 'handigits[keras]'.") from err
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            arrays = _arrays(h5py, file)
            if "layers" in file:
                return _by_count(arrays)
            return _by_name(arrays, _weight_names(h5py, file))
    except (
        OSError,
        RuntimeError,
        SystemError,
        KeyError,
        TypeError,
        ValueError,
    ) as err:  # h5py's callbacks: SystemError
        if isinstance(err, ModelError):
            raise
        raise ModelError(f"its weights are not HDF5, or damaged ({err}); save them again.") from err


def _arrays(h5py: Any, file: Any) -> Arrays:
    """Every dataset by its path."""
    elsewhere = file.visititems_links(lambda path, link: None if isinstance(link, h5py.HardLink) else path)
    if elsewhere is not None:
        raise ModelError(f"its entry {elsewhere[:60]!r} points elsewhere, which is refused; save the weights again.")
    datasets: dict[str, Any] = {}
    file.visititems(lambda path, entry: datasets.update({path: entry}) if isinstance(entry, h5py.Dataset) else None)
    if any(dataset.external or dataset.is_virtual for dataset in datasets.values()):
        raise ModelError("it keeps weights in other files, which is refused; save the weights again.")
    for path, dataset in datasets.items():
        if dataset.dtype.kind != "f":
            raise ModelError(f"its entry {path[:60]!r} is {dataset.dtype}; expected float32.")
    if (size := sum(dataset.size for dataset in datasets.values())) > _MAX_NUMBERS:
        raise ModelError(f"it unpacks to {size:,} numbers; expected at most {_MAX_NUMBERS:,}.")
    return {path: np.asarray(dataset[()], np.float32) for path, dataset in datasets.items()}


def _by_count(arrays: Arrays) -> WeightsOf:
    """Keras 3: `layers/conv2d/vars/0`, `layers/conv2d_1/vars/0`, ...: the class, counted."""
    seen: Counter[str] = Counter()

    def weights_of(kind: str, name: str) -> list[NDArray[np.float32]]:
        group = _GROUPS[kind] + (f"_{seen[kind]}" if seen[kind] else "")
        seen[kind] += 1
        prefix = f"layers/{group}/vars/"
        found = sorted((int(path.removeprefix(prefix)), path) for path in arrays if path.startswith(prefix))
        return _some([arrays[path] for _, path in found], kind, name)

    return weights_of


def _by_name(arrays: Arrays, names: dict[str, list[str]]) -> WeightsOf:
    """Keras 2 and whole `.h5` models: a group for each layer, which lists its arrays."""

    def weights_of(kind: str, name: str) -> list[NDArray[np.float32]]:
        return _some([arrays[path] for path in names.get(name, []) if path in arrays], kind, name)

    return weights_of


def _weight_names(h5py: Any, file: Any) -> dict[str, list[str]]:
    root = file.get("model_weights", file)
    prefix = root.name.strip("/")
    return {
        layer: ["/".join(filter(None, [prefix, layer, _text(name)])) for name in group.attrs.get("weight_names", [])]
        for layer, group in root.items()
        if isinstance(group, h5py.Group)
    }


def _text(name: Any) -> str:
    return name.decode("utf-8") if isinstance(name, bytes) else str(name)


def _some(found: list[NDArray[np.float32]], kind: str, name: str) -> list[NDArray[np.float32]]:
    expected = {"Conv2D": 4, "Dense": 2, "BatchNormalization": 1}[kind]
    if not found or found[0].ndim != expected:
        raise ModelError(f"there are no weights for its layer {name[:40]!r} ({kind}); save them with the architecture.")
    return found
