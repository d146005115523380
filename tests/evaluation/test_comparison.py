import numpy as np
from numpy.typing import NDArray

from handigits.data import Split
from handigits.evaluation import disagreements


def split(*labels: int) -> Split:
    return Split(np.zeros((len(labels), 28, 28), np.uint8), np.array(labels), "toy/test")


def answers(*digits: int, confidence: float = 0.91) -> NDArray[np.float64]:
    rest = (1 - confidence) / 9
    return np.where(np.eye(10, dtype=bool)[list(digits)], confidence, rest)


def test_only_digits_that_are_not_read_alike_are_disagreements() -> None:
    found, count = disagreements({"a": answers(1, 2, 3), "b": answers(1, 5, 3)}, split(1, 2, 4), limit=10)
    assert (count, [each.index for each in found]) == (1, [1])
    assert {name: answer.digit for name, answer in found[0].answers.items()} == {"a": 2, "b": 5}
    assert found[0].label == 2


def test_what_divides_the_models_most_evenly_comes_first() -> None:
    models = {"a": answers(1, 1), "b": answers(1, 1), "c": answers(1, 0), "d": answers(0, 0)}
    found, _ = disagreements(models, split(1, 1), limit=10)
    assert [each.index for each in found] == [1, 0]


def test_of_equally_divided_digits_the_surest_answers_come_first() -> None:
    timid, sure = answers(1, confidence=0.5), answers(1, confidence=0.99)
    models = {"a": np.vstack([timid, sure]), "b": answers(0, 0)}
    found, _ = disagreements(models, split(1, 1), limit=10)
    assert [each.index for each in found] == [1, 0]


def test_no_more_are_given_than_asked_for_but_all_are_counted() -> None:
    found, count = disagreements({"a": answers(1, 2, 3), "b": answers(0, 0, 0)}, split(1, 2, 3), limit=2)
    assert (len(found), count) == (2, 3)
