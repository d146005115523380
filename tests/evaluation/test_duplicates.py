import json
import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import Split
from handigits.errors import ConfigError
from handigits.evaluation import duplicates
from handigits.evaluation.duplicates import find_duplicates

EQUAL, NEARLY = (3, 17), (5, 30)


@pytest.fixture
def images() -> NDArray[np.uint8]:
    """40 unlike images, but for two that are equal and two that differ in a few grey values."""
    images = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    images[EQUAL[1]] = images[EQUAL[0]]
    images[NEARLY[1]] = np.where(images[NEARLY[0]] > 250, 240, images[NEARLY[0]])
    return images


@pytest.fixture
def splits(images: NDArray[np.uint8]) -> list[Split]:
    """The first 20 to learn from, the others as a test split; the two that are nearly equal contradict each other."""
    labels = np.arange(40) % 10
    labels[EQUAL[1]] = labels[EQUAL[0]]
    return [Split(images[:20], labels[:20], "toy/train"), Split(images[20:], labels[20:] + 0, "toy/test")]


def test_equal_images_are_found_and_counted_apart_from_nearly_equal_ones(splits: list[Split]) -> None:
    found = find_duplicates(splits)
    assert found.counts == {("toy/train", "toy/train"): (1, 0), ("toy/train", "toy/test"): (0, 1)}


def test_the_closest_come_first_with_their_places_and_pictures(splits: list[Split], images: NDArray[np.uint8]) -> None:
    found = find_duplicates(splits)
    equal, nearly = found.twins
    assert (equal.first.index, equal.second.index, equal.distance) == (*EQUAL, 0.0)
    assert (nearly.first.split, nearly.second.split) == ("toy/train", "toy/test")
    assert (nearly.first.index, nearly.second.index) == (NEARLY[0], NEARLY[1] - 20)
    assert 0 < nearly.distance < 0.1
    assert np.array_equal(found.images[1], images[list(NEARLY)])


def test_twins_with_two_labels_contradict_each_other(images: NDArray[np.uint8]) -> None:
    labels = np.zeros(40, dtype=np.int64)
    labels[EQUAL[1]] = 1
    equal, nearly = find_duplicates([Split(images, labels)]).twins
    assert (equal.contradict, nearly.contradict) == (True, False)


def test_within_0_only_equal_images_are_twins(splits: list[Split]) -> None:
    assert [twins.distance for twins in find_duplicates(splits, within=0).twins] == [0.0]


def test_all_are_counted_however_few_are_shown(splits: list[Split]) -> None:
    found = find_duplicates(splits, limit=1)
    assert (len(found.twins), len(found.counts)) == (1, 2)


def test_blocks_make_no_difference(splits: list[Split], monkeypatch: pytest.MonkeyPatch) -> None:
    whole, shares = find_duplicates(splits), []
    monkeypatch.setattr(duplicates, "_PAIRS", 200)
    parts = find_duplicates(splits, watch=shares.append)
    assert (parts.counts, parts.twins) == (whole.counts, whole.twins)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_two_numbers_are_held_for_each_pair_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    count, pairs = 3_000, 2_000_000
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    monkeypatch.setattr(duplicates, "_PAIRS", pairs)
    tracemalloc.start()
    find_duplicates([Split(images, np.zeros(count, np.int64))])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (784 + 4 * 784) * count + 2.5 * 4 * pairs  # the images as bytes and as rows, and the pairs


def test_blank_images_are_each_others_twins() -> None:
    blank = Split(np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.int64))
    assert find_duplicates([blank]).counts == {("images", "images"): (3, 0)}


def test_an_image_is_no_twin_of_one_that_is_fainter() -> None:
    bright = np.zeros((28, 28), np.uint8)
    bright[5:20, 13:15] = 250
    both = Split(np.stack([bright, bright // 2]), np.zeros(2, np.int64))
    assert not find_duplicates([both], within=0.3).twins


@pytest.mark.parametrize("within", [-0.1, 0.5, float("nan")])
def test_a_distance_out_of_range_is_refused(within: float) -> None:
    with pytest.raises(ConfigError, match=r"from 0 to 0\.3"):
        find_duplicates([], within=within)


def test_everything_is_json(splits: list[Split]) -> None:
    stored = json.loads(json.dumps(find_duplicates(splits).to_json()))
    assert stored["counts"][0] == {"splits": ["toy/train", "toy/train"], "equal": 1, "nearly": 0}
    assert stored["twins"][1]["first"] == {"split": "toy/train", "index": 5, "label": 5}
