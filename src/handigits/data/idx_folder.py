"""A folder of IDX files under the names that MNIST gave them, such as `t10k-images-idx3-ubyte.gz`."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from handigits.data.idx import read_idx_split, write_idx
from handigits.data.split import Split
from handigits.errors import MissingFileError

__all__ = ["holds_idx_files", "read_idx_folder", "write_idx_folder"]

_PREFIXES = {"train": "train", "test": "t10k"}
_IMAGES, _LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"


def holds_idx_files(path: Path) -> bool:
    """Tell whether a folder holds any of MNIST's files."""
    return any(_find(path, f"{prefix}-{kind}") for prefix in _PREFIXES.values() for kind in (_IMAGES, _LABELS))


def read_idx_folder(path: Path) -> dict[str, Split]:
    """Read `train` and `test`, whichever is there; plain or gzipped, and `images.idx3` for `images-idx3`.

    Raises:
        MissingFileError: images without their labels, or the reverse.
        DataError: a file is damaged, or the counts differ.
    """
    splits = {}
    for split, prefix in _PREFIXES.items():
        images, labels = _find(path, f"{prefix}-{_IMAGES}"), _find(path, f"{prefix}-{_LABELS}")
        if images and labels:
            splits[split] = read_idx_split(images, labels, name=f"{path}/{split}")
        elif images or labels:
            missing = f"{prefix}-{_LABELS if images else _IMAGES}"
            raise MissingFileError(f"{path}: {missing} (or .gz) is missing; expected it beside its counterpart.")
    return splits


def write_idx_folder(path: Path, splits: Mapping[str, Split]) -> None:
    """Write splits into the folder `path`, gzipped."""
    for name, split in splits.items():
        write_idx(split.images, path / f"{_PREFIXES[name]}-{_IMAGES}.gz")
        write_idx(split.labels.astype(np.uint8), path / f"{_PREFIXES[name]}-{_LABELS}.gz")


def _find(path: Path, name: str) -> Path | None:
    dotted = name.replace("-idx", ".idx")  # as some programs unpack them
    return next((path / n for n in (name, f"{name}.gz", dotted, f"{dotted}.gz") if (path / n).exists()), None)
