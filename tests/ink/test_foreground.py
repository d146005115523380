import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink import find_ink
from handigits.ink.foreground import find_foreground


def page(*strokes: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Upright strokes on white paper, each (its column, its width, its tone), crossed by none."""
    paper = np.full((120, 160), 255, np.uint8)
    for column, width, tone in strokes:
        cv2.rectangle(paper, (column, 20), (column + width - 1, 99), tone, -1)
    return paper


def test_the_darker_of_two_inks_is_left_alone_and_at_full_strength() -> None:
    darker = find_foreground(find_ink(page((30, 8, 20), (100, 8, 150))))
    assert darker is not None
    assert darker.strength[60, 34] == 255
    assert not darker.strength[:, 90:].any()
    assert darker.stroke_width == pytest.approx(8, abs=1)


def test_a_fainter_stroke_across_a_darker_one_is_taken_away() -> None:
    paper = page((60, 10, 20))
    cv2.line(paper, (10, 60), (150, 62), 150, 6)
    paper[20:100, 60:70] = 20  # the darker ink is on top
    darker = find_foreground(find_ink(paper))
    assert darker is not None
    columns = np.flatnonzero(darker.strength.any(0))
    assert (columns.min(), columns.max()) == (60, 69)


@pytest.mark.parametrize(
    "strokes",
    [((30, 8, 20),), ((30, 8, 20), (100, 8, 60)), ((30, 20, 20), (100, 20, 20), (75, 3, 150))],
    ids=["one stroke", "nearly of one tone", "hardly any of it faint"],
)
def test_there_is_no_darker_ink_where_there_is_but_one(strokes: tuple[tuple[int, int, int], ...]) -> None:
    assert find_foreground(find_ink(page(*strokes))) is None


def test_hairlines_have_no_core_to_tell_a_tone_by() -> None:
    assert find_foreground(find_ink(page((30, 1, 20), (100, 1, 150)))) is None


def test_a_blank_page_has_no_ink_at_all() -> None:
    assert find_foreground(find_ink(page())) is None
