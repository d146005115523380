import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.pixels import double, find_enlargement
from handigits.ink.strokes import find_ink


@pytest.fixture
def small() -> NDArray[np.uint8]:
    """A ring of eight by eight pixels, in grey."""
    large = np.zeros((64, 64), np.uint8)
    cv2.circle(large, (32, 32), 22, 255, 8)
    return np.asarray(cv2.resize(large, (8, 8), interpolation=cv2.INTER_AREA), np.uint8)


def enlarged(image: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    return np.kron(image, np.ones((factor, factor), np.uint8))


@pytest.mark.parametrize("factor", [1, 2, 3, 8, 35])
def test_an_enlargement_is_found(small: NDArray[np.uint8], factor: int) -> None:
    assert find_enlargement(enlarged(small, factor)) == factor


def test_paper_around_it_does_not_matter(small: NDArray[np.uint8]) -> None:
    assert find_enlargement(enlarged(np.pad(small, ((3, 40), (17, 2))), 5)) == 5


def test_one_pixel_that_was_painted_later_is_no_square(small: NDArray[np.uint8]) -> None:
    picture = enlarged(small, 6)
    picture[13, 13] ^= 1
    assert find_enlargement(picture) == 1


def test_a_photo_is_none(small: NDArray[np.uint8]) -> None:
    assert find_enlargement(cv2.resize(small, (64, 64), interpolation=cv2.INTER_CUBIC)) == 1
    assert find_enlargement(np.random.default_rng(0).integers(0, 256, (100, 60), np.uint8)) == 1


@pytest.mark.parametrize("tone", [0, 255])
def test_straight_edges_are_no_pixels(tone: int) -> None:
    page = np.full((100, 60), 255 - tone, np.uint8)
    assert find_enlargement(page) == 1
    page[20:80, 20:30] = tone
    page[20:30, 20:50] = tone
    assert find_enlargement(page) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2)])
def test_hardly_any_pixels_are_a_picture_as_well(shape: tuple[int, int]) -> None:
    assert find_enlargement(np.zeros(shape, np.uint8)) == 1
    assert double(np.zeros(shape, np.uint8)).shape == (2 * shape[0], 2 * shape[1])


def test_it_is_found_as_the_small_picture_is(small: NDArray[np.uint8]) -> None:
    one, other = find_ink(small), find_ink(enlarged(small, 8))
    assert np.array_equal(one.strength, other.strength)
    assert one.strength.shape == (16, 16)
    assert (one.scale, other.scale) == (2, 0.25)
    assert [finding.kind for finding in other.findings] == ["enlarged", *(finding.kind for finding in one.findings)]


def test_a_doubled_picture_is_smooth_and_in_its_place(small: NDArray[np.uint8]) -> None:
    rows = np.arange(8)
    twice = double(small).astype(float)
    centre = (twice.sum(1) @ np.arange(16) / twice.sum() - 0.5) / 2
    assert centre == pytest.approx(small.sum(1) @ rows / small.sum(), abs=0.05)
    assert np.abs(np.diff(twice, axis=0)).max() < np.abs(np.diff(small.astype(float), axis=0)).max()


def test_the_negative_is_doubled_to_the_negative() -> None:
    """Of a few tones on flat paper many a mean is a half."""
    gray = np.full((19, 7), 81, np.uint8)
    gray[10, [0, 3]], gray[11, [1, 2]], gray[17, 2] = (189, 5), (127, 95), 110
    assert np.array_equal(double(255 - gray), 255 - double(gray))
