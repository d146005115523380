import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.pieces import find_pieces
from handigits.ink.segment import find_layout
from handigits.ink.strokes import find_ink


def page_of(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (120, 200)) -> NDArray[np.uint8]:
    """Dark rectangles of x, y, width and height on light paper."""
    page = np.full(size, 220, np.uint8)
    for x, y, width, height in boxes:
        page[y : y + height, x : x + width] = 30
    return page


def touching_rings() -> NDArray[np.uint8]:
    """Two rings of 60 pixels, whose walls share two columns around 100."""
    page = page_of()
    for x in (71, 129):
        cv2.circle(page, (x, 60), 26, (30.0,), 8)
    return page


def test_blank_page_has_no_layout() -> None:
    assert find_layout(find_ink(page_of())) is None


def test_one_upright_stroke_can_be_read_in_one_way_only() -> None:
    layout = find_layout(find_ink(page_of((90, 20, 10, 80))))
    assert layout is not None
    assert layout.rows == ()


def test_strokes_apart_are_offered_alone_and_together() -> None:
    layout = find_layout(find_ink(page_of((80, 20, 8, 80), (100, 20, 8, 80))))
    assert layout is not None
    (row,) = layout.rows
    assert [(each.first, each.end) for each in row.candidates] == [(0, 1), (0, 2), (1, 2)]


def test_rows_come_from_top_to_bottom() -> None:
    ink = find_ink(page_of((20, 70, 6, 40), (60, 70, 6, 40), (100, 70, 6, 40), (25, 10, 6, 40), (65, 10, 6, 40)))
    layout = find_layout(ink)
    assert layout is not None
    assert [row.pieces for row in layout.rows] == [2, 3]


def test_row_that_climbs_stays_one_row() -> None:
    steps = [(20 + 30 * number, 60 - 12 * number, 6, 40) for number in range(5)]
    layout = find_layout(find_ink(page_of(*steps)))
    assert layout is not None
    assert [row.pieces for row in layout.rows] == [5]


def test_halves_of_a_broken_digit_stay_in_its_row() -> None:
    upper, lower = (100, 20, 30, 36), (100, 64, 30, 36)
    layout = find_layout(find_ink(page_of((20, 20, 8, 80), (60, 20, 8, 80), upper, lower)))
    assert layout is not None
    assert [row.pieces for row in layout.rows] == [4]


def test_pieces_of_one_mark_stay_in_one_row() -> None:
    page = page_of((30, 20, 8, 70), (60, 20, 60, 8), (80, 30, 8, 30), (112, 30, 8, 72))
    layout = find_layout(find_ink(page))
    assert layout is not None
    assert len(layout.rows) == 1


def test_boxes_are_in_pixels_of_a_picture_that_was_worked_on_smaller() -> None:
    page = page_of((900, 300, 80, 500), (1200, 300, 80, 500), size=(1200, 2000))
    layout = find_layout(find_ink(page))
    assert layout is not None
    box = layout.rows[0].candidates[0].box
    np.testing.assert_allclose(box, (900, 300, 80, 500), atol=6)


def test_a_dot_is_small_beside_its_row() -> None:
    layout = find_layout(find_ink(page_of((60, 20, 8, 80), (90, 88, 14, 14), (120, 20, 8, 80))))
    assert layout is not None
    (row,) = layout.rows
    assert [each.is_small for each in row.candidates if each.end == each.first + 1] == [False, True, False]


def test_touching_rings_may_be_cut_where_they_touch() -> None:
    ink = find_ink(touching_rings())
    pieces = find_pieces(ink.strength, ink.stroke_width)
    assert pieces is not None
    ends = pieces.boxes[:-1, 0] + pieces.boxes[:-1, 2]
    assert np.abs(ends - 100).min() <= 4


def test_pieces_keep_every_pixel_of_the_ink() -> None:
    ink = find_ink(touching_rings())
    pieces = find_pieces(ink.strength, ink.stroke_width)
    assert pieces is not None
    assert (pieces.labels[ink.strength >= 64] > 0).all()


def test_more_marks_than_digits_could_be_are_no_pieces() -> None:
    strength = np.zeros((80, 80), np.uint8)
    strength[::4, ::4] = 255
    assert find_pieces(strength, 1.0) is None
