from pathlib import Path

import numpy as np
import pytest

from handigits.data import Split
from handigits.errors import DataError, MissingFileError
from handigits.evaluation.disputed import read_disputed

SPLIT = Split(np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10, "toy/test")


def table(directory: Path, text: str) -> Path:
    path = directory / "labels.csv"
    path.write_text(text)
    return path


def test_places_are_given_once_and_in_order(tmp_path: Path) -> None:
    path = table(tmp_path, "index,label,suggestion\n13,3,8\n2,2,7\n13,3,8\n")
    assert read_disputed(path, SPLIT).tolist() == [2, 13]


def test_a_table_without_rows_disputes_nothing(tmp_path: Path) -> None:
    assert read_disputed(table(tmp_path, "index,label\n"), SPLIT).tolist() == []


@pytest.mark.parametrize("row", ["2,3", "20,0", "-1,9"])
def test_a_table_of_other_digits_is_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(DataError, match="table of other digits"):
        read_disputed(table(tmp_path, f"index,label\n{row}\n"), SPLIT)


@pytest.mark.parametrize("text", ["label\n3\n", "index,label\nx,3\n", "index,label\n3\n", "\x00"])
def test_what_is_no_table_of_labels_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="expected a CSV"):
        read_disputed(table(tmp_path, text), SPLIT)


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="handigits labels"):
        read_disputed(tmp_path / "labels.csv", SPLIT)
