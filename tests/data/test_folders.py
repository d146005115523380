import os

import numpy as np
import pytest
from PIL import Image

from handigits.data.embedded import load_mnist_5k
from handigits.data.folders import find_class_folders, read_folders, write_folders
from handigits.data.split import Split
from handigits.errors import DataError
from handigits.ink import to_input


@pytest.fixture(scope="module")
def digits() -> Split:
    """Thirty digits, three of each class."""
    train = load_mnist_5k().train
    return train.subset(np.concatenate([np.flatnonzero(train.labels == label)[:3] for label in range(10)]))


def save(path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)


def test_what_is_written_is_read_again_in_order_of_digits(tmp_path, digits):
    shuffled = digits.subset(np.random.default_rng(0).permutation(len(digits)))
    write_folders(tmp_path, {"train": shuffled, "test": digits.subset(np.arange(6))})
    contents = read_folders(tmp_path)
    order = np.argsort(shuffled.labels, kind="stable")
    assert np.array_equal(contents.splits["train"].images, shuffled.images[order])
    assert np.array_equal(contents.splits["train"].labels, shuffled.labels[order])
    assert len(contents.splits["test"]) == 6
    assert contents.skipped == ()
    assert contents.inverted == 0


def test_digits_may_stand_in_the_folder_itself(tmp_path, digits):
    save(tmp_path / "7" / "a.png", digits.images[21])
    contents = read_folders(tmp_path)
    assert contents.splits["train"].labels.tolist() == [7]
    assert np.array_equal(contents.splits["train"].images[0], digits.images[21])


def test_splits_are_found_by_their_names(tmp_path):
    for folder in ("train/0", "val/9", "test/3", "extra/1"):
        (tmp_path / folder).mkdir(parents=True)
    assert list(find_class_folders(tmp_path)) == ["train", "val", "test"]


def test_a_picture_of_any_size_is_read_as_it_would_be_predicted(tmp_path):
    page = np.full((90, 60), 255, np.uint8)
    page[20:70, 25:31] = 0
    save(tmp_path / "1" / "photo.jpg", page)
    contents = read_folders(tmp_path)
    expected = to_input(np.asarray(Image.open(tmp_path / "1" / "photo.jpg")))
    assert contents.splits["train"].images[0] == pytest.approx(expected * 255, abs=0.5)
    assert contents.inverted == 1


def test_dark_ink_on_light_paper_gives_the_same_images(tmp_path, digits):
    write_folders(tmp_path / "light", {"train": digits})
    write_folders(tmp_path / "dark", {"train": Split(255 - digits.images, digits.labels)})
    light, dark = read_folders(tmp_path / "light"), read_folders(tmp_path / "dark")
    assert np.array_equal(light.splits["train"].images, dark.splits["train"].images)
    assert (light.inverted, dark.inverted) == (0, len(digits))


def test_one_picture_filled_to_its_edges_follows_the_others(tmp_path, digits):
    images = digits.images.copy()
    images[0] = 250
    images[0, 10:18, 10:18] = 0
    write_folders(tmp_path, {"train": Split(images, digits.labels)})
    assert np.array_equal(read_folders(tmp_path).splits["train"].images[0], images[0])


def test_where_pictures_disagree_each_is_judged_by_itself(tmp_path, digits):
    images = digits.images.copy()
    images[::2] = 255 - images[::2]
    write_folders(tmp_path, {"train": Split(images, digits.labels)})
    contents = read_folders(tmp_path)
    assert np.array_equal(contents.splits["train"].images, digits.images)
    assert contents.inverted == 15


def test_bad_files_are_skipped_and_named_with_their_reason(tmp_path, digits):
    save(tmp_path / "train" / "3" / "good.png", digits.images[9])
    folder = tmp_path / "train" / "3"
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("no picture")
    (folder / "nested").mkdir()
    (folder / "nowhere.png").symlink_to(folder / "gone.png")
    (folder / "self.png").symlink_to(folder / "self.png")
    (folder / "parent").symlink_to(tmp_path)
    (folder / ".hidden").write_text("left out")
    contents = read_folders(tmp_path)
    assert contents.splits["train"].labels.tolist() == [3]
    reasons = dict(line.split(": ", 1) for line in contents.skipped)
    names = ["empty.png", "nested", "nowhere.png", "parent", "self.png", "text.png"]
    assert list(reasons) == [str((folder / name).relative_to(tmp_path)) for name in names]
    assert all(reasons.values())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_is_skipped_without_a_hang(tmp_path, digits):
    save(tmp_path / "3" / "good.png", digits.images[9])
    os.mkfifo(tmp_path / "3" / "pipe.png")
    contents = read_folders(tmp_path)
    assert len(contents.splits["train"]) == 1
    assert "pipe.png: is not a regular file" in contents.skipped[0]


def test_a_folder_of_another_name_is_refused(tmp_path):
    (tmp_path / "train" / "0").mkdir(parents=True)
    (tmp_path / "train" / "10").mkdir()
    with pytest.raises(DataError, match="holds a folder '10'; expected folders 0 to 9 only"):
        read_folders(tmp_path)


def test_folders_without_any_picture_are_refused(tmp_path):
    (tmp_path / "0").mkdir()
    with pytest.raises(DataError, match="no picture could be read"):
        read_folders(tmp_path)
    (tmp_path / "0" / "a.png").touch()
    with pytest.raises(DataError, match=r"no picture could be read. The first of 1 files: 0.a\.png: is empty"):
        read_folders(tmp_path)


def test_a_folder_without_digits_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no folders 0 to 9"):
        read_folders(tmp_path)
