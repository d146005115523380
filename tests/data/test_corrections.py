import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from handigits.data import load_dataset
from handigits.data.corrections import Corrections, NoRoomError, read_corrections
from handigits.errors import DataError, MissingFileError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "corrections.sqlite"


def image(value: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((28, 28), value, np.uint8)


def test_what_was_added_is_read_in_its_order(path: Path) -> None:
    corrections = Corrections(path)
    corrections.add([image(1)], [7], picture=b"the file")
    corrections.add([image(2), image(3)], [4, 2])
    split = read_corrections(path)
    assert split.labels.tolist() == [7, 4, 2]
    assert split.images[:, 0, 0].tolist() == [1, 2, 3]
    assert len(corrections) == 3


def test_an_id_deletes_its_own_digits_only(path: Path) -> None:
    corrections = Corrections(path)
    first, second = corrections.add([image(1), image(2)], [1, 2]), corrections.add([image(3)], [3])
    assert corrections.delete(first)
    assert read_corrections(path).labels.tolist() == [3]
    assert not corrections.delete(first)
    assert corrections.delete(second)


def test_what_was_deleted_is_gone_from_the_file(path: Path) -> None:
    corrections = Corrections(path)
    key = corrections.add([image(1)], [1], picture=b"a picture of somebody")
    assert b"a picture of somebody" in path.read_bytes()
    corrections.delete(key)
    assert b"a picture of somebody" not in path.read_bytes()


def test_nothing_is_kept_beyond_a_number_of_digits(path: Path) -> None:
    corrections = Corrections(path)
    corrections.add([image(1)], [1], max_digits=2)
    with pytest.raises(NoRoomError, match="1 digits are kept, and at most 2 may be"):
        corrections.add([image(2), image(3)], [2, 3], max_digits=2)
    assert len(corrections) == 1


def test_threads_do_not_pass_the_limit_together(path: Path) -> None:
    corrections = Corrections(path)

    def add(value: int) -> bool:
        try:
            corrections.add([image(value)], [1], max_digits=5)
        except NoRoomError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(add, range(40))) == 5
    assert len(corrections) == 5


def test_a_file_grows_no_larger_than_allowed(path: Path) -> None:
    corrections = Corrections(path)
    with pytest.raises(NoRoomError, match="no more room"):
        corrections.add([image(1)], [1], picture=bytes(50_000), max_bytes=50_000)
    corrections.add([image(1)], [1], picture=bytes(5_000), max_bytes=50_000)
    assert len(corrections) == 1
    assert path.stat().st_size <= 50_000


def test_a_file_is_opened_again_with_what_it_holds(path: Path) -> None:
    Corrections(path).add([image(1)], [7])
    assert len(Corrections(path)) == 1


def test_a_file_of_corrections_is_a_dataset_by_its_path(path: Path) -> None:
    Corrections(path).add([image(1)], [7])
    dataset = load_dataset(path)
    assert dataset.train.labels.tolist() == [7]
    assert dataset.test is None


def test_a_file_without_corrections_is_no_dataset(path: Path) -> None:
    Corrections(path)
    with pytest.raises(DataError, match="holds no images"):
        load_dataset(path)


def test_another_file_is_refused_for_reading_and_writing(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(DataError, match="SQLite"):
        read_corrections(path)
    with pytest.raises(DataError, match="SQLite"):
        Corrections(path)


def test_a_database_of_something_else_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE songs (title TEXT)")
    database.close()
    with pytest.raises(DataError, match="no such table"):
        read_corrections(path)


def test_a_label_or_an_image_that_is_none_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE corrections (image BLOB, label INTEGER)")
        database.execute("INSERT INTO corrections VALUES (zeroblob(784), 11)")
    database.close()
    with pytest.raises(DataError, match="correction 1"):
        read_corrections(path)


def test_a_file_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_corrections(path)
