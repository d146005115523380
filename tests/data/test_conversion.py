import csv
import errno
import os
from pathlib import Path

import numpy as np
import pytest

from handigits.data import conversion
from handigits.data.conversion import convert
from handigits.data.kaggle_csv import read_kaggle_csv
from handigits.data.split import Dataset, Split
from handigits.errors import ConfigError, DataError


@pytest.fixture
def dataset() -> Dataset:
    """Fifty images that can be told apart by their first pixels."""
    images = np.zeros((50, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(50) + 2
    labels = np.arange(50) % 10
    return Dataset("marked", Split(images[:40], labels[:40]), Split(images[40:], labels[40:]))


def marks(images: np.ndarray) -> list[int]:
    return (images[:, 0, 0].astype(int) - 2).tolist()


def test_a_kaggle_pair_divides_all_images_once_and_shuffled(tmp_path, dataset):
    convert(dataset, tmp_path / "kaggle", file_format="kaggle")
    images, labels = read_kaggle_csv(tmp_path / "kaggle" / "train.csv")
    asked, none = read_kaggle_csv(tmp_path / "kaggle" / "test.csv")
    assert none is None
    assert (len(images), len(asked)) == (30, 20)
    assert sorted(marks(images) + marks(asked)) == list(range(50))
    assert marks(images) != sorted(marks(images))
    assert labels.tolist() == [mark % 10 for mark in marks(images)]


def test_the_true_labels_of_a_kaggle_pair_are_shaped_like_a_submission(tmp_path, dataset):
    convert(dataset, tmp_path / "kaggle", file_format="kaggle")
    asked, _ = read_kaggle_csv(tmp_path / "kaggle" / "test.csv")
    with (tmp_path / "kaggle" / "test_labels.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["ImageId", "Label"]
    assert [[int(cell) for cell in row] for row in rows] == [[n, m % 10] for n, m in enumerate(marks(asked), 1)]


def test_a_kaggle_pair_depends_on_the_seed_alone(tmp_path, dataset):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        convert(dataset, tmp_path / name, file_format="kaggle", seed=seed)
    a, b, c = ((tmp_path / name / "train.csv").read_bytes() for name in "abc")
    assert a == b != c


def test_npz_is_told_by_the_destination(tmp_path, dataset):
    convert(dataset, tmp_path / "new" / "digits.npz")
    assert (tmp_path / "new" / "digits.npz").is_file()


@pytest.mark.parametrize("file_format", [None, "parquet"])
def test_an_unknown_format_is_refused_with_the_choice(tmp_path, dataset, file_format):
    with pytest.raises(ConfigError, match="--format: idx, csv, folders, npz, kaggle"):
        convert(dataset, tmp_path / "out", file_format=file_format)


def test_what_exists_is_not_overwritten(tmp_path, dataset):
    (tmp_path / "digits").mkdir()
    (tmp_path / "digits" / "train.csv").write_text("precious")
    (tmp_path / "digits.npz").write_text("precious")
    for name, file_format in (("digits", "csv"), ("digits.npz", "npz")):
        with pytest.raises(DataError, match="exists already"):
            convert(dataset, tmp_path / name, file_format=file_format)
    assert (tmp_path / "digits" / "train.csv").read_text() == (tmp_path / "digits.npz").read_text() == "precious"


def test_an_empty_folder_may_be_filled(tmp_path, dataset):
    convert(dataset, tmp_path, file_format="idx")
    assert len(list(tmp_path.iterdir())) == 4


def test_the_current_folder_may_be_filled(tmp_path, dataset, monkeypatch):
    monkeypatch.chdir(tmp_path)
    convert(dataset, Path(), file_format="csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test.csv", "train.csv"]


def test_force_replaces_a_dataset_of_any_format(tmp_path, dataset):
    for file_format in ("idx", "csv", "kaggle", "folders", "idx"):
        convert(dataset, tmp_path / "digits", file_format=file_format, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["digits"]
    assert len(list((tmp_path / "digits").iterdir())) == 4


def test_force_never_deletes_what_is_not_a_dataset(tmp_path, dataset):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(DataError, match=r"holds 'thesis\.tex', which no dataset has"):
        convert(dataset, tmp_path, file_format="idx", force=True)
    with pytest.raises(DataError, match="is not a folder, so it is not replaced"):
        convert(dataset, tmp_path / "thesis.tex", file_format="idx", force=True)
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(DataError, match="is not a file, so it is not replaced"):
        convert(dataset, tmp_path / "folder.npz", force=True)
    assert (tmp_path / "thesis.tex").read_text() == "precious"


@pytest.mark.parametrize("before", [False, True])
def test_a_full_disk_leaves_what_was_there(tmp_path, dataset, monkeypatch, before):
    if before:
        convert(dataset, tmp_path / "digits", file_format="csv")

    def fail(folder, splits):
        (folder / "half").touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(conversion, "write_idx_folder", fail)
    with pytest.raises(DataError, match="cannot be written: No space left"):
        convert(dataset, tmp_path / "digits", file_format="idx", force=True)
    assert [path.name for path in tmp_path.iterdir()] == (["digits"] if before else [])


def test_a_file_in_the_way_of_the_folder_is_told(tmp_path, dataset):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        convert(dataset, tmp_path / "file" / "digits", file_format="idx")
