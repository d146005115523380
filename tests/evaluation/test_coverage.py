import json

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.evaluation import measure_coverage


def sure(*confidences: float) -> NDArray[np.float64]:
    """Answers of zero, each with its confidence."""
    return np.array([[confidence] + [(1 - confidence) / 9] * 9 for confidence in confidences])


def test_the_least_sure_are_left_out_first() -> None:
    curve = measure_coverage(sure(0.6, 0.9, 0.8, 0.7), np.array([1, 0, 0, 0]))
    assert curve.accuracy(1.0) == 0.75
    assert curve.accuracy(0.75) == 1


def test_a_mistake_that_the_model_is_sure_of_stays() -> None:
    curve = measure_coverage(sure(0.9, 0.8, 0.7, 0.6), np.array([1, 0, 0, 0]))
    assert curve.accuracy(0.5) == 0.5


def test_the_curve_ends_with_all_digits_and_the_plain_accuracy() -> None:
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet(np.ones(10), 200)
    labels = generator.integers(0, 10, 200)
    curve = measure_coverage(probabilities, labels)
    assert curve.shares[-1] == 1
    assert curve.accuracies[-1] == pytest.approx((probabilities.argmax(1) == labels).mean())


def test_equally_sure_digits_are_left_out_together() -> None:
    curve = measure_coverage(sure(0.9, 0.7, 0.7, 0.7), np.array([0, 0, 1, 0]))
    assert curve.shares.tolist() == [0.25, 1.0]


def test_without_mistakes_there_is_one_point() -> None:
    curve = measure_coverage(np.eye(10), np.arange(10))
    assert (curve.shares.tolist(), curve.accuracies.tolist()) == ([1.0], [1.0])


def test_nothing_answered_is_nothing_wrong() -> None:
    assert measure_coverage(sure(0.9), np.array([1])).accuracy(0.0) == 1


def test_it_is_plain_json() -> None:
    curve = measure_coverage(sure(0.9, 0.8), np.array([0, 1]))
    assert json.loads(json.dumps(curve.to_json())) == {
        "mistakes": [0.8],
        "shares": [0.5, 1.0],
        "accuracies": [1.0, 0.5],
    }
