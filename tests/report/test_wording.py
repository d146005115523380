import numpy as np
import pytest

from handigits.evaluation import Evaluation, evaluate_probabilities
from handigits.report.wording import accuracy_text, one_in


def measured(correct: int, count: int) -> Evaluation:
    """An evaluation of `count` zeros of which `correct` were read."""
    answers = np.array([0] * correct + [1] * (count - correct))
    return evaluate_probabilities(np.eye(10, dtype=np.float32)[answers], np.zeros(count, np.int64), split_name="zeros")


@pytest.mark.parametrize(
    ("correct", "count", "text"),
    [
        (9_862, 10_000, "98.62 %"),
        (986, 1_000, "98.6 %"),
        (59_999, 60_000, "99.998 %"),
        (10, 10, "100 %"),
        (0, 10, "0 %"),
    ],
)
def test_accuracy_has_the_decimals_that_so_many_digits_can_tell_apart(correct: int, count: int, text: str) -> None:
    assert accuracy_text(measured(correct, count)) == text


@pytest.mark.parametrize(
    ("correct", "text"),
    [
        (1_000, "none of 1,000 was misread"),
        (999, "1 of 1,000 was misread, about 1 in 1,000"),
        (980, "20 of 1,000 were misread, about 1 in 50"),
    ],
)
def test_errors_are_said_as_people_say_them(correct: int, text: str) -> None:
    assert one_in(measured(correct, 1_000)) == text
