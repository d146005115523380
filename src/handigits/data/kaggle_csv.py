"""Kaggle's CSV: a header, then one digit a line; `label,pixel0,...,pixel783`, or without `label` where it is asked for.

Read in chunks, each line of bounded length, so that a file may be larger than memory. Believes nothing: whatever is not
a whole number in its range is refused with its line. Does not repair files; it says how to.
"""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from handigits.atomic import atomic_path, write_text
from handigits.data.split import CLASSES, IMAGE_SIZE
from handigits.errors import DataError, MissingFileError
from handigits.escape import printable

__all__ = ["has_labels", "iter_kaggle_csv", "read_kaggle_csv", "write_kaggle_csv", "write_kaggle_labels"]

MAX_LINE_BYTES = 1 << 15  # 785 numbers of 40 characters

_PIXELS = IMAGE_SIZE**2
_HEADER = [f"pixel{i}" for i in range(_PIXELS)]
_HEADERS = (
    _HEADER,
    [f"pixel{i + 1}" for i in range(_PIXELS)],  # as Fashion-MNIST is published on Kaggle
    [f"{row + 1}x{column + 1}" for row in range(IMAGE_SIZE) for column in range(IMAGE_SIZE)],  # "MNIST in CSV" there
)
_NUMBER = re.compile(rb"\s*[-+]?([0-9]+\.?[0-9]*(e[-+]?[0-9]+)?|nan|inf)\s*", re.IGNORECASE)
_CELLS, _LAST_CELLS = (np.array([f"{value}{end}" for value in range(256)], dtype="S4") for end in (",", "\n"))
_CHUNK_ROWS = 2048

Chunk = tuple[NDArray[np.uint8], NDArray[np.int64] | None]


def read_kaggle_csv(path: Path) -> Chunk:
    """Read a whole file.

    Returns:
        images: uint8 (N, 28, 28) in 0..255.
        labels: int64 (N,) in 0..9; None where the file has no `label` column.

    Raises:
        MissingFileError: there is no such file.
        DataError: names the line and what is wrong with it.
    """
    images, labels = zip(*iter_kaggle_csv(path), strict=True)
    return np.concatenate(images), None if labels[0] is None else np.concatenate(labels)


