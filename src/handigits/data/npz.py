"""NPZ, NumPy's archive of arrays, with the names that Keras gave them (`x_train`) or ours (`train_images`).

Nothing in a file is executed: arrays of Python objects are refused, and each array's header is checked before memory is
taken for it. Does not convert: pixels are uint8 (N, 28, 28), or refused.
"""

import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from handigits.atomic import atomic_path
from handigits.data.split import CLASSES, IMAGE_SIZE, Split
from handigits.errors import DataError, MissingFileError
from handigits.escape import printable

__all__ = ["read_npz", "write_npz"]

MAX_BYTES = 1 << 30  # of one array, unpacked: 1.3 million digits

_NAMES = {
    "train": (("train_images", "train_labels"), ("x_train", "y_train")),
    "val": (("val_images", "val_labels"), ("x_val", "y_val")),
    "test": (("test_images", "test_labels"), ("x_test", "y_test")),
}
_EXPECTED = "expected train_images, train_labels, test_images, test_labels or x_train, y_train, x_test, y_test"


def read_npz(path: Path) -> dict[str, Split]:
    """Read every split that a file holds, by its name: `train`, `val`, `test`.

    Raises:
        MissingFileError: there is no such file.
        DataError: damaged, or its arrays are not digits.
    """
    if not path.exists():
        raise MissingFileError(f"{path}: there is no such file.")
    if not path.is_file():
        raise DataError(f"{path}: not a regular file; expected an NPZ file.")
    try:
        with zipfile.ZipFile(path) as archive:
            splits = {
                split: Split(
                    _read_images(archive, images, path), _read_labels(archive, labels, path), f"{path}/{split}"
                )
                for split, candidates in _NAMES.items()
                for images, labels in candidates
                if f"{images}.npy" in archive.namelist()
            }
            found = ", ".join(printable(name.removesuffix(".npy")) for name in archive.namelist()[:10])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as err:
        raise DataError(f"{path}: not an NPZ file, or damaged ({err}).") from err
    if not splits:
        raise DataError(f"{path}: holds {found or 'nothing'}; {_EXPECTED}.")
    return splits


def write_npz(path: Path, splits: Mapping[str, Split]) -> None:
    """Write splits as `train_images`, `train_labels`, ..., compressed; whole or not at all. Equal data, equal bytes."""
    arrays: dict[str, Any] = {}
    for split, content in splits.items():
        arrays |= {f"{split}_images": content.images, f"{split}_labels": content.labels.astype(np.uint8)}
    with atomic_path(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _read_images(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[np.uint8]:
    images = _read_array(archive, name, path)
    if images.dtype != np.uint8 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
        raise DataError(f"{path}: {name} is {images.dtype} {images.shape}; expected uint8 (N, 28, 28) in 0 to 255.")
    return np.ascontiguousarray(images)


def _read_labels(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[np.int64]:
    labels = _read_array(archive, name, path)
    if not np.issubdtype(labels.dtype, np.integer) or labels.ndim != 1:
        raise DataError(f"{path}: {name} is {labels.dtype} {labels.shape}; expected integers (N,), 0 to 9.")
    wrong = np.flatnonzero((labels < 0) | (labels >= CLASSES))
    if len(wrong):
        raise DataError(f"{path}: {name} holds {labels[wrong[0]]} in row {wrong[0]}; expected 0 to 9.")
    return labels.astype(np.int64)


def _read_array(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[Any]:
    """Read one array once its header has been found to be true."""
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError as err:
        raise DataError(f"{path}: holds no {name}; {_EXPECTED}.") from err
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{path}: {name} is compressed in an unusual way; expected a file written by NumPy.")
    try:
        with archive.open(member) as stream:
            version = npy.read_magic(stream)
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read_header(stream)
            header_bytes = stream.tell()
        if dtype.hasobject:
            raise DataError(f"{path}: {name} holds Python objects, which are never loaded; expected numbers.")
        wanted = math.prod(shape) * dtype.itemsize
        if wanted > MAX_BYTES or header_bytes + wanted != member.file_size:
            raise DataError(
                f"{path}: {name} promises {wanted:,} bytes and holds {member.file_size - header_bytes:,}; "
                f"expected as many as promised, at most {MAX_BYTES:,}."
            )
        with archive.open(member) as stream:
            array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
            return array
    except DataError:
        raise
    except ValueError as err:
        raise DataError(f"{path}: {name} is not an array, or damaged ({printable(str(err))}).") from err
