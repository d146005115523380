"""Labels that are not to be counted: the table that `handigits labels` writes, after people have looked through it.

Reads and checks. Which labels are disputed is for people to say: the rows of those that are right are deleted.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import Split
from handigits.errors import DataError, MissingFileError

__all__ = ["read_disputed"]


def read_disputed(path: Path, split: Split) -> NDArray[np.int64]:
    """The places in a split, ascending, whose labels a table disputes.

    Args:
        path: a CSV with the columns `index` and `label`, such as `labels.csv`; other columns are not looked at.
        split: whose labels they are.

    Raises:
        MissingFileError: there is no such file.
        DataError: it is no such table, or a table of another split.
    """
    try:
        with path.open(encoding="utf-8", newline="") as table:
            reader = csv.reader(table)
            head = next(reader, [])
            at = head.index("index"), head.index("label")
            pairs = [(int(row[at[0]]), int(row[at[1]])) for row in reader if row]
    except FileNotFoundError as err:
        raise MissingFileError(f"There is no {path}; `handigits labels` writes such a table as labels.csv.") from err
    except (IndexError, ValueError, csv.Error, OSError) as err:
        raise DataError(
            f"{path} is not a table of labels; expected a CSV with whole numbers in the columns index and label, "
            "such as the labels.csv that `handigits labels` writes."
        ) from err
    for index, label in pairs:
        if not 0 <= index < len(split) or split.labels[index] != label:
            raise DataError(
                f"{path} says that no. {index} is labelled {label}, which is not so in {split.name}: it is a table of "
                "other digits. Name the one that `handigits labels` wrote for the same --data and --split."
            )
    return np.unique(np.array([index for index, _ in pairs], dtype=np.int64))