def iter_kaggle_csv(path: Path, *, chunk_rows: int = _CHUNK_ROWS) -> Iterator[Chunk]:
    """Read a file of any length, `chunk_rows` digits at a time; each chunk is as `read_kaggle_csv` returns it.

    Raises:
        MissingFileError: there is no such file.
        DataError: names the line and what is wrong with it; chunks before that line have been given out already.
    """
    with _open(path) as file:
        lines = _read_lines(file, path)
        labelled = _read_header(next(lines, b""), path)
        first_line, brightest = 2, 0
        while chunk := list(itertools.islice(lines, chunk_rows)):
            values = _parse(chunk, first_line, labelled, path)
            labels = values[:, 0].astype(np.int64) if labelled else None
            images = values[:, -_PIXELS:].astype(np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
            brightest = max(brightest, int(images.max()))
            if brightest == 1:
                raise DataError(f"{path}: no pixel is above 1; {_SCALED}")
            yield images, labels
            first_line += len(chunk)
        if first_line == 2:
            raise DataError(f"{path}: has a header but no digits; expected one digit on each line after it.")


def has_labels(path: Path) -> bool:
    """Tell from the header alone whether a file has a `label` column.

    Raises:
        MissingFileError: there is no such file.
        DataError: the header is not one of Kaggle's.
    """
    with _open(path) as file:
        return _read_header(next(_read_lines(file, path), b""), path)


def write_kaggle_csv(path: Path, images: NDArray[np.uint8], labels: NDArray[np.int64] | None) -> None:
    """Write digits as Kaggle's `train.csv` or, without labels, as its `test.csv`; whole or not at all."""
    columns = _HEADER if labels is None else ["label", *_HEADER]
    table = images.reshape(-1, _PIXELS)
    with atomic_path(path) as part, part.open("wb") as file:
        file.write(",".join(columns).encode() + b"\n")
        for start in range(0, len(table), _CHUNK_ROWS):
            rows = slice(start, start + _CHUNK_ROWS)
            values = table[rows] if labels is None else np.column_stack([labels[rows].astype(np.uint8), table[rows]])
            cells = _CELLS[values]
            cells[:, -1] = _LAST_CELLS[values[:, -1]]
            file.write(cells.tobytes().replace(b"\0", b""))  # cells are padded with NUL


def write_kaggle_labels(path: Path, labels: NDArray[np.int64]) -> None:
    """Write labels as Kaggle wants predictions: `ImageId,Label`, counted from 1; whole or not at all.

    Args:
        path: the file to write.
        labels: int64 (N,) in 0..9, in the order of the images.
    """
    write_text(path, "ImageId,Label\n" + "".join(f"{number},{label}\n" for number, label in enumerate(labels, 1)))


_SCALED = "it looks scaled to 0..1 where 0 to 255 is meant. Multiply by 255 and round."


def _open(path: Path) -> BinaryIO:
    if not path.exists():
        raise MissingFileError(f"{path}: there is no such file.")
    if not path.is_file():
        raise DataError(f"{path}: not a regular file; expected a CSV file.")
    try:
        return path.open("rb")
    except OSError as err:
        raise DataError(f"{path}: cannot be read: {err.strerror or err}.") from err


def _read_lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Lines of bounded length. Blank ones may only end the file: elsewhere a digit may be missing."""
    blank = 0
    for number in itertools.count(1):
        line = file.readline(MAX_LINE_BYTES + 1)
        if len(line) > MAX_LINE_BYTES:
            raise DataError(
                f"{path}, line {number}: longer than {MAX_LINE_BYTES:,} bytes; expected {_PIXELS + 1} numbers a line."
            )
        if not line:
            return
        if not line.strip():
            blank = blank or number
        elif blank:
            raise DataError(f"{path}, line {blank}: is blank; expected a digit on each line. Remove blank lines.")
        else:
            yield line


def _read_header(line: bytes, path: Path) -> bool:
    """Check the first line; tell whether there are labels."""
    if not line:
        raise DataError(f"{path}: is empty; expected a header `label,pixel0,...,pixel783` and digits.")
    if line.startswith((b"\x1f\x8b", b"PK\3\4")):
        raise DataError(f"{path}: is compressed; unpack it first.")
    if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in line:
        raise DataError(f"{path}: is not plain text but UTF-16 or binary. Save it as CSV in UTF-8.")
    names = [name.strip(' \r\n"').lower() for name in line.decode("utf-8-sig", "replace").split(",")]
    labelled = names[0] == "label"
    pixels = names[1:] if labelled else names
    if pixels in _HEADERS:
        return labelled
    raise DataError(f"{path}, line 1: {_header_fault(names, pixels)}")


def _header_fault(names: list[str], pixels: list[str]) -> str:
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and separator in names[0]:
            return f"columns are separated by {called}. Save it with commas."
    if all(_NUMBER.fullmatch(name.encode()) for name in names):
        return "holds numbers; expected column names. Add the header `label,pixel0,...,pixel783`."
    if len(pixels) != _PIXELS:
        return (
            f"the header has {len(names)} columns; expected 785 (label,pixel0,...,pixel783) or, without labels, 784 "
            "(pixel0,...,pixel783)."
        )
    wrong = next(column for column, name in enumerate(pixels) if name != _HEADER[column])
    return f"column {_short(pixels[wrong])} stands where {_HEADER[wrong]} was expected."


def _parse(lines: list[bytes], first_line: int, labelled: bool, path: Path) -> NDArray[np.float64]:
    """Lines to checked numbers, float64 (rows, 785 or 784)."""
    columns = _PIXELS + labelled
    try:
        values = np.loadtxt(lines, delimiter=",", dtype=np.float64, comments=None, ndmin=2)
    except ValueError as err:
        raise DataError(_text_fault(lines, first_line, columns, path)) from err
    if values.shape[1] != columns:
        raise DataError(_text_fault(lines, first_line, columns, path))
    right = (values >= 0) & (values <= 255) & (values == np.floor(values))  # false for NaN
    if labelled:
        right[:, 0] &= values[:, 0] < CLASSES
    if not right.all():
        row = int(np.argmin(right.all(axis=1)))
        raise DataError(f"{path}, line {first_line + row}: {_value_fault(values[row], right[row], labelled)}")
    return values


def _value_fault(values: NDArray[np.float64], right: NDArray[np.bool_], labelled: bool) -> str:
    column = int(np.argmin(right))
    if labelled and column == 0:
        return f"label is {values[0]:g}; expected 0 to 9."
    pixels = values[-_PIXELS:]
    if pixels.min() >= 0 and pixels.max() <= 1:
        return f"pixels are fractions; {_SCALED}"
    return f"pixel{column - labelled} is {values[column]:g}; expected a whole number, 0 to 255."


def _text_fault(lines: list[bytes], first_line: int, columns: int, path: Path) -> str:
    """Find the first line that is not numbers. Slow, and only called when there is one."""
    for number, line in enumerate(lines, first_line):
        cells = line.rstrip(b"\r\n").split(b",")
        if b'"' in line:
            return f"{path}, line {number}: holds a quote; expected bare numbers. Save it without quotes."
        if len(cells) != columns:
            return f"{path}, line {number}: has {len(cells)} columns; expected {columns}, as in the header."
        for column, cell in enumerate(cells):
            if not _NUMBER.fullmatch(cell):
                name = (["label", *_HEADER] if columns > _PIXELS else _HEADER)[column]
                return f"{path}, line {number}: {name} is {_short(cell.decode('latin-1'))}; expected a whole number."
    return f"{path}: lines {first_line} to {first_line + len(lines) - 1} cannot be read as numbers."


def _short(cell: str) -> str:
    cell = printable(cell)
    return repr(cell if len(cell) <= 20 else f"{cell[:20]}...")
