import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.errors import PictureError
from handigits.ink.decode import decode
from handigits.ink.polarity import detect_polarity
from handigits.ink.strokes import Ink, find_ink

SEVEN = np.array([[150, 90], [285, 90], [200, 360]], np.int32)


def grainy_page(grain: float, *, coarse: float = 0.0, seed: int = 0) -> NDArray[np.float64]:
    """Paper of 450 x 450 in uneven light, whose grain deviates by `grain` and is as coarse as so many pixels."""
    noise = np.random.default_rng(seed).normal(0, 1, (450, 450))
    if coarse:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), coarse), np.float64)
    light = np.linspace(180, 230, 450)[None]
    return np.asarray(light + grain * noise / noise.std(), np.float64)


def compressed(page: NDArray[np.float64], quality: int = 60) -> NDArray[np.uint8]:
    """The page as a camera's JPEG keeps it."""
    pixels = np.clip(page, 0, 255).astype(np.uint8)
    _, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return decode(content.tobytes()).gray


def pencilled(page: NDArray[np.float64], contrast: float, width: int) -> NDArray[np.float64]:
    """A 7, so much darker than the page."""
    stroke = cv2.polylines(np.zeros((450, 450), np.uint8), [SEVEN], False, (255.0,), width, cv2.LINE_AA)
    return page - contrast * stroke.astype(np.float64) / 255


def plain(*, paper: int = 220, ink: int = 30) -> NDArray[np.uint8]:
    page = np.full((120, 90), paper, np.uint8)
    page[30:90, 40:50] = ink
    return page


def kinds(ink: Ink) -> list[str]:
    return [finding.kind for finding in ink.findings]


# The grain of the paper


