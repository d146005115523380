from pathlib import Path

import numpy as np
import pytest

from handigits.data import Split
from handigits.errors import DataError, MissingFileError
from handigits.evaluation.disputed import read_disputed

SPLIT = Split(np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10, "toy/test")


def written(directory: Path, text: str) -> Path:
    path = directory / "disputed"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "index,label,suggestion\n13,3,8\n2,2,7\n13,3,8\n",
        "suggestion,label,index\r\n8,3,13\r\n7,2,2\r\n",
        "\ufeffindex,label\r\n13,3\r\n2,2\r\n",
        "index\n13\n2\n",
        "13\n2\n",
        "\ufeff13\n2\n",
        "# looked at on Friday, by two people\n13\n\n2  # a 7, I say\n13\n",
    ],
    ids=["table", "other columns", "from a spreadsheet", "indices alone", "list", "list with a mark", "remarks"],
)
def test_a_table_and_a_list_give_places_once_and_in_order(tmp_path: Path, text: str) -> None:
    assert read_disputed(written(tmp_path, text), SPLIT).tolist() == [2, 13]


@pytest.mark.parametrize("text", ["index,label\n", ""])
def test_a_file_without_rows_disputes_nothing(tmp_path: Path, text: str) -> None:
    assert read_disputed(written(tmp_path, text), SPLIT).tolist() == []


@pytest.mark.parametrize("row", ["2,3", "2,", "2", "2,x"])
def test_a_table_of_other_digits_is_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(DataError, match=r"line 2 says .*table of other digits"):
        read_disputed(written(tmp_path, f"index,label\n{row}\n"), SPLIT)


@pytest.mark.parametrize("text", ["3\n{}\n", "index,label\n{},3\n"], ids=["list", "table"])
@pytest.mark.parametrize("index", ["ten", "-1", "20", "1.5", "\u00b2", "\x00"])
def test_what_is_no_index_of_an_image_is_refused_with_its_line(tmp_path: Path, text: str, index: str) -> None:
    with pytest.raises(DataError, match=r"line 2 has .*from 0 to 19; expected an index on each line, or a table"):
        read_disputed(written(tmp_path, text.format(index)), SPLIT)


def test_a_table_without_indices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1 has 'label'"):
        read_disputed(written(tmp_path, "label\n3\n"), SPLIT)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"model\.onnx cannot be read"):
        read_disputed(path, SPLIT)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="handigits labels"):
        read_disputed(tmp_path / "labels.csv", SPLIT)
