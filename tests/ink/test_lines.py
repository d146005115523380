import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.lines import drop_lines


def squared(end: int) -> NDArray[np.uint8]:
    """Strength of thin lines, down and across, that break off before the right edge."""
    strength = np.zeros((300, 300), np.uint8)
    strength[20::50, :end] = 255
    strength[:, 20:end:50] = 255
    return strength


def test_lines_that_break_off_are_dropped_and_a_bold_stroke_across_them_is_kept() -> None:
    stroke = cv2.line(np.zeros((300, 300), np.uint8), (100, 60), (140, 240), (255.0,), 14)
    rest, text = drop_lines(np.maximum(squared(200), stroke))
    assert text == "ruled lines: removed"
    assert np.mean((rest > 0) == (stroke > 0)) > 0.995


def test_thin_strokes_alone_are_writing() -> None:
    strength = np.zeros((300, 300), np.uint8)
    for x in range(40, 260, 50):
        strength[0:140, x : x + 3] = 255
    rest, text = drop_lines(strength)
    assert text == ""
    assert np.array_equal(rest, strength)


def ruled(rise: int, *, count: int = 5, tone: float = 90.0) -> NDArray[np.uint8]:
    """Depth of a page with thin lines across it, each `rise` rows lower at the right edge than at the left one."""
    depth = np.zeros((300, 400), np.uint8)
    for number in range(count):
        row = 300 * (2 * number + 1) // (2 * count)
        cv2.line(depth, (0, row), (399, row + rise), (tone,), 3)
    return depth


def seven(tone: float = 220.0, width: int = 12) -> NDArray[np.uint8]:
    corners = np.array([[150, 70], [250, 75], [180, 240]], np.int32)
    return np.asarray(cv2.polylines(np.zeros((300, 400), np.uint8), [corners], False, (tone,), width), np.uint8)


@pytest.mark.parametrize("rise", [-30, 0, 17])
def test_sloping_lines_are_dropped_and_ink_on_them_stays_as_dark_as_it_was(rise: int) -> None:
    rest, text = drop_lines(np.maximum(ruled(rise), seven()))
    assert text == "ruled lines: removed"
    assert (rest[seven() > 0] == 220).mean() > 0.99
    assert (rest[seven() == 0] > 20).mean() < 0.002


def test_pencil_fainter_than_the_lines_stays_whole_where_it_crosses_them() -> None:
    pencil = seven(tone=70.0)
    rest, _ = drop_lines(np.maximum(ruled(0), pencil))
    assert ((rest > 30) == (pencil > 0)).mean() > 0.995


@pytest.mark.parametrize("count", [1, 2])
def test_few_lines_are_dropped_if_they_are_thinner_than_the_writing(count: int) -> None:
    rest, _ = drop_lines(np.maximum(ruled(0, count=count, tone=220.0), seven()))
    assert ((rest > 30) == (seven() > 0)).mean() > 0.998


def test_a_line_from_edge_to_edge_is_dropped_even_if_it_is_like_the_writing() -> None:
    rest, _ = drop_lines(np.maximum(ruled(0, count=1, tone=220.0), seven(width=3)))
    assert ((rest > 30) == (seven(width=3) > 0)).mean() > 0.998


@pytest.mark.parametrize("edge", [70, 240])
def test_the_bar_of_a_digit_that_is_cut_out_tightly_is_writing(edge: int) -> None:
    digit = np.maximum(np.roll(ruled(0, count=1, tone=220.0), edge - 150, axis=0), seven(width=3))
    tight = np.ascontiguousarray(digit[68:243])
    rest, text = drop_lines(tight)
    assert text == ""
    assert rest is tight


def test_a_page_of_lines_alone_is_empty() -> None:
    for depth in (ruled(10), ruled(0, count=1), squared(300)):
        assert drop_lines(depth)[0].max() < 20


def test_upright_lines_alone_may_be_ones() -> None:
    depth = np.ascontiguousarray(ruled(0).T)
    depth[:25] = depth[-25:] = 0
    assert drop_lines(depth)[0] is depth


def test_columns_from_edge_to_edge_are_ruled() -> None:
    depth = np.ascontiguousarray(ruled(10).T)
    assert drop_lines(depth)[0].max() < 20


def test_a_small_picture_has_no_ruled_lines() -> None:
    depth = np.zeros((99, 400), np.uint8)
    depth[10::20] = 80
    assert drop_lines(depth)[0] is depth
