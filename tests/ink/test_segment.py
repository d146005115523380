import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.segment import find_layout
from handigits.ink.strokes import find_ink


def page_of(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (120, 200)) -> NDArray[np.uint8]:
    """Dark rectangles of x, y, width and height on light paper."""
    page = np.full(size, 220, np.uint8)
    for x, y, width, height in boxes:
        page[y : y + height, x : x + width] = 30
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


def test_more_marks_than_a_digit_has_are_a_texture_where_they_fill_a_strip() -> None:
    def is_texture(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (120, 40)) -> bool:
        layout = find_layout(find_ink(page_of(*boxes, size=size)))
        assert layout is not None
        return layout.is_texture

    column = [(2, 4, 10, 8), (28, 24, 10, 8), (2, 44, 10, 8), (28, 64, 10, 8), (14, 108, 10, 8)]
    assert not is_texture(*column)
    assert is_texture(*column, (26, 86, 10, 8))
    assert not is_texture(*column, (26, 86, 10, 8), size=(120, 100))  # it fills but one side
    assert not is_texture(*[(4 + 23 * (n % 5), 4 + 23 * (n // 5), 12, 12) for n in range(25)], size=(120, 120))
    crowd = [(30 + 14 * (n % 4), 2 + 13 * (n // 4), 9, 9) for n in range(60)]
    assert is_texture(*crowd, size=(200, 120))
    assert not is_texture(*crowd[:28], size=(95, 120))


def test_rows_come_from_top_to_bottom() -> None:
    ink = find_ink(page_of((20, 70, 6, 40), (60, 70, 6, 40), (100, 70, 6, 40), (25, 10, 6, 40), (65, 10, 6, 40)))
    layout = find_layout(ink)
    assert layout is not None
    assert [row.end for row in layout.rows] == [2, 3]


def test_row_that_climbs_stays_one_row() -> None:
    steps = [(20 + 30 * number, 60 - 12 * number, 6, 40) for number in range(5)]
    layout = find_layout(find_ink(page_of(*steps)))
    assert layout is not None
    assert [row.end for row in layout.rows] == [5]


def test_halves_of_a_broken_digit_stay_in_its_row() -> None:
    upper, lower = (100, 20, 30, 36), (100, 64, 30, 36)
    layout = find_layout(find_ink(page_of((20, 20, 8, 80), (60, 20, 8, 80), upper, lower)))
    assert layout is not None
    (row,) = layout.rows
    assert any(each.parts == 2 and each.gap == 0 for each in row.candidates)


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
    assert [each.is_small for each in row.candidates if each.parts == 1] == [False, True, False]


def test_small_marks_farther_from_a_row_than_it_is_high_are_in_none() -> None:
    digits, caption = [(60, 20, 8, 40), (90, 20, 8, 40)], [(60, 105, 6, 8), (80, 105, 6, 8)]
    layout = find_layout(find_ink(page_of(*digits, *caption)))
    assert layout is not None
    assert [[each.box for each in row.candidates if each.parts == 1] for row in layout.rows] == [digits]


def test_one_digit_above_a_caption_may_be_read_without_it() -> None:
    digit, caption = (60, 20, 8, 40), (60, 105, 6, 8)
    layout = find_layout(find_ink(page_of(digit, caption)))
    assert layout is not None
    assert layout.whole.parts == 2
    assert [[each.box for each in row.candidates] for row in layout.rows] == [[digit]]


def test_more_marks_than_digits_could_be_are_one_whole() -> None:
    page = np.full((160, 160), 220, np.uint8)
    for y in range(4, 150, 16):
        for x in range(4, 150, 16):
            page[y : y + 8, x : x + 8] = 30
    layout = find_layout(find_ink(page))
    assert layout is not None
    assert layout.rows == ()


def test_a_bar_over_the_neighbour_may_belong_to_the_second_of_two_that_touch() -> None:
    page = page_of((40, 30, 8, 70), (40, 92, 60, 8), (92, 40, 8, 60), (58, 18, 50, 8))
    layout = find_layout(find_ink(page))
    assert layout is not None
    (row,) = layout.rows
    with_bar = [each for each in row.candidates if each.cut and each.parts == 2]
    assert any(each.box[0] >= 48 and each.end == row.end for each in with_bar)


def test_parts_of_a_cut_mark_make_up_all_of_its_ink() -> None:
    page = page_of((30, 30, 8, 70), (30, 60, 130, 8), (152, 30, 8, 70))
    layout = find_layout(find_ink(page))
    assert layout is not None
    (row,) = layout.rows
    begins = {each.end: each for each in row.candidates if each.first == 0 and each.cut}
    ends = {each.first: each for each in row.candidates if each.end == row.end and each.cut}
    shared = begins.keys() & ends.keys()
    assert shared
    for boundary in shared:
        (x, _, width, _), (begin, _, rest, _) = begins[boundary].box, ends[boundary].box
        assert x == 30
        assert abs(begin - (x + width)) <= 1
        assert abs(begin + rest - 160) <= 1


def test_nested_zigzags_have_a_bounded_number_of_candidates() -> None:
    """Each is as wide as eight digits and may be cut in sixty places; between any two of them may lie a digit."""
    page = np.full((300, 700), 235, np.uint8)
    for number in range(16):
        points = [(8 + x + 2 * number, 10 + 12 * number + 90 * (x // 60 % 2)) for x in range(0, 640, 60)]
        cv2.polylines(page, [np.array(points, np.int32)], False, 30, 2)
    layout = find_layout(find_ink(page))
    assert layout is not None
    assert layout.whole.parts == 16
    assert 16 <= len(layout.candidates) <= 721
    assert sum(row.end for row in layout.rows) <= 136


def test_scribbles_over_a_large_page_have_few_candidates() -> None:
    draws = np.random.default_rng(0)
    page = np.full((760, 760), 235, np.uint8)
    cv2.polylines(page, [draws.integers(5, 755, (30, 2)).astype(np.int32)], False, 30, 3)
    layout = find_layout(find_ink(page))
    assert layout is not None
    assert 1 <= sum(each.box[2] * each.box[3] for each in layout.candidates[1:]) <= 5_100_000
