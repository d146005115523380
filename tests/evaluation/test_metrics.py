import json
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as sk

from handigits.errors import DataError
from handigits.evaluation import Confusion, Evaluation, classification_report, evaluate_probabilities


def answers(count: int = 400, *, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Probabilities that are right most of the time, and their labels."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 10, count)
    logits = generator.normal(size=(count, 10)) + 2.5 * np.eye(10)[labels]
    odds = np.exp(logits)
    return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32), labels


@pytest.fixture
def evaluation() -> Evaluation:
    return evaluate_probabilities(*answers(), split_name="test")


def certain(predicted: list[int]) -> NDArray[np.float32]:
    return np.eye(10, dtype=np.float32)[predicted]


def test_confusion_matrix_has_truth_in_rows_and_answers_in_columns() -> None:
    result = evaluate_probabilities(certain([9, 9, 4]), np.array([4, 4, 4]), split_name="fours")
    assert result.confusion.dtype == np.int64
    assert result.confusion[4, 9] == 2
    assert result.confusion[4, 4] == 1
    assert result.confusion.sum() == result.count == 3


def test_no_loss_at_all_is_shown_without_a_sign() -> None:
    result = evaluate_probabilities(certain([1, 2, 3]), np.array([1, 2, 3]), split_name="test")
    assert f"{result.loss:.4f}" == "0.0000"


def test_accuracy_loss_and_confusion_agree_with_scikit_learn() -> None:
    probabilities, labels = answers()
    result = evaluate_probabilities(probabilities, labels, split_name="test")
    predicted = probabilities.argmax(axis=1)
    assert result.accuracy == sk.accuracy_score(labels, predicted)
    assert result.loss == pytest.approx(sk.log_loss(labels, probabilities), rel=1e-5)
    np.testing.assert_array_equal(result.confusion, sk.confusion_matrix(labels, predicted))


def test_brier_score_agrees_with_scikit_learn_summed_over_classes() -> None:
    probabilities, labels = answers()
    result = evaluate_probabilities(probabilities, labels, split_name="test")
    by_class = [sk.brier_score_loss(labels == digit, probabilities[:, digit].astype(float)) for digit in range(10)]
    assert result.brier == pytest.approx(sum(by_class), rel=1e-6)


def test_report_is_the_one_of_scikit_learn_with_a_micro_average_added() -> None:
    probabilities, labels = answers()
    ours = classification_report(evaluate_probabilities(probabilities, labels, split_name="test")).splitlines()
    micro = [line for line in ours if "micro avg" in line]
    theirs = sk.classification_report(labels, probabilities.argmax(axis=1), digits=4).splitlines()
    assert len(micro) == 1
    assert [line.split() for line in ours if line not in micro] == [line.split() for line in theirs]
    assert [len(line) for line in ours if line] == [len(theirs[0])] * 15


def test_digits_that_never_occur_are_left_out_of_report_and_macro_average() -> None:
    result = evaluate_probabilities(certain([3, 3, 5]), np.array([3, 3, 3]), split_name="threes")
    expected = sk.classification_report([3, 3, 3], [3, 3, 5], output_dict=True, zero_division=0)
    assert [scores.label for scores in result.present] == [3, 5]
    assert result.macro.recall == pytest.approx(expected["macro avg"]["recall"])
    assert result.weighted.recall == pytest.approx(expected["weighted avg"]["recall"])


def test_most_confused_pairs_come_commonest_first() -> None:
    result = evaluate_probabilities(certain([9, 7, 7, 2]), np.array([4, 1, 1, 2]), split_name="test")
    assert result.most_confused() == (Confusion(1, 7, 2), Confusion(4, 9, 1))
    assert result.most_confused(1) == (Confusion(1, 7, 2),)


def test_a_perfect_model_has_no_confused_pairs() -> None:
    assert evaluate_probabilities(certain([1, 2]), np.array([1, 2]), split_name="test").most_confused() == ()


def test_a_certain_mistake_costs_much_but_not_infinitely() -> None:
    result = evaluate_probabilities(certain([0]), np.array([1]), split_name="test")
    assert math.isfinite(result.loss)
    assert result.loss > 80


def test_a_small_probability_keeps_its_exact_loss() -> None:
    probabilities = np.zeros((1, 10), np.float32)
    probabilities[0, :2] = 1 - 1e-12, 1e-12
    result = evaluate_probabilities(probabilities, np.array([1]), split_name="test")
    assert result.loss == pytest.approx(-math.log(1e-12), rel=1e-6)


def test_json_round_trips_and_holds_the_summary(evaluation: Evaluation) -> None:
    content = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))
    assert {key: content[key] for key in ("accuracy", "loss", "count", "interval")} == evaluation.summary()
    assert content["confusion"] == evaluation.confusion.tolist()
    assert [row["label"] for row in content["per_class"]] == list(range(10))


def test_summary_has_the_keys_of_metrics_json(evaluation: Evaluation) -> None:
    assert set(evaluation.summary()) == {"accuracy", "loss", "count", "interval"}


@pytest.mark.parametrize(
    ("probabilities", "labels", "said"),
    [
        (np.zeros((0, 10)), np.zeros(0, np.int64), "no digits to evaluate"),
        (np.full((3, 9), 1 / 9), np.zeros(3, np.int64), r"expected \(3, 10\)"),
        (np.full((2, 10), 0.1), np.zeros(3, np.int64), r"expected \(3, 10\)"),
        (np.full((1, 10), 0.1), np.array([10]), "from 10 to 10"),
        (np.full((1, 10), 0.1), np.array([-1]), "from -1 to -1"),
        (np.full((1, 10), np.nan), np.array([1]), "digit 0 are not finite"),
        (np.full((1, 10), 3.0), np.array([1]), "not logits"),
        (np.array([[1.5, -0.5] + [0.0] * 8]), np.array([1]), "not logits"),
    ],
)
def test_arrays_that_are_no_answers_are_refused(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        evaluate_probabilities(probabilities, labels, split_name="test")
