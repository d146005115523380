import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.segment import Candidate, Layout, Row
from handigits.reading import Scores, is_plain, read_layout, read_row


def candidate(
    first: int, end: int, *, width: int = 40, gap: float = 0, cut: float = 0, small: bool = False
) -> Candidate:
    return Candidate(
        first=first,
        end=end,
        image=np.zeros((28, 28), np.float32),
        box=(0, 0, width, 50),
        height=0.2 if small else 1,
        gap=gap,
        cut=cut,
        parts=end - first,
        is_small=small,
    )


def sure_of(*digits: tuple[int, float]) -> Scores:
    """The model gives each candidate's digit this probability, and the others the rest."""
    rows: list[NDArray[np.float32]] = []
    for digit, probability in digits:
        row = np.full(10, (1 - probability) / 9, np.float32)
        row[digit] = probability
        rows.append(row)
    return Scores(np.stack(rows), np.zeros(len(rows), np.float32))


@pytest.mark.parametrize(("marks", "is_so"), [(1, True), (2, False)])
def test_only_one_mark_can_be_plainly_one_digit(marks: int, is_so: bool) -> None:
    (row,) = sure_of((3, 0.99)).probabilities
    assert is_plain(candidate(0, marks), row, 0.0) is is_so


def test_two_sure_digits_beat_a_wide_doubtful_one() -> None:
    row = Row(2, (candidate(0, 1), candidate(0, 2, width=90), candidate(1, 2)))
    assert read_row(row, sure_of((3, 0.9), (8, 0.5), (5, 0.9)))[0] == (0, 2)


def test_a_broken_digit_is_joined() -> None:
    row = Row(2, (candidate(0, 1, width=25), candidate(0, 2), candidate(1, 2, width=15)))
    assert read_row(row, sure_of((6, 0.4), (5, 0.9), (7, 0.3)))[0] == (1,)


def test_strokes_far_apart_are_not_joined() -> None:
    row = Row(2, (candidate(0, 1), candidate(0, 2, gap=0.5), candidate(1, 2)))
    assert read_row(row, sure_of((6, 0.8), (5, 0.95), (7, 0.8)))[0] == (0, 2)


def test_a_cut_through_much_ink_needs_a_reason() -> None:
    row = Row(2, (candidate(0, 1, cut=2), candidate(0, 2), candidate(1, 2, cut=2)))
    assert read_row(row, sure_of((1, 0.9), (0, 0.9), (1, 0.9)))[0] == (1,)


def test_a_mark_that_is_plainly_one_digit_is_not_cut() -> None:
    whole = dataclasses.replace(candidate(0, 2), parts=1)
    row = Row(2, (candidate(0, 1, width=20, cut=0.01), whole, candidate(1, 2, width=20, cut=0.01)))
    sure = sure_of((1, 1.0), (0, 0.9), (1, 1.0))
    assert read_row(row, sure)[0] == (1,)
    in_doubt = sure_of((1, 1.0), (0, 0.4), (1, 1.0))
    assert read_row(row, in_doubt)[0] == (0, 2)


def test_a_small_mark_is_dropped() -> None:
    row = Row(2, (candidate(0, 1), candidate(1, 2, small=True)))
    assert read_row(row, sure_of((4, 0.9), (1, 0.9)))[0] == (0,)


def test_implausible_shapes_are_avoided() -> None:
    row = Row(2, (candidate(0, 1), candidate(0, 2), candidate(1, 2)))
    even = sure_of((6, 0.4), (5, 0.9), (7, 0.4))
    doubted = Scores(even.probabilities, np.array([0, -9, 0], np.float32))
    assert (read_row(row, even)[0], read_row(row, doubted)[0]) == ((1,), (0, 2))


@pytest.mark.parametrize(("whole", "expected"), [(0.9, [0]), (0.1, [1, 2])])
def test_the_whole_is_one_digit_if_that_explains_it_best(whole: float, expected: list[int]) -> None:
    rows = (Row(1, (candidate(0, 1),)), Row(1, (candidate(0, 1),)))
    layout = Layout(candidate(0, 2), lambda: rows)
    assert read_layout(layout, sure_of((8, whole), (0, 0.5), (0, 0.5))) == expected


def test_a_strange_mark_is_dropped_unless_it_is_as_wide_as_several_digits() -> None:
    scores = sure_of((3, 0.9), (4, 0.3))
    scores = Scores(scores.probabilities, np.array([0, -9], np.float32))
    sign, several = candidate(1, 2), candidate(1, 2, width=150)
    prices = [read_row(Row(2, (candidate(0, 1), mark)), scores) for mark in (sign, several)]
    assert prices[0][0] == (0,)
    assert prices[1][1] > prices[0][1] + 3
