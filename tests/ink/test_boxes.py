import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.boxes import drop_boxes
from handigits.ink.marks import find_marks


def page_of(*strokes: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """White rectangles of x, y, width and height on 160 x 240 of black."""
    page = np.zeros((160, 240), np.uint8)
    for x, y, width, height in strokes:
        page[y : y + height, x : x + width] = 255
    return page


def box(x: int, y: int, width: int, height: int) -> list[tuple[int, int, int, int]]:
    """The four sides of a box, three pixels wide."""
    return [(x, y, width, 3), (x, y + height - 3, width, 3), (x, y, 3, height), (x + width - 3, y, 3, height)]


def without_boxes(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return drop_boxes(page, find_marks(page))[0]


STROKE = (60, 50, 8, 60)


def test_the_lines_of_a_box_go_and_what_is_in_it_stays() -> None:
    assert np.array_equal(without_boxes(page_of(STROKE, *box(20, 20, 100, 120))), page_of(STROKE))


def test_a_table_is_a_box_with_more_cells() -> None:
    table = [*box(20, 20, 100, 120), *box(117, 20, 100, 120)]
    page = page_of(STROKE, (150, 40, 50, 8), *table)
    assert np.array_equal(without_boxes(page), page_of(STROKE, (150, 40, 50, 8)))
    assert drop_boxes(page, find_marks(page))[1] == 1


def test_boxes_apart_are_counted() -> None:
    page = page_of(STROKE, (170, 50, 8, 60), *box(20, 20, 90, 120), *box(130, 20, 90, 120))
    assert drop_boxes(page, find_marks(page))[1] == 2


def test_a_stroke_that_touches_a_line_stays_as_far_as_it_is_inside() -> None:
    other, touching = (90, 50, 8, 60), (60, 60, 8, 80)  # down to the lower line of the box
    kept = without_boxes(page_of(other, touching, *box(20, 20, 100, 120)))
    assert np.array_equal(kept, page_of(other, (60, 60, 8, 73)))


def test_a_box_drawn_by_hand_leaves_no_crumbs() -> None:
    side = np.linspace(0, 1, 40)
    wave = 2 * np.sin(9 * side)
    edges = [(20 + 100 * side, 20 + wave), (120 + wave, 20 + 120 * side), (120 - 100 * side, 140 - wave)]
    line = np.concatenate([np.stack(edge, 1) for edge in [*edges, (20 - wave, 140 - 120 * side)]])
    page = cv2.polylines(page_of(STROKE), [np.rint(line).astype(np.int32)], True, (255.0,), 3)
    assert np.array_equal(without_boxes(np.asarray(page, np.uint8)), page_of(STROKE))


def test_a_tilted_box_is_one() -> None:
    turn = cv2.getRotationMatrix2D((70, 80), 12, 1)
    page = cv2.warpAffine(page_of(STROKE, *box(20, 20, 100, 120)), turn, (240, 160))
    alone = cv2.warpAffine(page_of(STROKE), turn, (240, 160))
    assert ((without_boxes(page) >= 128) == (alone >= 128)).mean() > 0.995


ZERO = box(60, 30, 60, 90)
EIGHT = [*box(60, 30, 60, 60), *box(60, 87, 60, 60)]


@pytest.mark.parametrize(
    "strokes",
    [ZERO, EIGHT, [STROKE, (100, 50, 8, 60)], [*ZERO, (88, 70, 4, 4)], [*box(20, 20, 100, 120), (2, 2, 10, 100)]],
    ids=["a zero", "an eight", "strokes", "a zero with a dot", "an empty box beside a stroke"],
)
def test_what_is_no_box_with_writing_in_it_is_left_alone(strokes: list[tuple[int, int, int, int]]) -> None:
    page = page_of(*strokes)
    assert np.array_equal(without_boxes(page), page)


def encircled(*strokes: tuple[int, int, int, int], width: int = 60) -> NDArray[np.uint8]:
    return np.asarray(cv2.ellipse(page_of(*strokes), (64, 80), (width, 65), 0, 0, 360, (255.0,), 3), np.uint8)


def test_a_circle_around_writing_is_a_box() -> None:
    assert np.array_equal(without_boxes(encircled(STROKE)), page_of(STROKE))


def test_a_loop_of_any_shape_around_writing_is_a_box() -> None:
    turns = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    reach = 1 + 0.15 * np.abs(np.sin(3 * turns))
    cloud = np.stack([120 + 90 * reach * np.cos(turns), 80 + 55 * reach * np.sin(turns)], 1)
    row = [(70, 60, 8, 40), (110, 60, 30, 40), (165, 60, 8, 40)]
    page = cv2.polylines(page_of(*row), [np.rint(cloud).astype(np.int32)], True, (255.0,), 3)
    assert (without_boxes(np.asarray(page, np.uint8)) != page_of(*row)).mean() < 0.001


def test_a_slim_loop_is_a_box_if_more_than_a_dash_stands_in_it() -> None:
    seven = [(48, 50, 30, 6), (72, 50, 6, 60)]
    assert np.array_equal(without_boxes(encircled(*seven, width=45)), page_of(*seven))


@pytest.mark.parametrize("page", [encircled((60, 76, 8, 8)), encircled(STROKE, width=40), encircled()])
def test_a_zero_is_none(page: NDArray[np.uint8]) -> None:
    """One with a dot, and one with a stroke in it."""
    assert np.array_equal(without_boxes(page), page)


def test_a_nine_with_specks_in_its_loop_is_no_box() -> None:
    loop = np.zeros((240, 160), np.uint8)
    cv2.rectangle(loop, (40, 30), (110, 100), 255.0, 4)
    cv2.line(loop, (110, 30), (110, 210), 255.0, 4)
    loop[45, 60] = loop[85, 90] = 255
    assert drop_boxes(loop, find_marks(loop))[1] == 0
