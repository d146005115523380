"""Labels that are not to be counted: a table such as `handigits labels` writes, or a list, that people made of it.

Reads and checks. Which labels are disputed is for people to say: leaving out whatever is hard for models flatters them.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import Split
from handigits.errors import DataError, MissingFileError

__all__ = ["read_disputed"]


def read_disputed(path: Path, split: Split) -> NDArray[np.int64]:
    """The places in a split whose labels a file disputes: ascending, each once.

    Args:
        path: a list with an index from 0 at the beginning of each line, or a CSV with a column `index`, such as
            `labels.csv`; a column `label` is compared with the labels of the split, other columns are not looked at.
            What follows a # after the index is passed over, and so is a line that begins with it.
        split: whose labels they are.

    Raises:
        MissingFileError: there is no such file.
        DataError: it is neither, or about another split.
    """
    rows = _rows(path)
    head = [cell.strip() for cell in rows[0]] if rows else []
    is_table = "index" in head
    at_index = head.index("index") if is_table else 0
    at_label = head.index("label") if is_table and "label" in head else None
    disputed: set[int] = set()
    for number, row in enumerate(rows[is_table:], start=1 + is_table):
        if not (word := _word(row, at_index)):
            continue
        if not (word.isascii() and word.isdigit() and int(word) < len(split)):
            raise DataError(
                f"{path}: line {number} has {word[:40]!r} where an index of {split.name} belongs, from 0 to "
                f"{len(split) - 1:,}; expected {_EXPECTED}."
            )
        label = str(split.labels[int(word)])
        if at_label is not None and _word(row, at_label) != label:
            raise DataError(
                f"{path}: line {number} says that no. {word} is labelled {_word(row, at_label)[:40]!r}, and in "
                f"{split.name} it is {label}: it is a table of other digits. Name the one that `handigits labels` "
                "wrote for the same --data and --split."
            )
        disputed.add(int(word))
    return np.array(sorted(disputed), dtype=np.int64)


_EXPECTED = (
    "an index on each line, or a table with the columns index and label such as labels.csv of `handigits labels`"
)


def _rows(path: Path) -> list[list[str]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()  # a spreadsheet puts a mark before the text
        return list(csv.reader(lines))
    except FileNotFoundError as err:
        raise MissingFileError(f"There is no {path}; expected {_EXPECTED}.") from err
    except (UnicodeDecodeError, csv.Error, OSError) as err:
        raise DataError(f"{path} cannot be read ({err}); expected {_EXPECTED}.") from err


def _word(row: list[str], column: int) -> str:
    """A cell without the remark behind it; empty where the row ends before it."""
    return row[column].partition("#")[0].strip() if column < len(row) else ""
