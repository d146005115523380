"""IDX, the format in which MNIST was published: a magic number, the dimensions, the bytes.

A header is believed only as far as its file can bear it out: type, rank and dimensions are checked before memory is
taken, and a compressed file is unpacked no further than its header says. Does not know where files come from (see
`sources`) and does not resize: images of another size than 28x28 are refused.
"""

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.atomic import write_bytes
from handigits.data.split import CLASSES, IMAGE_SIZE, Split
from handigits.errors import DataError, MissingFileError

__all__ = ["MAX_BYTES", "idx_header", "read_content", "read_idx", "read_idx_labels", "read_idx_split", "write_idx"]

MAX_BYTES = 1 << 30  # five times the largest of the named datasets (EMNIST's 240,000 digits)
GZIP_MAGIC = b"\x1f\x8b"
GZIP_BEST_RATIO = 1032  # deflate cannot do better, so a header that needs more lies

UINT8, INT32 = 0x08, 0x0C
TYPES: dict[int, np.dtype[Any]] = {UINT8: np.dtype(np.uint8), INT32: np.dtype(">i4")}
TYPE_NAMES = {UINT8: "uint8", 0x09: "int8", 0x0B: "int16", INT32: "int32", 0x0D: "float32", 0x0E: "float64"}
UINT8_ARRAYS = ((UINT8, 1), (UINT8, 2), (UINT8, 3))
LABELS = ((UINT8, 1), (INT32, 2))


def read_idx(source: Path | bytes, *, name: str | None = None) -> NDArray[np.uint8]:
    """Read unsigned bytes from an IDX file, plain or gzipped (told by its first bytes, not by its name).

    Args:
        source: the file, or its content.
        name: what messages call it; the path by default.

    Returns:
        uint8, writable, of rank 1 to 3: labels (N,) or images (N, H, W) in 0..255.

    Raises:
        MissingFileError: there is no such file.
        DataError: it is not IDX, not uint8, damaged, too short, too long, or promises more than it holds.
    """
    return _read(source, name, UINT8_ARRAYS)


def read_idx_labels(source: Path | bytes, *, name: str | None = None) -> NDArray[np.int64]:
    """Read labels: MNIST's uint8 (N,), or QMNIST's int32 (N, columns), whose first column is the digit.

    Returns:
        int64 (N,) in 0..9.

    Raises:
        MissingFileError: there is no such file.
        DataError: as for `read_idx`, or a label is not in 0..9.
    """
    array = _read(source, name, LABELS)
    labels = (array if array.ndim == 1 else array[:, 0]).astype(np.int64)
    wrong = np.flatnonzero((labels < 0) | (labels >= CLASSES))
    if len(wrong):
        raise DataError(f"{_called(source, name)}: label {labels[wrong[0]]} in row {wrong[0]}; expected 0 to 9.")
    return labels


def read_idx_split(images_path: Path, labels_path: Path, *, name: str) -> Split:
    """Read images and their labels.

    Raises:
        MissingFileError: one of the files is not there.
        DataError: one of them is damaged, the images are not 28x28, or the counts differ.
    """
    images, labels = read_idx(images_path), read_idx_labels(labels_path)
    if images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
        raise DataError(f"{images_path}: holds an array of {_sizes(images.shape)}; expected N x 28 x 28.")
    if len(images) != len(labels):
        raise DataError(
            f"{images_path}: {len(images):,} images, but {labels_path.name} holds {len(labels):,} labels; "
            "expected one label for each image."
        )
    return Split(images, labels, name)


def write_idx(array: NDArray[np.uint8], path: Path) -> None:
    """Write unsigned bytes of rank 1 to 3 as IDX, gzipped where the name ends in `.gz`; whole or not at all.

    The same array always gives the same bytes: no time of day is stored.

    Raises:
        DataError: the array is not uint8, or of another rank.
    """
    content = idx_header(array) + array.tobytes()
    write_bytes(path, gzip.compress(content, compresslevel=6, mtime=0) if path.suffix == ".gz" else content)


def idx_header(array: NDArray[np.uint8]) -> bytes:
    """The bytes that stand before `array` in an IDX file.

    Raises:
        DataError: the array is not uint8, or of another rank than 1 to 3.
    """
    if array.dtype != np.uint8 or not 1 <= array.ndim <= 3:
        raise DataError(f"cannot write {array.dtype} {array.shape} as IDX; expected uint8 of rank 1 to 3.")
    return bytes([0, 0, UINT8, array.ndim]) + np.array(array.shape, ">u4").tobytes()


def read_content(path: Path) -> bytes:
    """All bytes of a regular file of a size that a dataset can have.

    Raises:
        MissingFileError: there is no such file.
        DataError: it is a folder, a pipe or a device, too large, or may not be read.
    """
    if not path.exists():
        raise MissingFileError(f"{path}: there is no such file.")
    if not path.is_file():
        raise DataError(f"{path}: not a regular file; expected an IDX file.")
    if (size := path.stat().st_size) > MAX_BYTES:
        raise DataError(f"{path}: {size:,} bytes; expected an IDX file of at most {MAX_BYTES:,}.")
    try:
        return path.read_bytes()
    except OSError as err:
        raise DataError(f"{path}: cannot be read ({err.strerror}).") from err


def _read(source: Path | bytes, name: str | None, accepted: tuple[tuple[int, int], ...]) -> NDArray[Any]:
    content = source if isinstance(source, bytes) else read_content(source)
    name = _called(source, name)
    packed = content.startswith(GZIP_MAGIC)
    stream = gzip.GzipFile(fileobj=io.BytesIO(content)) if packed else io.BytesIO(content)
    capacity = len(content) * (GZIP_BEST_RATIO if packed else 1)
    try:
        kind, shape = _read_header(stream, name, accepted)
        wanted = math.prod(shape) * TYPES[kind].itemsize
        if wanted > min(MAX_BYTES, capacity):
            raise DataError(
                f"{name}: its header promises {_sizes(shape)} = {wanted:,} bytes; a file of {len(content):,} bytes "
                "cannot hold them. It is cut short, or not what it says; fetch it anew."
            )
        array = np.empty(shape, TYPES[kind])
        found = stream.readinto(array.reshape(-1).view(np.uint8).data) or 0
        more = stream.read(1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as err:
        raise DataError(f"{name}: damaged or cut short ({err}). Fetch it anew.") from err
    if found < wanted or more:
        raise DataError(
            f"{name}: holds {'more than ' if more else ''}{found:,} bytes after the header; "
            f"expected {wanted:,} for {_sizes(shape)}. Fetch it anew."
        )
    return array


def _read_header(
    stream: io.BufferedIOBase, name: str, accepted: tuple[tuple[int, int], ...]
) -> tuple[int, tuple[int, ...]]:
    """The type and the shape that a header promises."""
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPE_NAMES:
        raise DataError(f"{name}: begins with {magic.hex(' ') or 'nothing'}; an IDX file begins with 00 00 08.")
    kind, rank = magic[2], magic[3]
    if (kind, rank) not in accepted:
        wanted = " or ".join(f"{TYPE_NAMES[each]} of rank {ranks}" for each, ranks in accepted)
        raise DataError(f"{name}: holds {TYPE_NAMES[kind]} of rank {rank}; expected {wanted}.")
    sizes = stream.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise DataError(f"{name}: ends within its header. Fetch it anew.")
    return kind, tuple(np.frombuffer(sizes, ">u4").tolist())


def _called(source: Path | bytes, name: str | None) -> str:
    return name or (str(source) if isinstance(source, Path) else "IDX bytes")


def _sizes(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape)
