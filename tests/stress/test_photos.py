import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from handigits.data import Split
from handigits.stress import Photo, make_photos
from handigits.stress.camera import photograph, tilt
from handigits.stress.hands import HEIGHT, MARGIN, STYLES, draw_strokes, enlarge
from handigits.stress.paper import PAPERS, light, make_page
from handigits.stress.photos import CHALK, PENS


@pytest.fixture(scope="module")
def photos(written: Split) -> list[Photo]:
    return [*make_photos(written, (1, 1), 30, seed=1), *make_photos(written, (2, 8), 30, seed=1)]


def box(field: NDArray[np.float32]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero((field > 0).any(axis=1)), np.flatnonzero((field > 0).any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


@pytest.mark.parametrize("digit", range(10))
def test_strokes_fill_their_box(digit: int) -> None:
    generator = np.random.default_rng(digit)
    for _ in range(8):
        field = draw_strokes(digit, 0.04, generator)
        assert field.shape[0] == HEIGHT + 2 * MARGIN
        edges = np.array(box(field)) - (MARGIN, MARGIN + HEIGHT, MARGIN, field.shape[1] - MARGIN)
        assert np.abs(edges).max() <= 2


def test_a_digit_has_more_than_one_style() -> None:
    assert len(STYLES) == 10
    assert all(len(styles) > 1 for styles in STYLES)


def test_a_broader_pen_leaves_more_ink() -> None:
    fine, broad = (draw_strokes(3, radius, np.random.default_rng(0)) for radius in (0.02, 0.06))
    assert (broad > 0).sum() > 2 * (fine > 0).sum()


def test_an_enlarged_digit_is_the_digit(written: Split) -> None:
    for image in written.images:
        field = enlarge(image, 0.0)
        rows, columns = np.flatnonzero((image > 102).any(axis=1)), np.flatnonzero((image > 102).any(axis=0))
        tight = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        ink = (field > 0)[MARGIN:-MARGIN, MARGIN:-MARGIN].astype(np.float32)
        small = cv2.resize(ink, tight.shape[::-1], interpolation=cv2.INTER_AREA)
        assert np.corrcoef(small.ravel(), tight.ravel())[0, 1] > 0.8


def test_swelling_makes_a_pen_broader(written: Split) -> None:
    fine, plain, broad = ((enlarge(written.images[0], swell) > 0).sum() for swell in (-0.4, 0.0, 0.3))
    assert fine < plain < broad


def test_an_image_without_ink_gives_no_ink() -> None:
    assert not (enlarge(np.zeros((28, 28), np.uint8), 0.3) > 0).any()


def test_the_kinds_of_paper_are_shares_of_a_whole() -> None:
    assert sum(paper.share for paper in PAPERS) == pytest.approx(1)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_a_page_has_the_tone_of_its_paper(paper: object) -> None:
    assert paper in PAPERS
    kind = PAPERS[PAPERS.index(paper)]  # type: ignore[arg-type]
    page = make_page(kind, (200, 300), 60.0, np.random.default_rng(0))
    assert page.shape == (200, 300, 3)
    middle = np.median(page, axis=(0, 1))
    assert (middle > np.array(kind.darkest) - 0.06).all()
    assert (middle < np.array(kind.lightest) + 0.06).all()


def test_light_falls_unevenly_and_is_never_gone() -> None:
    lit = [light((60, 80), np.random.default_rng(seed)) for seed in range(30)]
    assert min(float(each.min()) for each in lit) > 0.2
    assert max(float(each.max() / each.min()) for each in lit) > 1.5


def test_a_camera_sees_the_same_page_from_the_side() -> None:
    page = np.zeros((90, 120, 3), np.float32)
    page[30:60, 40:80] = 1
    seen = tilt(page, np.random.default_rng(0))
    assert seen.shape == page.shape
    assert 0 < np.abs(seen - page).mean() < 0.1


def test_a_photograph_is_a_jpeg_of_its_size() -> None:
    with Image.open(io.BytesIO(photograph(np.ones((50, 70, 3), np.float32), np.random.default_rng(0)))) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (70, 50))


def test_photographs_are_as_long_as_was_asked(photos: list[Photo]) -> None:
    assert {len(photo.digits) for photo in photos[:30]} == {1}
    assert {len(photo.digits) for photo in photos[30:]} == set(range(2, 9))


def test_photographs_show_every_pen_and_both_hands(photos: list[Photo]) -> None:
    assert {photo.hand for photo in photos} == {"MNIST", "strokes"}
    assert {photo.pen for photo in photos} == {pen.name for pen in (*PENS, CHALK)}
    assert {photo.view for photo in photos} == {"camera", "scanner"}


def test_only_a_board_takes_chalk(photos: list[Photo]) -> None:
    assert all((photo.pen == "chalk") == (photo.paper == "board") for photo in photos)


def test_the_same_seed_makes_the_same_photographs(written: Split, photos: list[Photo]) -> None:
    assert next(make_photos(written, (1, 1), 1, seed=1)) == photos[0]


def test_another_seed_makes_other_photographs(written: Split, photos: list[Photo]) -> None:
    assert next(make_photos(written, (1, 1), 1, seed=2)).content != photos[0].content


def test_ink_stays_within_the_picture(photos: list[Photo]) -> None:
    """Else the truth of a photograph would be more than it shows; chalk on a board is easy to tell apart."""
    boards = [photo for photo in photos if photo.paper == "board"]
    assert len(boards) > 3
    for photo in boards:
        pixels = cv2.imdecode(np.frombuffer(photo.content, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert pixels is not None
        smooth = cv2.GaussianBlur(pixels, (0, 0), 2)
        edge = np.concatenate([smooth[0], smooth[-1], smooth[:, 0], smooth[:, -1]])
        assert edge.max() < 110 < smooth.max()