@pytest.mark.parametrize("coarse", [0.0, 0.7, 1.2])
@pytest.mark.parametrize("grain", [1.5, 3.0, 5.0, 8.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_grain_is_no_ink(grain: float, coarse: float, seed: int) -> None:
    ink = find_ink(compressed(grainy_page(grain, coarse=coarse, seed=seed)))
    assert not ink.strength.any()
    assert ink.stroke_width == 0
    assert kinds(ink)[-1] == "blank"
    assert set(kinds(ink)) <= {"inverted", "edge", "blank"}  # at the edge, grain may look like a frame


@pytest.mark.parametrize("width", [4, 9])
@pytest.mark.parametrize(("grain", "contrast"), [(1.5, 26), (3.0, 30), (4.0, 40)])
@pytest.mark.parametrize("coarse", [0.0, 1.2])
def test_faint_pencil_on_grainy_paper_is_ink(grain: float, contrast: float, width: int, coarse: float) -> None:
    page = grainy_page(grain, coarse=coarse)
    ink = find_ink(compressed(pencilled(page, contrast, width)))
    truth = pencilled(np.zeros((450, 450)), -255, width) > 127
    found = ink.strength >= 128
    assert (found & truth).sum() > 0.6 * truth.sum()
    assert (found & ~truth).sum() < 0.25 * truth.sum()
    assert "low-contrast" in kinds(ink)


@pytest.mark.parametrize("seed", [0, 1])
def test_what_no_pixel_of_stands_out_from_the_grain_is_found_in_the_smoothed_page(seed: int) -> None:
    page = pencilled(np.full((450, 450), 180.0), 60, 40)
    page = cv2.resize(page, (90, 90), interpolation=cv2.INTER_AREA)
    truth = page < 150
    ink = find_ink(np.clip(page + np.random.default_rng(seed).normal(0, 16, page.shape), 0, 255).astype(np.uint8))
    found = ink.strength >= 128
    assert "grain" in kinds(ink)
    assert (found & truth).sum() > 0.8 * truth.sum()
    assert (found & ~truth).sum() < 0.35 * truth.sum()


# Light and tone


def test_the_edge_of_a_shadow_is_no_ink() -> None:
    shadow = 1 - 0.5 / (1 + np.exp(-(np.arange(400) - 200) / 25))
    page = np.repeat((220 * shadow)[None], 300, axis=0)
    page[100:200, 60:70] *= 0.3
    page[100:200, 330:340] *= 0.3
    ink = find_ink(page.astype(np.uint8))
    assert np.flatnonzero(ink.strength.max(0) >= 128).tolist() == [*range(60, 70), *range(330, 340)]


@pytest.mark.parametrize("paper", [120, 180, 255])
def test_paper_of_any_tone_is_paper(paper: int) -> None:
    assert np.array_equal(find_ink(plain(paper=paper)).strength, find_ink(plain()).strength)


def test_ink_of_any_tone_is_full_ink() -> None:
    assert find_ink(plain(ink=150)).strength[60, 45] == 255


def test_a_mark_fainter_than_the_least_contrast_is_no_ink() -> None:
    assert kinds(find_ink(plain(paper=220, ink=206))) == ["blank"]
    assert kinds(find_ink(plain(paper=220, ink=196))) == ["low-contrast"]


def test_soft_edges_stay_soft() -> None:
    page = plain()
    page[30:90, 39] = 125
    assert 100 < int(find_ink(page).strength[60, 39]) < 155


# What is told


def test_the_negative_is_the_same_ink_and_said_to_be_negated() -> None:
    dark, light = find_ink(plain()), find_ink(255 - plain())
    assert np.array_equal(find_ink(255 - plain(paper=255, ink=0)).strength, find_ink(plain(paper=255, ink=0)).strength)
    assert (dark.polarity, light.polarity) == ("dark-on-light", "light-on-dark")
    assert (kinds(dark), kinds(light)) == ([], ["inverted"])


def test_a_given_polarity_is_kept() -> None:
    assert find_ink(plain(), polarity="light-on-dark").polarity == "light-on-dark"


def test_strokes_are_as_wide_as_they_were_drawn() -> None:
    assert find_ink(plain()).stroke_width == pytest.approx(10, abs=1)


def test_a_large_picture_is_worked_on_smaller_and_a_small_one_as_it_is() -> None:
    large = np.asarray(cv2.resize(plain(), (1350, 1800), interpolation=cv2.INTER_NEAREST), np.uint8)
    ink = find_ink(large)
    assert ink.strength.shape == (768, 576)
    assert ink.scale == pytest.approx(768 / 1800)
    assert find_ink(plain()).scale == 1


def test_stages_are_kept_only_if_asked_for() -> None:
    assert find_ink(plain()).stages == ()
    names = [stage.name for stage in find_ink(plain(), keep_stages=True).stages]
    assert names == ["picture", "light removed", "ink", "writing"]


@pytest.mark.parametrize("gray", [np.zeros((4, 4)), np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4), np.uint8)])
def test_what_is_no_gray_picture_is_refused(gray: NDArray[np.uint8]) -> None:
    with pytest.raises(PictureError, match=r"expected uint8 \(H, W\), not empty"):
        find_ink(gray)


def test_where_one_tone_writes_nothing_the_other_is_tried() -> None:
    noise = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 1, (300, 400)), (0, 0), 1.2)
    rows, columns = np.mgrid[:300, :400]
    light = 90 + 110 * np.clip(1 - np.hypot(columns, 300 - rows) / 500, 0, 1)  # brightest in one corner, and faint ink
    seven = cv2.polylines(np.ones((300, 400)), [np.array([[290, 80], [340, 80], [310, 170]])], False, 0.8, 4)
    page = np.clip(light * seven * (1 + 0.03 * noise / noise.std()), 0, 255).astype(np.uint8)
    assert detect_polarity(page) == "light-on-dark"
    ink = find_ink(page)
    assert ink.polarity == "dark-on-light"
    x, y, width, height = cv2.boundingRect(ink.strength)
    assert (285, 73) <= (x, y) <= (290, 80)
    assert width <= 60
    assert height <= 105


def test_the_shadow_of_a_pen_over_the_writing_is_dropped_and_told() -> None:
    page = np.full((300, 300), 225, np.uint8)
    cv2.line(page, (150, 150), (200, 330), 120, 34)
    cv2.polylines(page, [np.array([[90, 70], [170, 70], [130, 220]], np.int32)], False, 30, 10)
    ink = find_ink(page, keep_stages=True)
    assert not ink.strength[230:].any()
    assert [finding.kind for finding in ink.findings] == ["shadow"]
    assert [stage.name for stage in ink.stages[-2:]] == ["without shadow", "writing"]
    assert ink.stroke_width == pytest.approx(10, abs=2)
