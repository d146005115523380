import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.marks import INK, find_marks, keep_marks, typical_width

Field = NDArray[np.uint8]


def field(*boxes: tuple[int, int, int, int], tone: int = 255) -> Field:
    """Strength of 200 x 200 with marks of x, y, width and height."""
    strength = np.zeros((200, 200), np.uint8)
    for x, y, width, height in boxes:
        strength[y : y + height, x : x + width] = tone
    return strength


def kept(strength: Field) -> tuple[Field, dict[str, str]]:
    return keep_marks(strength, strength > 200)


STROKE = (80, 40, 10, 100)


# Finding


def test_marks_are_found_with_their_boxes_and_areas() -> None:
    marks = find_marks(field((20, 30, 5, 7), (100, 90, 40, 3)))
    assert marks.boxes[1:].tolist() == [[20, 30, 5, 7], [100, 90, 40, 3]]
    assert marks.areas[1:].tolist() == [35, 120]
    assert (marks.labels[30, 20], marks.labels[90, 100], marks.labels[0, 0]) == (1, 2, 0)


def test_marks_that_touch_at_a_corner_are_one() -> None:
    assert len(find_marks(field((20, 20, 10, 10), (30, 30, 10, 10))).areas) == 2


@pytest.mark.parametrize(("tone", "count"), [(INK, 1), (INK - 1, 0)])
def test_what_is_fainter_than_ink_is_no_mark(tone: int, count: int) -> None:
    assert len(find_marks(field(STROKE, tone=tone)).areas) - 1 == count


def test_an_empty_field_has_only_paper() -> None:
    marks = find_marks(field())
    assert len(marks.areas) == len(marks.boxes) == 1
    assert not marks.labels.any()


# Keeping


def test_writing_is_kept_as_it_is_and_nothing_told() -> None:
    strength = field(STROKE, (120, 40, 10, 100))
    rest, told = kept(strength)
    assert np.array_equal(rest, strength)
    assert told == {}


def test_a_mark_without_a_sure_pixel_is_dropped_in_silence() -> None:
    strength = np.maximum(field(STROKE), field((130, 40, 10, 100), tone=190))
    rest, told = kept(strength)
    assert np.array_equal(rest, field(STROKE))
    assert told == {}


def test_nothing_sure_is_nothing() -> None:
    rest, told = kept(field(STROKE, tone=190))
    assert not rest.any()
    assert told == {}


def test_soft_rims_stay_with_their_mark_and_go_with_it() -> None:
    strength = field((79, 39, 12, 102), (159, 99, 4, 4), tone=30)
    strength = np.maximum(strength, field(STROKE, (160, 100, 2, 2)))
    rest, _ = kept(strength)
    assert rest[80, 79] == 30
    assert not rest[:, 150:].any()


def test_specks_are_dropped_and_counted() -> None:
    rest, told = kept(field(STROKE, (20, 20, 3, 3), (150, 150, 2, 3)))
    assert np.array_equal(rest, field(STROKE))
    assert told == {"specks": "specks: 2 dropped"}


@pytest.mark.parametrize(
    "mark", [(150, 60, 1, 13), (150, 60, 5, 5)], ids=["small but long as a stroke", "short but large enough"]
)
def test_a_mark_is_a_speck_only_if_it_is_both_short_and_small(mark: tuple[int, int, int, int]) -> None:
    strength = field((80, 40, 10, 100), mark)
    rest, told = kept(strength)
    assert told == {}
    assert np.array_equal(rest, strength)


def test_a_single_dot_is_no_speck_beside_nothing() -> None:
    assert kept(field((100, 100, 2, 2)))[1] == {}


def test_one_pixel_is_a_speck_even_where_there_is_nothing_else() -> None:
    rest, told = kept(field((100, 100, 1, 1)))
    assert not rest.any()
    assert set(told) == {"specks"}


@pytest.mark.parametrize("edge", [(0, 0, 200, 3), (0, 197, 200, 3), (0, 0, 3, 200), (197, 0, 3, 200)])
def test_a_mark_along_any_edge_is_dropped_and_told(edge: tuple[int, int, int, int]) -> None:
    rest, told = kept(field(STROKE, edge))
    assert np.array_equal(rest, field(STROKE))
    assert told == {"edge": "marks along the picture's edge, such as a frame: 1 dropped"}


