import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.polarity import detect_polarity


def framed(*, ring: int, inside: int, share: float = 1.0, rest: int = 0) -> NDArray[np.uint8]:
    """20 x 20 of `inside`; of the 144 pixels of its two outermost rings this share is `ring`, the others are `rest`."""
    gray = np.full((20, 20), inside, np.uint8)
    places = [(row, column) for row in range(20) for column in range(20) if {row, column} & {0, 1, 18, 19}]
    for number, place in enumerate(places):
        gray[place] = ring if number < share * len(places) else rest
    return gray


def half_desk() -> NDArray[np.uint8]:
    """Light paper at the left, a dark desk at the right, as much ring of either."""
    gray = np.full((100, 100), 230, np.uint8)
    gray[:, 50:] = 20
    return gray


def test_the_tone_around_is_the_paper() -> None:
    assert detect_polarity(framed(ring=200, inside=10)) == "dark-on-light"
    assert detect_polarity(framed(ring=10, inside=200)) == "light-on-dark"


@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
def test_every_side_of_the_ring_counts(side: str) -> None:
    gray = framed(ring=200, inside=10)
    lost = {"top": np.s_[:2], "bottom": np.s_[-2:], "left": np.s_[:, :2], "right": np.s_[:, -2:]}[side]
    gray[lost] = 10
    assert detect_polarity(gray) == "dark-on-light"  # 56 of the 76 outermost are light still


def test_paper_darker_than_middle_gray_is_paper() -> None:
    gray = np.full((50, 50), 90, np.uint8)
    gray[20:30, 20:30] = 30
    assert detect_polarity(gray) == "dark-on-light"


def test_a_ring_that_one_tone_rules_is_believed_whatever_is_thin_inside() -> None:
    gray = framed(ring=230, inside=20, share=0.75, rest=20)
    gray[10, 4:16] = 230
    assert detect_polarity(gray) == "dark-on-light"


def test_a_line_along_the_edge_is_no_paper() -> None:
    gray = np.full((60, 60), 220, np.uint8)
    gray[[0, -1]] = gray[:, [0, -1]] = 20
    gray[20:40, 28:31] = 20
    assert detect_polarity(gray) == "dark-on-light"
    assert detect_polarity(255 - gray) == "light-on-dark"


def test_a_thick_zero_that_nearly_fills_its_picture_is_ink() -> None:
    gray = np.full((100, 70), 230, np.uint8)
    gray[3:-3, 3:-3] = 20
    gray[23:-23, 20:-20] = 230
    assert detect_polarity(gray) == "dark-on-light"
    assert detect_polarity(255 - gray) == "light-on-dark"


def test_where_no_tone_rules_the_ring_thin_marks_decide() -> None:
    dark, light = half_desk(), half_desk()
    dark[20:80, 24:27] = 20
    light[20:80, 74:77] = 230
    assert detect_polarity(dark) == "dark-on-light"
    assert detect_polarity(light) == "light-on-dark"


def test_more_thin_ink_outweighs_a_scratch_of_the_other_tone() -> None:
    gray = half_desk()
    gray[20:80, 24:27] = 20
    gray[20:40, 74:77] = 230
    assert detect_polarity(gray) == "dark-on-light"


def test_without_thin_marks_the_larger_share_is_paper() -> None:
    gray = half_desk()
    gray[:, 50:60] = 230
    assert detect_polarity(gray) == "dark-on-light"
    assert detect_polarity(255 - gray) == "light-on-dark"


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 2)])
def test_a_picture_of_any_shape_has_a_polarity_and_its_negative_the_other(shape: tuple[int, int]) -> None:
    gray = np.random.default_rng(3).integers(0, 256, shape).astype(np.uint8)
    assert {detect_polarity(gray), detect_polarity(255 - gray)} == {"dark-on-light", "light-on-dark"}


def photographed(*, ink: float = 0.2) -> NDArray[np.uint8]:
    """A 7 on white paper, nearly all of which, and of its edges, lies in a shadow."""
    page = cv2.polylines(np.ones((300, 300)), [np.array([[110, 90], [190, 90], [140, 220]])], False, ink, 9)
    shadow = 1 - 0.55 / (1 + np.exp(-(np.add.outer(np.arange(300), np.arange(300)) - 130) / 10))
    return (240 * page * shadow).astype(np.uint8)


@pytest.mark.parametrize("ink", [0.05, 0.2, 0.3])
def test_a_page_in_a_shadow_is_still_paper(ink: float) -> None:
    assert detect_polarity(photographed(ink=ink)) == "dark-on-light"
    assert detect_polarity(255 - photographed(ink=ink)) == "light-on-dark"


@pytest.mark.parametrize(("width", "count", "dimmest"), [(3, 2, 0.35), (4, 3, 0.3)])
def test_few_thin_strokes_on_a_page_that_is_lit_from_the_side_are_ink(width: int, count: int, dimmest: float) -> None:
    strokes = [np.array([[x, 120], [x + 25, 120], [x + 8, 170]]) for x in range(190, 190 + 40 * count, 40)]
    page = cv2.polylines(np.ones((300, 400)), strokes, False, 0.7, width)
    gray = (235 * page * np.linspace(dimmest, 1, 400)).astype(np.uint8)
    assert detect_polarity(gray) == "dark-on-light"
    assert detect_polarity(255 - gray) == "light-on-dark"


@pytest.mark.parametrize("corner", [110, 150])
@pytest.mark.parametrize("reach", [200, 300])
def test_one_bright_corner_in_poor_light_makes_no_board_of_the_page(corner: int, reach: int) -> None:
    seven = cv2.polylines(np.ones((300, 400)), [np.array([[230, 80], [340, 80], [280, 230]])], False, 0.6, 8)
    rows, columns = np.mgrid[:300, :400]
    light = 60 + (corner - 60) * np.clip(1 - np.hypot(columns, 300 - rows) / reach, 0, 1)
    assert detect_polarity((light * seven).astype(np.uint8)) == "dark-on-light"
    assert detect_polarity((light * (2 - seven)).astype(np.uint8)) == "light-on-dark"
