import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink import find_ink
from handigits.ink.foreground import drop_shadow, find_foreground
from handigits.ink.marks import find_marks


def page(*strokes: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Upright strokes on white paper, each (its column, its width, its tone), crossed by none."""
    paper = np.full((120, 160), 255, np.uint8)
    for column, width, tone in strokes:
        cv2.rectangle(paper, (column, 20), (column + width - 1, 99), tone, -1)
    return paper


def foreground(paper: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    ink = find_ink(paper)
    return find_foreground(ink.strength, ink.depth)


def test_the_darker_of_two_inks_is_left_alone_and_at_full_strength() -> None:
    darker = foreground(page((30, 8, 20), (100, 8, 150)))
    assert darker is not None
    assert darker[60, 34] == 255
    assert not darker[:, 90:].any()


def test_a_fainter_stroke_across_a_darker_one_is_taken_away() -> None:
    paper = page((60, 10, 20))
    cv2.line(paper, (10, 60), (150, 62), 150, 6)
    paper[20:100, 60:70] = 20  # the darker ink is on top
    darker = foreground(paper)
    assert darker is not None
    columns = np.flatnonzero(darker.any(0))
    assert (columns.min(), columns.max()) == (60, 69)


@pytest.mark.parametrize(
    "strokes",
    [((30, 8, 20),), ((30, 8, 20), (100, 8, 60)), ((30, 20, 20), (100, 20, 20), (75, 3, 150))],
    ids=["one stroke", "nearly of one tone", "hardly any of it faint"],
)
def test_there_is_no_darker_ink_where_there_is_but_one(strokes: tuple[tuple[int, int, int], ...]) -> None:
    assert foreground(page(*strokes)) is None


def test_hairlines_have_no_core_to_tell_a_tone_by() -> None:
    assert foreground(page((30, 1, 20), (100, 1, 150))) is None


def test_a_blank_page_has_no_ink_at_all() -> None:
    assert foreground(page()) is None


def shaded(width: int, shade: int, *, top: int = 60, stroke: int = 8) -> NDArray[np.uint8]:
    """An upright stroke in a picture of 160 x 160, and a shadow over its lower half that begins in row `top`."""
    paper = np.full((160, 160), 230, np.uint8)
    paper[top:, 76 - width // 2 : 76 + width // 2] = shade
    paper[30:110, 76 - stroke // 2 : 76 + stroke // 2] = np.where(np.arange(30, 110) < top, 40, 25)[:, None]
    return paper


def depth_of(paper: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray((230 - paper.astype(np.float32)) * 255 / 230, np.uint8)


def without_shadow(paper: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    depth = depth_of(paper)
    strength = np.where(depth > 20, np.uint8(255), np.uint8(0))
    return drop_shadow(strength, depth, find_marks(strength))


@pytest.mark.parametrize("shade", [100, 160], ids=["dark", "light"])
def test_what_is_written_under_a_shadow_is_left_alone(shade: int) -> None:
    writing = without_shadow(shaded(30, shade))
    assert writing is not None
    assert np.array_equal(writing >= 128, depth_of(shaded(0, 230)) > 20)


@pytest.mark.parametrize(
    "paper",
    [
        shaded(10, 120),
        shaded(30, 60),
        shaded(30, 120, stroke=1),
        shaded(0, 230),
        np.pad(shaded(30, 120)[10:-10, 10:-10], 10, constant_values=230),
        shaded(30, 120)[30:],
        shaded(30, 120)[:, 74:],
    ],
    ids=["no broader", "nearly as dark", "over a hairline", "none", "away from the edge", "writing at the edge", "cut"],
)
def test_what_is_no_shadow_over_writing_stays(paper: NDArray[np.uint8]) -> None:
    assert without_shadow(np.ascontiguousarray(paper)) is None


def test_a_blank_page_has_no_shadow() -> None:
    blank = np.zeros((40, 40), np.uint8)
    assert drop_shadow(blank, blank, find_marks(blank)) is None


def test_a_shadow_that_hangs_together_with_no_writing_leaves_all_as_it_is() -> None:
    paper = shaded(0, 230)
    paper[:, 130:] = 110
    assert without_shadow(paper) is None


def test_what_stands_beside_a_shadow_stays_as_it_is() -> None:
    paper = shaded(30, 120)
    paper[30:110, 20:28] = 90
    writing, alone = without_shadow(paper), without_shadow(shaded(30, 120))
    assert writing is not None
    assert alone is not None
    assert np.array_equal(writing[:, 40:], alone[:, 40:])
    assert (writing[30:110, 20:28] == 255).all()