def test_a_mark_along_less_than_half_of_an_edge_is_kept() -> None:
    strength = field(STROKE, (60, 0, 99, 10))
    assert np.array_equal(kept(strength)[0], strength)


def test_a_stroke_that_only_touches_the_edge_is_kept() -> None:
    strength = field(STROKE, (120, 0, 10, 120))
    assert np.array_equal(kept(strength)[0], strength)


def test_a_mark_at_the_edge_that_is_far_thicker_than_the_writing_is_dropped() -> None:
    rest, told = kept(field(STROKE, (140, 160, 60, 40)))
    assert np.array_equal(rest, field(STROKE))
    assert set(told) == {"edge"}


@pytest.mark.parametrize("mark", [(30, 0, 120, 8), (0, 0, 200, 80)])
def test_what_lies_along_the_edge_is_writing_where_there_is_nothing_else(mark: tuple[int, int, int, int]) -> None:
    strength = field(mark)
    assert np.array_equal(kept(strength)[0], strength)


@pytest.mark.parametrize("strip", [(0, 0, 200, 8), (0, 180, 170, 20), (0, 0, 40, 200), (190, 20, 10, 180)])
def test_a_strip_along_a_side_is_no_writing_even_where_there_is_nothing_else(strip: tuple[int, int, int, int]) -> None:
    rest, told = kept(field(strip))
    assert not rest.any()
    assert set(told) == {"edge"}


# Width


@pytest.mark.parametrize("width", [1, 2, 5, 12, 31])
def test_a_stroke_is_as_wide_as_it_was_drawn(width: int) -> None:
    assert typical_width(field((80, 20, width, 150), tone=1)) == pytest.approx(width, abs=1)


def test_a_slanting_stroke_is_as_wide_as_an_upright_one() -> None:
    strength = cv2.line(np.zeros((200, 200), np.uint8), (40, 40), (150, 150), (1.0,), 11)
    assert typical_width(strength) == pytest.approx(11, abs=1.5)


def test_ink_that_fills_the_mask_is_as_wide_as_the_mask() -> None:
    assert typical_width(np.ones((60, 20), np.uint8)) == pytest.approx(20, abs=1)


def test_of_two_pens_the_one_that_left_more_ink_counts() -> None:
    assert typical_width(field((20, 20, 3, 40), (100, 20, 20, 160), tone=1)) == pytest.approx(20, abs=1)


def test_no_ink_has_no_width() -> None:
    assert typical_width(np.zeros((10, 10), np.uint8)) == 0


@pytest.mark.parametrize(("tone", "is_kept"), [(120, False), (190, True)])
def test_a_mark_at_the_edge_that_is_far_fainter_than_the_writing_is_a_shadow(tone: int, is_kept: bool) -> None:
    strength = np.maximum(field(STROKE), field((140, 120, 12, 80), tone=tone))
    rest, told = keep_marks(strength, strength > 100)
    assert bool(rest[:, 120:].any()) == is_kept
    assert ("edge" in told) != is_kept


def test_a_short_mark_that_is_far_fainter_than_the_writing_is_a_blot_of_the_paper() -> None:
    strength = np.maximum(field(STROKE), field((140, 60, 20, 30), tone=120))
    rest, told = keep_marks(strength, strength > 100)
    assert np.array_equal(rest, field(STROKE))
    assert told == {"specks": "specks: 1 dropped"}


@pytest.mark.parametrize(("gap", "is_kept"), [(3, True), (5, False)])
def test_a_faint_mark_is_a_piece_of_the_stroke_that_it_is_within_half_a_width_of(gap: int, is_kept: bool) -> None:
    strength = np.maximum(field(STROKE), field((90 + gap, 60, 20, 30), tone=120))
    assert np.array_equal(keep_marks(strength, strength > 100)[0], strength) == is_kept


def test_a_speck_has_no_pieces() -> None:
    strength = np.maximum(field(STROKE, (130, 60, 3, 3)), field((134, 60, 20, 30), tone=120))
    assert np.array_equal(keep_marks(strength, strength > 100)[0], field(STROKE))


@pytest.mark.parametrize(("height", "tone"), [(60, 120), (30, 190)], ids=["long", "dark"])
def test_a_faint_stroke_as_long_as_the_writing_and_a_short_dark_one_are_kept(height: int, tone: int) -> None:
    strength = np.maximum(field(STROKE), field((140, 60, 10, height), tone=tone))
    assert np.array_equal(keep_marks(strength, strength > 100)[0], strength)
