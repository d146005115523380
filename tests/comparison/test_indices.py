from pathlib import Path

import pytest

from handigits.comparison import read_indices
from handigits.errors import DataError, MissingFileError


def test_a_list_with_remarks_is_read_in_order_each_once(tmp_path: Path) -> None:
    path = tmp_path / "disputed.txt"
    path.write_text("# looked at on Friday\n7\n\n3  # a 5, I say\n7\n")
    assert read_indices(path, 10).tolist() == [3, 7]


def test_the_first_column_of_a_table_will_do(tmp_path: Path) -> None:
    path = tmp_path / "issues.csv"
    path.write_text("index,label,suggestion\r\n4,3,5\r\n")
    assert read_indices(path, 10).tolist() == [4]


@pytest.mark.parametrize("line", ["ten", "-1", "10", "1.5", "²"])
def test_what_is_no_index_of_an_image_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "disputed.txt"
    path.write_text(f"3\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 2 begins with .*expected an index from 0 to 9\."):
        read_indices(path, 10)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nothing\.txt: no such file"):
        read_indices(tmp_path / "nothing.txt", 10)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="expected text with one index on each line"):
        read_indices(path, 10)
