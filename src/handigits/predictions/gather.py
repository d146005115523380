"""What a user names -> the pictures and tables to read, in a fixed order.

Does not open pictures. Nothing here can block: only regular files are passed on, and links to folders are not followed.
"""

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from handigits.escape import printable
from handigits.ink.decode import MAX_BYTES
from handigits.recognizer import Source

__all__ = ["PICTURE_SUFFIXES", "Failure", "Item", "Notice", "gather"]

PICTURE_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"))
_TABLE_SUFFIXES = (".csv", ".csv.gz")


@dataclass(frozen=True)
class Failure:
    """Something that was asked for and could not be read; `str` gives one printable line."""

    file: str
    reason: str

    def __str__(self) -> str:
        return printable(f"{self.file}: {self.reason}")


@dataclass(frozen=True)
class Notice:
    """What was skipped inside a folder, or decided about a picture; `str` gives one printable line."""

    file: str
    text: str

    def __str__(self) -> str:
        return printable(f"{self.file}: {self.text}")


@dataclass(frozen=True, eq=False)
class Item:
    """One thing to read: a picture, or a table with one image a row.

    Attributes:
        name: what predictions call it.
        source: a path, or the bytes or pixels of a picture.
        is_table: whether it is a CSV; then `source` is a path.
    """

    name: str
    source: Source
    is_table: bool = False


def gather(sources: Iterable[Source], *, stdin: BinaryIO | None = None) -> Iterator[Item | Failure | Notice]:
    """Find everything that `sources` name, in their order; what a folder or a glob holds is sorted by name.

    Args:
        sources: files, folders (searched to the bottom for pictures; hidden files are left out), globs such as
            `scans/*.png`, `-` for one picture from standard input, or bytes and pixel arrays, each one picture.
        stdin: where `-` reads from.
    """
    for source in sources:
        if isinstance(source, str) and source == "-":
            yield _from_stdin(stdin)
        elif isinstance(source, str | Path):
            yield from _from_path(source)
        else:
            yield Item("bytes" if isinstance(source, bytes) else "array", source)


def _from_stdin(stdin: BinaryIO | None) -> Item | Failure:
    if stdin is None:
        return Failure("-", "no standard input was given.")
    return Item("-", stdin.read(MAX_BYTES + 1))  # one byte more than a picture may have: the reader refuses it


def _from_path(source: str | Path, *, may_be_glob: bool = True) -> Iterator[Item | Failure | Notice]:
    name, path = str(source), Path(source)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        # A glob finds links to nothing too, and such a link may itself be called `*`.
        missing = _from_glob(name, "there is no such file or folder.")
        yield from missing if may_be_glob else [Failure(name, "is a link to nothing.")]
    except OSError as err:
        # To Windows a name with a `*` in it is not missing, but wrong.
        yield from _from_glob(name, _why(err)) if may_be_glob else [Failure(name, _why(err))]
    except ValueError as err:  # a NUL in the name
        yield Failure(name, _why(err))
    else:
        if stat.S_ISDIR(mode):
            yield from _from_folder(path)
        elif stat.S_ISREG(mode):
            yield _item(path)
        else:
            yield Failure(name, "is neither a file nor a folder.")


def _from_glob(pattern: str, otherwise: str) -> Iterator[Item | Failure | Notice]:
    """What matches a pattern; a failure for the reason `otherwise` if nothing does."""
    # Path.glob refuses absolute patterns.
    matches = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else []  # noqa: PTH207
    if not matches:
        yield Failure(pattern, otherwise)
    for match in matches:
        yield from _from_path(match, may_be_glob=False)


def _from_folder(folder: Path) -> Iterator[Item | Failure | Notice]:
    unreadable: list[OSError] = []
    is_empty = True
    for root, folders, files in os.walk(folder, onerror=unreadable.append):
        folders.sort()
        for link in (Path(root, each) for each in folders):
            if link.is_symlink():
                yield Notice(str(link), "skipped: a link to a folder is not followed.")
        for path in (Path(root, each) for each in sorted(files) if _is_picture_name(each)):
            found = _regular(path)
            is_empty &= not isinstance(found, Item)
            yield found
    for err in unreadable:
        yield Failure(str(err.filename), _why(err))
    if is_empty and not unreadable:
        yield Failure(str(folder), f"holds no pictures ({', '.join(sorted(PICTURE_SUFFIXES))}).")


def _is_picture_name(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in PICTURE_SUFFIXES


def _regular(path: Path) -> Item | Notice:
    """`path` if it is a file; FIFOs could block, devices never end, links may be broken or lead in circles."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return _item(path)
        return Notice(str(path), "skipped: it is not a regular file.")
    except OSError as err:
        return Notice(str(path), f"skipped: {_why(err)}")


def _item(path: Path) -> Item:
    return Item(str(path), path, is_table=path.name.lower().endswith(_TABLE_SUFFIXES))


def _why(err: OSError | ValueError) -> str:
    return f"cannot be read: {getattr(err, 'strerror', None) or err}."
