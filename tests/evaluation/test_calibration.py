import json

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.evaluation import measure_reliability


def confident(confidence: float, count: int) -> NDArray[np.float32]:
    """`count` answers of zero with this confidence, the rest spread evenly."""
    row = np.full(10, (1 - confidence) / 9, np.float32)
    row[0] = confidence
    return np.tile(row, (count, 1))


def test_a_model_that_is_right_as_often_as_it_says_has_no_error() -> None:
    labels = np.array([0] * 8 + [1] * 2)
    assert measure_reliability(confident(0.8, 10), labels).error == pytest.approx(0, abs=1e-6)


def test_the_error_is_the_gap_between_confidence_and_accuracy() -> None:
    labels = np.array([0] * 5 + [1] * 5)
    assert measure_reliability(confident(0.9, 10), labels).error == pytest.approx(0.4, abs=1e-6)


def test_the_error_weighs_bins_by_their_digits() -> None:
    probabilities = np.concatenate([confident(0.9, 30), confident(0.5, 10)])
    labels = np.array([0] * 27 + [1] * 3 + [0] * 10)  # gaps of 0 for thirty digits and 0.5 for ten
    assert measure_reliability(probabilities, labels).error == pytest.approx(0.125, abs=1e-6)


def test_every_digit_is_in_one_bin_and_full_confidence_in_the_last() -> None:
    result = measure_reliability(np.eye(10, dtype=np.float32), np.arange(10), bins=5)
    assert result.counts.tolist() == [0, 0, 0, 0, 10]
    assert result.accuracies[-1] == 1


def test_empty_bins_are_null_in_json() -> None:
    content = json.dumps(
        measure_reliability(confident(0.8, 3), np.zeros(3, np.int64), bins=2).to_json(), allow_nan=False
    )
    assert json.loads(content)["accuracies"] == [None, 1.0]


def test_the_interval_holds_the_error_and_nothing_where_there_is_a_gap() -> None:
    labels = np.array([0] * 500 + [1] * 500)
    result = measure_reliability(confident(0.9, 1_000), labels)
    low, high = result.interval
    assert 0.3 < low < result.error < high < 0.5


def test_the_interval_begins_at_nothing_where_chance_alone_opens_such_gaps() -> None:
    generator = np.random.default_rng(0)
    sure = generator.uniform(0.5, 1, 1_000)
    probabilities = np.zeros((1_000, 10))
    probabilities[:, 0], probabilities[:, 1] = sure, 1 - sure
    result = measure_reliability(probabilities, (generator.random(1_000) > sure).astype(np.int64))
    assert result.error > 0
    assert result.interval[0] == 0
    assert result.interval[1] >= result.error
