"""A text file that names some images of a split by their index, such as those whose label is disputed."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handigits.errors import DataError, MissingFileError

__all__ = ["read_indices"]


def read_indices(path: Path, count: int) -> NDArray[np.intp]:
    """The indices in a file: one at the beginning of each line, from 0. What follows a # is passed over.

    A CSV whose first column is the index will do, such as the one that `handigits labels` writes, once a person has
    struck out the rows whose labels are right: leaving out whatever is hard for models flatters them.

    Args:
        path: the file.
        count: how many images there are.

    Returns:
        Indices in ascending order, each once.

    Raises:
        MissingFileError: there is no such file.
        DataError: a line begins with something else, or there is no such image.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as err:
        raise MissingFileError(f"{path}: no such file; expected one index of an image on each line.") from err
    except (UnicodeDecodeError, OSError) as err:
        raise DataError(f"{path}: cannot be read ({err}); expected text with one index on each line.") from err
    found = set()
    for number, line in enumerate(lines, start=1):
        word = line.partition("#")[0].partition(",")[0].strip()
        if not word or (number == 1 and word == "index"):
            continue
        if not (word.isascii() and word.isdigit() and int(word) < count):
            raise DataError(
                f"{path}: line {number} begins with {word[:40]!r}; expected an index from 0 to {count - 1:,}."
            )
        found.add(int(word))
    return np.array(sorted(found), dtype=np.intp)
