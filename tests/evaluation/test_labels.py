import json

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import Split
from handigits.errors import DataError
from handigits.evaluation.labels import deal_folds, rank_labels

WRONG = [3, 40, 155]


@pytest.fixture
def split() -> Split:
    """200 digits, of which three have a wrong label."""
    labels = np.arange(200) % 10
    labels[WRONG] = (labels[WRONG] + 1) % 10
    return Split(np.zeros((200, 28, 28), np.uint8), labels, "toy/test")


@pytest.fixture
def probabilities() -> NDArray[np.float64]:
    """Of a model that is 90 % sure of what the digits really are."""
    return np.where(np.eye(10, dtype=bool)[np.arange(200) % 10], 0.9, 0.1 / 9)


def test_wrong_labels_come_first(split: Split, probabilities: NDArray[np.float64]) -> None:
    check = rank_labels(probabilities, split, limit=5, protocol="")
    assert [row.index for row in check.gallery.rows[:3]] == WRONG
    assert [row.predicted for row in check.gallery.rows[:3]] == [index % 10 for index in WRONG]
    assert (len(check.gallery.rows), check.gallery.total) == (5, 200)


def test_confident_learning_counts_what_is_wrong(split: Split, probabilities: NDArray[np.float64]) -> None:
    assert rank_labels(probabilities, split, limit=5, protocol="").wrong == tuple(WRONG)


def test_a_digit_that_nobody_is_sure_of_comes_before_one_that_is_clear(
    split: Split, probabilities: NDArray[np.float64]
) -> None:
    probabilities[7] = 0.1
    assert rank_labels(probabilities, split, limit=4, protocol="").gallery.rows[3].index == 7


@pytest.mark.parametrize("doubt", [0.0, 1e-17, 1e-9, 1e-4])
def test_models_that_are_certain_are_taken_at_their_word(split: Split, doubt: float) -> None:
    sure = np.where(np.eye(10, dtype=bool)[np.arange(200) % 10], 1 - 9 * doubt, doubt)
    check = rank_labels(sure, split, limit=3, protocol="")
    assert check.wrong == tuple(WRONG)
    assert sorted(row.index for row in check.gallery.rows) == WRONG


def test_a_split_without_some_of_the_digits_is_ranked_all_the_same(probabilities: NDArray[np.float64]) -> None:
    threes = Split(np.zeros((20, 28, 28), np.uint8), np.full(20, 3), "threes")
    check = rank_labels(probabilities[:20], threes, limit=20, protocol="")
    assert {row.index for row in check.gallery.rows[-2:]} == {3, 13}


def test_logits_are_refused(split: Split, probabilities: NDArray[np.float64]) -> None:
    with pytest.raises(DataError, match="not probabilities"):
        rank_labels(probabilities * 7, split, limit=5, protocol="")


def test_everything_is_json(split: Split, probabilities: NDArray[np.float64]) -> None:
    stored = json.loads(json.dumps(rank_labels(probabilities, split, limit=5, protocol="ten models").to_json()))
    assert (stored["count"], stored["protocol"], stored["wrong"]) == (200, "ten models", WRONG)
    assert stored["issues"][0]["index"] == 3


@pytest.mark.parametrize("folds", [2, 3, 7])
def test_folds_are_equal_and_each_has_its_share_of_every_digit(folds: int) -> None:
    labels = np.random.default_rng(0).integers(0, 10, 500)
    dealt = deal_folds(labels, folds, seed=1)
    assert np.ptp(np.bincount(dealt, minlength=folds)) <= 1
    for label in range(10):
        assert np.ptp(np.bincount(dealt[labels == label], minlength=folds)) <= 1


def test_folds_are_drawn_by_the_seed() -> None:
    labels = np.arange(100) % 10
    assert np.array_equal(deal_folds(labels, 5, seed=1), deal_folds(labels, 5, seed=1))
    assert not np.array_equal(deal_folds(labels, 5, seed=1), deal_folds(labels, 5, seed=2))
