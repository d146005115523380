import errno
import gzip
import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from handigits.data.conversion import convert
from handigits.data.embedded import load_mnist_5k
from handigits.data.folders import write_folders
from handigits.data.formats import load_path
from handigits.data.kaggle_csv import write_kaggle_csv
from handigits.data.npz import write_npz
from handigits.data.split import Dataset
from handigits.errors import DataError, MissingFileError


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Real digits in order of their class: forty to train on, ten to test on."""
    train = load_mnist_5k().train
    places = np.array([np.flatnonzero(train.labels == label)[:5] for label in range(10)])
    return Dataset("tiny", train.subset(places[:, :4].ravel()), train.subset(places[:, 4]))


def same(left, right) -> bool:
    return np.array_equal(left.images, right.images) and np.array_equal(left.labels, right.labels)


@pytest.mark.parametrize("file_format", ["idx", "csv", "folders", "npz"])
def test_every_format_is_recognised_and_loses_nothing(tmp_path, dataset, file_format):
    path = tmp_path / ("digits.npz" if file_format == "npz" else "digits")
    convert(dataset, path, file_format=file_format)
    loaded = load_path(path)
    assert same(loaded.train, dataset.train)
    assert same(loaded.test, dataset.test)
    assert loaded.train.labels.dtype == np.int64
    assert (loaded.name, loaded.notice) == (str(path), "")


@pytest.mark.parametrize("file_format", ["idx", "csv", "folders", "npz"])
def test_a_dataset_without_test_split_stays_one(tmp_path, dataset, file_format):
    path = tmp_path / ("digits.npz" if file_format == "npz" else "digits")
    convert(Dataset("train only", dataset.train, None), path, file_format=file_format)
    assert load_path(path).test is None


def test_idx_files_may_be_unpacked_and_dotted(tmp_path, dataset):
    convert(dataset, tmp_path / "idx", file_format="idx")
    for packed in list((tmp_path / "idx").iterdir()):
        packed.with_name(packed.name.removesuffix(".gz").replace("-idx", ".idx")).write_bytes(
            gzip.decompress(packed.read_bytes())
        )
        packed.unlink()
    assert same(load_path(tmp_path / "idx").train, dataset.train)


def test_images_without_their_labels_are_missing_something(tmp_path, dataset):
    convert(dataset, tmp_path / "idx", file_format="idx")
    (tmp_path / "idx" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(MissingFileError, match="t10k-labels-idx1-ubyte"):
        load_path(tmp_path / "idx")


def test_a_single_csv_is_a_training_split(tmp_path, dataset):
    write_kaggle_csv(tmp_path / "mine.CSV", dataset.train.images, dataset.train.labels)
    loaded = load_path(tmp_path / "mine.CSV")
    assert same(loaded.train, dataset.train)
    assert loaded.test is None


def test_a_csv_without_labels_cannot_be_learnt_from(tmp_path, dataset):
    write_kaggle_csv(tmp_path / "test.csv", dataset.train.images, None)
    with pytest.raises(DataError, match="has no label column"):
        load_path(tmp_path / "test.csv")


def test_kaggles_test_file_is_no_test_split_and_the_notice_says_so(tmp_path, dataset):
    convert(dataset, tmp_path / "kaggle", file_format="kaggle")
    loaded = load_path(tmp_path / "kaggle")
    assert len(loaded.train) == 30
    assert loaded.test is None
    assert "test.csv has no labels" in loaded.notice


@pytest.mark.parametrize("file_format", ["folders", "npz"])
def test_a_validation_split_joins_the_training_split_and_the_notice_says_so(tmp_path, dataset, file_format):
    splits = {"train": dataset.train, "val": dataset.test}
    if file_format == "folders":
        path = tmp_path
        write_folders(path, splits)
    else:
        path = tmp_path / "digits.npz"
        write_npz(path, splits)
    loaded = load_path(path)
    assert len(loaded.train) == 50
    assert np.array_equal(loaded.train.labels[40:], dataset.test.labels)
    assert loaded.test is None
    assert "the 10 images of val joined train" in loaded.notice


def test_a_test_split_alone_is_refused(tmp_path, dataset):
    write_folders(tmp_path, {"test": dataset.test})
    with pytest.raises(DataError, match="holds test only; expected a train split as well"):
        load_path(tmp_path)


def test_a_split_without_images_is_refused(tmp_path, dataset):
    write_npz(tmp_path / "a.npz", {"train": dataset.train, "test": dataset.test.subset(np.array([], dtype=int))})
    with pytest.raises(DataError, match="test: holds no images"):
        load_path(tmp_path / "a.npz")


def test_the_notice_tells_of_skipped_and_inverted_pictures(tmp_path, dataset):
    write_folders(tmp_path, {"train": dataset.train})
    for path in sorted((tmp_path / "train" / "0").iterdir()):
        path.write_bytes(b"broken")
    for number in range(60):
        (tmp_path / "train" / "1" / f"dark{number}.bmp").write_bytes(dark_stroke())
    notice = load_path(tmp_path).notice
    assert "60 of 96 pictures hold dark ink on light paper and were inverted" in notice
    assert "4 of 100 files were skipped: " in notice
    assert notice.count("is not a picture") == 3


def dark_stroke() -> bytes:
    """A page of 40x40 as a bitmap file."""
    page = np.full((40, 40), 255, np.uint8)
    page[8:32, 18:22] = 0
    stream = io.BytesIO()
    Image.fromarray(page).save(stream, "BMP")
    return stream.getvalue()


def test_a_folder_of_two_datasets_is_refused(tmp_path, dataset):
    convert(dataset, tmp_path / "digits", file_format="csv")
    write_folders(tmp_path / "digits", {"train": dataset.train})
    with pytest.raises(DataError, match=r"holds train\.csv and class folders; expected one of them"):
        load_path(tmp_path / "digits")


def test_a_folder_of_no_dataset_is_told_what_was_looked_for(tmp_path):
    with pytest.raises(DataError, match=r"looked for train-images-idx3-ubyte .*train\.csv.*0 to 9"):
        load_path(tmp_path)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "digits.parquet").touch()
    with pytest.raises(DataError, match=r"neither a folder nor a \.csv, \.npz or \.sqlite file"):
        load_path(tmp_path / "digits.parquet")


def test_a_folder_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "7").mkdir()

    def refuse(folder):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        load_path(tmp_path)


def test_nothing_there_is_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match="there is no such file or folder"):
        load_path(tmp_path / "gone")
