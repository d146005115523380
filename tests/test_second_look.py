"""What else is tried with a picture that makes no sense, and which of its readings counts."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.segment import Candidate, Layout
from handigits.judgement import Demands, Reading, judge
from handigits.model_input import Box, ModelInput
from handigits.second_look import is_crowded, makes_no_sense, may_lie, more_than, of_all_changes

DEMANDS = Demands(novelty=0.8)
INK = np.eye(28, dtype=np.float32)
BLANK = np.zeros((28, 28), np.float32)


def of_marks(parts: int, image: NDArray[np.float32] = INK) -> ModelInput:
    """A picture of so many marks that are seen as one."""
    box = (3, 4, 20, 20)
    whole = Candidate(first=0, end=parts, image=image, box=box, height=1, gap=0, cut=0, is_small=False, parts=parts)
    return ModelInput(name="marks", image=image, box=box, layout=Layout(whole))


def read(given: ModelInput, *, probability: float = 0.99, novelty: float = 0.0, demands: Demands = DEMANDS) -> Reading:
    """What is said of a picture that the model takes for a 7."""
    answers = np.full((1, 10), (1 - probability) / 9, np.float32)
    answers[0, 7] = probability
    return judge(given, answers, np.array([novelty], np.float32), demands)


SEVEN = ModelInput(name="seven", image=INK, box=(3, 4, 20, 20))
NOTHING = read(SEVEN, novelty=0.9)


def test_what_is_blank_or_no_digit_makes_no_sense() -> None:
    assert makes_no_sense(NOTHING)
    assert makes_no_sense(read(ModelInput(name="blank", image=BLANK)))
    assert not makes_no_sense(read(SEVEN))


@pytest.mark.parametrize("parts", [60, 61])
def test_a_picture_of_many_marks_is_crowded(parts: int) -> None:
    assert is_crowded(of_marks(parts)) is (parts > 60)
    assert not is_crowded(ModelInput(name="blank", image=BLANK))


@pytest.mark.parametrize(("parts", "may"), [(1, False), (3, False), (4, True), (61, False)])
def test_one_digit_in_many_marks_may_be_a_page_on_its_side(parts: int, may: bool) -> None:
    reading = read(of_marks(parts), demands=Demands())
    assert reading.digits == "7"
    assert may_lie(reading) is may


def test_several_digits_stand_as_they_were_read() -> None:
    assert not may_lie(dataclasses.replace(read(of_marks(4), demands=Demands()), digits="77", chosen=(1, 2)))


@pytest.mark.parametrize(("probability", "novelty", "digits"), [(0.99, 0.05, "7"), (0.99, 0.06, ""), (0.89, 0.0, "")])
def test_what_was_changed_must_be_plain(probability: float, novelty: float, digits: str) -> None:
    assert read(SEVEN, probability=probability, novelty=novelty, demands=more_than(DEMANDS)).digits == digits


def test_of_several_changes_the_surest_reading_counts() -> None:
    unsure, sure = read(SEVEN, probability=0.95), read(SEVEN, probability=0.98)
    assert of_all_changes(NOTHING, [unsure, sure]) is sure
    assert of_all_changes(NOTHING, [read(SEVEN, novelty=0.9)]) is NOTHING


@pytest.mark.parametrize(("digits", "stands"), [("1", False), ("17", False), ("112", False), ("2015", True)])
def test_ones_in_what_was_changed_say_nothing(digits: str, stands: bool) -> None:
    changed = dataclasses.replace(read(SEVEN), digits=digits)
    assert (of_all_changes(NOTHING, [changed]) is changed) is stands


@pytest.mark.parametrize(
    ("boxes", "stands"),
    [([(0, 1, 28, 26)], True), ([(0, 0, 28, 24)], False), ([(2, 0, 24, 28)], False), ([(0, 0, 28, 28)] * 2, False)],
    ids=["full", "not as high", "not as wide", "two"],
)
def test_but_a_1_that_fills_its_picture_was_stretched(boxes: list[Box], stands: bool) -> None:
    changed = dataclasses.replace(read(SEVEN), digits="1" * len(boxes), boxes=tuple(boxes))
    assert (of_all_changes(NOTHING, [changed]) is changed) is stands


@pytest.mark.parametrize(("digits", "stands"), [("1", True), ("7", False)])
def test_what_was_squeezed_is_a_1_or_nothing(digits: str, stands: bool) -> None:
    given = dataclasses.replace(SEVEN, is_squeezed=True)
    changed = dataclasses.replace(read(given), digits=digits)
    assert (of_all_changes(NOTHING, [changed]) is changed) is stands
