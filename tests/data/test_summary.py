import dataclasses
import json

import numpy as np
import pytest

from handigits.data.split import Dataset, Split
from handigits.data.summary import summarize
from handigits.errors import DataError


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def test_counts_are_given_for_every_class():
    summary = summarize(Dataset("few", Split(noise(5), np.array([3, 3, 3, 9, 0])), None))
    assert summary.train.count == 5
    assert summary.train.class_counts == (1, 0, 0, 3, 0, 0, 0, 0, 0, 1)
    assert summary.test is None


def test_mean_and_deviation_are_those_of_the_pixels():
    images = noise(5_000)  # more than one chunk
    summary = summarize(Dataset("noise", Split(images, np.zeros(5_000, np.int64)), None))
    assert summary.train.pixel_mean == pytest.approx(images.mean() / 255, rel=1e-9)
    assert summary.train.pixel_sd == pytest.approx(images.std() / 255, rel=1e-9)


def test_duplicates_and_contradictions_are_counted_within_a_split():
    images = noise(6)
    images[[2, 3, 5]] = images[0]
    summary = summarize(Dataset("twice", Split(images, np.array([1, 1, 1, 7, 1, 1])), None))
    assert summary.train.duplicates == 3
    assert summary.train.contradictions == 1


def test_images_that_differ_in_one_pixel_are_not_duplicates():
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 27, 27] = 1
    assert summarize(Dataset("near", Split(images, np.zeros(2, np.int64)), None)).train.duplicates == 0


def test_test_images_that_were_trained_on_are_counted():
    train, test = noise(5), noise(4, seed=1)
    test[[0, 3]] = train[4]
    labels = np.zeros(9, np.int64)
    summary = summarize(Dataset("leak", Split(train, labels[:5]), Split(test, labels[:4])))
    assert summary.leaked == 2
    assert (summary.train.duplicates, summary.test.duplicates) == (0, 1)


def test_samples_are_of_their_class_and_depend_on_the_seed_alone():
    labels = np.arange(200) % 9  # no nines
    dataset = Dataset("cycle", Split(noise(200), labels), None)
    samples = summarize(dataset, samples_per_class=4, seed=1).train.samples
    assert [len(set(indices)) for indices in samples] == [4] * 9 + [0]
    assert all((labels[list(indices)] == label).all() for label, indices in enumerate(samples))
    assert samples == summarize(dataset, samples_per_class=4, seed=1).train.samples
    assert samples != summarize(dataset, samples_per_class=4, seed=2).train.samples


def test_a_summary_is_fit_for_json():
    split = Split(noise(3), np.array([1, 2, 3]))
    summary = dataclasses.asdict(summarize(Dataset("json", split, split, notice="told")))
    assert json.loads(json.dumps(summary, allow_nan=False))["notice"] == "told"


def test_a_split_without_images_is_refused():
    empty = Split(noise(0), np.zeros(0, np.int64), "nothing")
    with pytest.raises(DataError, match="nothing: holds no images"):
        summarize(Dataset("empty", Split(noise(1), np.array([1])), empty))
