"""Each rule that stands between what a model says of a picture's parts and what is said of the picture."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.segment import Candidate, Layout, Row
from handigits.judgement import Demands, Reading, is_settled, judge
from handigits.model_input import ModelInput

DEMANDS = Demands(novelty=0.8)
INK = np.eye(28, dtype=np.float32)


def sure_of(digit: int, probability: float = 0.99) -> NDArray[np.float32]:
    """What a model says that gives a digit this probability, and the others the rest."""
    row = np.full(10, (1 - probability) / 9, np.float32)
    row[digit] = probability
    return row


def judge_one(
    *, probability: float = 0.99, novelty: float = 0.0, image: NDArray[np.float32] = INK, demands: Demands = DEMANDS
) -> Reading:
    """A picture of one digit, a 7."""
    given = ModelInput(name="seven", image=image, box=(3, 4, 20, 20))
    return judge(given, sure_of(7, probability)[np.newaxis], np.array([novelty], np.float32), demands)


def judge_row(
    *marks: tuple[float, float],
    cuts: tuple[float, ...] | None = None,
    whole_novelty: float = 0.99,
    is_small: bool = False,
    first: int = 1,
    demands: Demands = DEMANDS,
) -> Reading:
    """A picture of marks in a row, `first`, the digit after it, ...: each (how sure the model is of it, its novelty).

    All of it together is no digit to speak of, and so wide that no other way of reading it is any cheaper.
    """
    whole = candidate(0, len(marks), width=50 * len(marks))
    row = [candidate(n, n + 1, cut=cut) for n, cut in enumerate(cuts or (0,) * len(marks))]
    layout = Layout(whole, lambda: (Row(len(marks), tuple(row)),))
    given = ModelInput(name="row", image=INK, box=whole.box, layout=layout, is_small=is_small)
    answers = [
        sure_of(0, 0.95 if is_small else 0.2),
        *(sure_of(n, probability) for n, (probability, _) in enumerate(marks, first)),
    ]
    novelty = [whole_novelty, *(novelty for _, novelty in marks)]
    return judge(given, np.stack(answers), np.array(novelty, np.float32), demands)


def candidate(first: int, end: int, *, width: int = 40, cut: float = 0) -> Candidate:
    box = (50 * first, 0, width, 50)
    return Candidate(first=first, end=end, image=INK, box=box, height=1, gap=0, cut=cut, is_small=False)


CLEAR = (0.99, 0.0)


def test_a_digit_that_fulfils_all_demands_is_answered() -> None:
    answer = judge_one(probability=0.75)
    assert (answer.file, answer.digits, answer.boxes) == ("seven", "7", ((3, 4, 20, 20),))
    assert (answer.probability, answer.abstained, answer.reason) == (0.75, False, "")


def test_the_images_that_were_read_are_told_by_number() -> None:
    assert judge_one().chosen == (0,)
    assert judge_row(CLEAR, (0.99, 0.85), CLEAR).chosen == (1, 2, 3)
    assert judge_row(CLEAR, (0.99, 0.98), CLEAR).chosen == (1, 3)
    assert judge_row((0.99, 0.9), (0.99, 0.9)).chosen == (0,)
    assert "chosen" not in judge_one().to_json()


def test_digits_of_a_row_are_answered_with_their_boxes() -> None:
    answer = judge_row((0.75, 0), (0.5, 0))
    assert (answer.digits, answer.boxes) == ("12", ((0, 0, 40, 50), (50, 0, 40, 50)))
    assert answer.probability == 0.375
    assert [max(row) for row in answer.probabilities] == [0.75, 0.5]


def test_what_is_left_unanswered_says_what_the_model_would_have_said_of_the_whole() -> None:
    answer = judge_row(CLEAR, CLEAR, demands=Demands(expect="one"))
    assert (answer.digits, answer.boxes, answer.probability) == ("", (), None)
    assert answer.probabilities == (tuple(sure_of(0, 0.2).tolist()),)


# -- no ink --


@pytest.mark.parametrize(("darkest", "is_blank"), [(0.19, True), (0.21, False)])
def test_a_picture_of_hardly_any_contrast_is_blank(darkest: float, is_blank: bool) -> None:
    answer = judge_one(image=np.float32(darkest) * INK)
    assert (answer.abstained, answer.reason) == (is_blank, "no ink: the picture is blank" if is_blank else "")


def test_a_blank_picture_is_blank_even_if_it_is_a_digit_by_definition() -> None:
    given = ModelInput(name="row", image=np.zeros((28, 28), np.float32), is_digit=True)
    assert judge(given, sure_of(7)[np.newaxis], np.zeros(1, np.float32), DEMANDS).abstained


# -- no digit --


@pytest.mark.parametrize(("novelty", "abstained"), [(0.79, False), (0.81, True)])
def test_one_mark_that_is_strange_is_no_digit(novelty: float, abstained: bool) -> None:
    answer = judge_one(novelty=novelty)
    assert (answer.abstained, answer.reason) == (abstained, "not a digit" if abstained else "")


def test_a_digit_by_definition_may_look_as_strange_as_it_likes() -> None:
    given = ModelInput(name="row", image=INK, is_digit=True)
    assert judge(given, sure_of(7)[np.newaxis], np.ones(1, np.float32), DEMANDS).digits == "7"


def test_without_a_gate_nothing_is_strange() -> None:
    assert judge_one(demands=Demands()).digits == "7"


def test_without_a_gate_no_mark_is_a_letter_that_came_apart() -> None:
    assert judge_row((0.6, 0.0), (0.6, 0.0), cuts=(1, 1), demands=Demands()).digits == "12"


# -- pictures of MNIST's size, and other looks at them --


def judge_small(*novelty: float, image: NDArray[np.float32] = INK) -> Reading:
    """The whole, a 3, and two views, a 4 and a 5; and, if it is asked about, a part, a 6."""
    layout = Layout(candidate(0, 1), lambda: (Row(1, (candidate(0, 1),)),)) if image.any() else None
    given = ModelInput(name="small", image=image, layout=layout, is_small=True, find_views=lambda: (INK, INK))
    answers = np.stack([sure_of(digit) for digit in range(3, 3 + len(novelty))])
    return judge(given, answers, np.array(novelty, np.float32), DEMANDS)


@pytest.mark.parametrize(
    ("novelty", "digits", "chosen"), [((0.1, 0.2, 0.3), "3", 0), ((0.9, 0.2, 0.3), "4", 1), ((0.4, 0.5, 0.3), "5", 2)]
)
def test_a_picture_of_mnists_size_is_what_looks_most_like_a_digit(
    novelty: tuple[float, ...], digits: str, chosen: int
) -> None:
    answer = judge_small(*novelty)
    assert (answer.digits, answer.chosen) == (digits, (chosen,))


def test_a_view_lies_where_the_picture_lies() -> None:
    assert judge_small(0.9, 0.2, 0.3).boxes == ((0, 0, 28, 28),)


def test_where_no_look_is_a_digit_parts_are_numbered_after_the_views() -> None:
    answer = judge_small(0.99, 0.9, 0.9, 0.01)
    assert (answer.digits, answer.chosen) == ("6", (3,))


def test_where_no_ink_was_found_a_view_can_be_a_digit() -> None:
    assert judge_small(0.0, 0.2, 0.3, image=np.zeros((28, 28), np.float32)).digits == "4"


def test_where_no_ink_was_found_and_no_view_is_a_digit_the_picture_is_blank() -> None:
    answer = judge_small(0.0, 0.9, 0.9, image=np.zeros((28, 28), np.float32))
    assert answer.reason == "no ink: the picture is blank"


@pytest.mark.parametrize(
    ("novelty", "probability", "is_so"), [(0.1, 0.99, True), (0.2, 0.99, False), (0.1, 0.8, False)]
)
def test_a_digit_that_is_framed_as_mnists_are_needs_no_other_look_if_nobody_doubts_it(
    novelty: float, probability: float, is_so: bool
) -> None:
    framed = ModelInput(name="native", image=INK, is_small=True, find_views=lambda: (INK, INK))
    answers = sure_of(7, probability)[np.newaxis]
    assert is_settled(framed, answers, np.array([novelty], np.float32), DEMANDS) is is_so


def test_a_small_picture_that_is_framed_otherwise_is_looked_at_again() -> None:
    given = ModelInput(
        name="small", image=INK, layout=Layout(candidate(0, 1)), is_small=True, find_views=lambda: (INK, INK)
    )
    assert not is_settled(given, sure_of(7)[np.newaxis], np.zeros(1, np.float32), DEMANDS)


# -- what the whole alone settles --


def is_lone_mark_settled(
    *,
    probability: float = 0.99,
    novelty: float = 0.01,
    width: int = 40,
    is_small: bool = False,
    demands: Demands = DEMANDS,
) -> bool:
    layout = Layout(candidate(0, 1, width=width))
    given = ModelInput(name="mark", image=INK, layout=layout, is_small=is_small)
    return is_settled(given, sure_of(7, probability)[np.newaxis], np.array([novelty], np.float32), demands)


def test_one_mark_that_is_plainly_a_digit_settles_it() -> None:
    assert is_lone_mark_settled()


@pytest.mark.parametrize("doubt", [{"probability": 0.5}, {"novelty": 0.6}, {"width": 80}])
def test_doubt_about_a_mark_calls_for_other_ways_to_read_it(doubt: dict[str, float]) -> None:
    assert not is_lone_mark_settled(**doubt)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gap", "probability", "novelty", "is_so"),
    [(0.1, 0.99, 0.01, True), (0.11, 0.99, 0.01, False), (0.1, 0.96, 0.01, False), (0.1, 0.99, 0.06, False)],
)
def test_a_broken_digit_is_settled_where_nothing_speaks_against_it(
    gap: float, probability: float, novelty: float, is_so: bool
) -> None:
    given = ModelInput(name="dashes", image=INK, layout=Layout(replace(candidate(0, 3), parts=3, gap=gap)))
    answers = sure_of(7, probability)[np.newaxis]
    assert is_settled(given, answers, np.array([novelty], np.float32), DEMANDS) is is_so


def test_a_texture_is_no_digit_however_much_it_looks_like_one() -> None:
    answers, novelty = sure_of(1)[np.newaxis], np.zeros(1, np.float32)
    for is_texture in (False, True):
        layout = Layout(candidate(0, 1), is_texture=is_texture)
        reading = judge(ModelInput(name="strip", image=INK, layout=layout), answers, novelty, DEMANDS)
        assert reading.abstained is is_texture


def test_without_a_gate_nothing_is_plain() -> None:
    assert not is_lone_mark_settled(demands=Demands())


@pytest.mark.parametrize(("novelty", "is_so"), [(0.79, True), (0.81, False)])
def test_a_small_picture_is_settled_where_the_gate_knows_it(novelty: float, is_so: bool) -> None:
    assert is_lone_mark_settled(novelty=novelty, width=80, is_small=True) is is_so


def test_what_is_settled_is_judged_without_its_rows() -> None:
    def rows() -> tuple[Row, ...]:
        raise AssertionError("rows were looked for")

    given = ModelInput(name="seven", image=INK, layout=Layout(candidate(0, 1), rows))
    answer = judge(given, sure_of(7)[np.newaxis], np.array([0.01], np.float32), DEMANDS)
    assert (answer.digits, answer.chosen) == ("7", (0,))


# -- several marks --


def test_of_two_marks_a_strange_one_is_left_out() -> None:
    assert judge_row(CLEAR, (0.99, 0.85)).digits == "1"


@pytest.mark.parametrize(
    ("probability", "novelty", "is_one"), [(0.89, 0.21, False), (0.91, 0.21, True), (0.89, 0.19, True)]
)
def test_what_model_and_gate_both_doubt_is_no_digit(probability: float, novelty: float, is_one: bool) -> None:
    assert judge_one(probability=probability, novelty=novelty).abstained is not is_one


def test_marks_of_which_more_than_half_are_strange_are_no_digits() -> None:
    answer = judge_row(CLEAR, (0.99, 0.85), (0.99, 0.85))
    assert answer.abstained
    assert answer.reason == "not a digit, nor several: what is written here looks like something else"


def test_a_mark_that_the_gate_is_wholly_sure_about_can_be_weighed() -> None:
    """The logarithm of its plausibility would be infinite."""
    assert judge_row(CLEAR, (0.99, 1.0), CLEAR, whole_novelty=1.0).digits == "13"


# -- many digits, and signs between them --


def test_among_many_digits_a_strange_one_is_a_digit_still() -> None:
    assert judge_row(CLEAR, (0.99, 0.85), CLEAR).digits == "123"


def test_many_marks_most_of_which_are_a_little_strange_are_no_digits() -> None:
    doubtful = (0.99, 0.21)
    assert judge_row(CLEAR, doubtful, doubtful).reason.startswith("not a digit, nor several")
    assert judge_row(CLEAR, CLEAR, doubtful, doubtful).digits == "1234"
    assert judge_row(doubtful, doubtful).digits == "12"  # of two, neither is evidence about the other


def test_among_many_digits_what_is_clearly_strange_is_a_sign() -> None:
    """Not so strange that `reading` leaves it out before anything is judged, since another reading costs more."""
    answer = judge_row(CLEAR, CLEAR, (0.99, 0.98), CLEAR)
    assert (answer.digits, len(answer.boxes)) == ("124", 3)


def test_among_many_digits_the_part_of_a_cut_mark_is_no_sign() -> None:
    """Three parts of which one is strange: the other two are clear."""
    assert judge_row(CLEAR, (0.99, 0.98), CLEAR, cuts=(1, 1, 1), first=2).digits == "234"


# -- several looks at a small picture --


def judge_looks(*looks: tuple[int, float], certainty: float = 0.6) -> Reading:
    """A picture of 28x28 and its views: in each (the digit that the model sees, its novelty)."""
    views = (INK,) * (len(looks) - 1)
    given = ModelInput(name="small", image=INK, is_small=True, find_views=lambda: views)
    answers = np.stack([sure_of(digit, certainty) for digit, _ in looks])
    return judge(given, answers, np.array([novelty for _, novelty in looks], np.float32), DEMANDS)


def test_a_digit_in_nearly_all_looks_is_one_though_each_of_them_is_strange() -> None:
    answer = judge_looks((3, 0.99), (7, 0.9), (7, 0.85), (7, 0.86), (7, 0.95), (7, 0.9))
    assert (answer.digits, answer.chosen) == ("7", (2,))


@pytest.mark.parametrize(
    ("looks", "certainty"),
    [
        ([(3, 0.99), (3, 0.95), *[(7, 0.85)] * 4], 0.6),
        ([(7, 0.91)] * 6, 0.6),
        ([(7, 0.85)] * 6, 0.49),
        ([(7, 0.85)] * 4, 0.6),
    ],
    ids=["two of six disagree", "all too strange", "the model doubts them", "too few looks"],
)
def test_strange_looks_that_do_not_agree_are_no_digit(looks: list[tuple[int, float]], certainty: float) -> None:
    assert judge_looks(*looks, certainty=certainty).reason == "not a digit"


def test_one_look_that_is_a_digit_counts_more_than_others_that_agree() -> None:
    assert judge_looks((3, 0.1), *[(7, 0.85)] * 5, certainty=0.95).digits == "3"


# -- letters in parts --


@pytest.mark.parametrize("part", [(0.96, 0), (0.99, 0.06)], ids=["unsure", "a little strange"])
def test_a_mark_that_was_cut_into_parts_one_of_them_unclear_is_a_letter(part: tuple[float, float]) -> None:
    assert judge_row(CLEAR, part, cuts=(1, 1), first=2).reason.startswith("not a digit, nor several")


def test_a_mark_that_was_cut_into_clear_parts_is_two_digits() -> None:
    assert judge_row((0.98, 0.05), (0.98, 0.05), cuts=(1, 1), first=2).digits == "23"


def test_a_one_that_was_cut_out_of_a_mark_is_unclear() -> None:
    assert judge_row(CLEAR, CLEAR, cuts=(1, 1)).reason.startswith("not a digit, nor several")
    assert judge_row(CLEAR, CLEAR).digits == "12"


def test_a_mark_that_was_not_cut_may_be_unclear() -> None:
    assert judge_row((0.96, 0.21), (0.96, 0.21)).digits == "12"


@pytest.mark.parametrize(
    ("cuts", "abstained"), [((1, 1, 0), False), ((1, 0, 0), True)], ids=["one of two", "the only one"]
)
def test_among_many_digits_half_of_the_parts_may_be_unclear(cuts: tuple[float, ...], abstained: bool) -> None:
    assert judge_row((0.6, 0), CLEAR, CLEAR, cuts=cuts, first=2).abstained is abstained


# -- what the caller asks for --


def test_a_small_picture_is_one_digit_if_it_can_be() -> None:
    assert judge_row(CLEAR, CLEAR, whole_novelty=0.7, is_small=True).digits == "0"
    assert judge_row(CLEAR, CLEAR, whole_novelty=0.9, is_small=True).digits == "12"


def test_several_digits_where_one_was_asked_are_left_unanswered() -> None:
    assert judge_row(CLEAR, CLEAR, demands=Demands(expect="one")).reason == "2 digits where one was asked"


def test_one_digit_beside_a_sign_is_one_where_one_was_asked() -> None:
    assert judge_row(CLEAR, (0.99, 0.85), demands=Demands(novelty=0.8, expect="one")).digits == "1"


@pytest.mark.parametrize(("certainty", "digits"), [(0.74, "7"), (0.75, "")])
def test_a_digit_must_be_surer_than_demanded(certainty: float, digits: str) -> None:
    answer = judge_one(probability=0.75, demands=Demands(certainty=certainty))
    assert answer.digits == digits
    assert answer.reason == ("" if digits else "not sure enough: 7 at 75.0%")


def test_the_least_sure_of_several_digits_decides() -> None:
    assert judge_row(CLEAR, (0.75, 0), demands=Demands(certainty=0.9)).reason == "not sure enough: 12 at 75.0%"
