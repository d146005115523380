import gzip
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handigits.data.embedded import load_mnist_5k
from handigits.errors import PictureError
from handigits.ink import detect_polarity, to_input


@pytest.fixture(scope="module")
def mnist() -> np.ndarray:
    """MNIST's test digits where they are at hand, otherwise the digits that a dependency carries."""
    if directory := os.environ.get("HANDIGITS_DATA"):
        content = gzip.decompress((Path(directory) / "mnist" / "t10k-images-idx3-ubyte.gz").read_bytes())
        return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28)
    return load_mnist_5k().train.images


def page(height: int, width: int) -> np.ndarray:
    """A dark stroke on light paper."""
    gray = np.full((height, width), 250, np.uint8)
    gray[height // 5 : height - height // 5, width // 2 : width // 2 + max(1, width // 8)] = 10
    return gray


def test_every_mnist_digit_passes_unchanged(mnist):
    assert all(np.array_equal(to_input(image), image.astype(np.float32) / np.float32(255)) for image in mnist)


def test_every_negative_of_an_mnist_digit_gives_the_digit(mnist):
    assert all(np.array_equal(to_input(255 - image), image.astype(np.float32) / np.float32(255)) for image in mnist)


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (1, 10_000), (10_000, 1), (5, 7), (100, 60), (2_000, 3_000)])
def test_any_size_becomes_the_input_contract(shape):
    fitted = to_input(page(*shape))
    assert fitted.shape == (28, 28)
    assert fitted.dtype == np.float32
    assert 0 <= fitted.min() <= fitted.max() <= 1


@given(arrays(np.uint8, st.tuples(st.integers(4, 40), st.integers(4, 40))))  # in a line of pixels, rounding decides
def test_a_picture_and_its_negative_are_the_same_input(gray):
    if gray.min() < gray.max() and float(gray.mean()) != 127.5:
        assert np.array_equal(to_input(gray), to_input(255 - gray))


def test_the_longer_side_becomes_20_and_the_aspect_is_kept():
    fitted = to_input(np.pad(np.zeros((80, 20), np.uint8), 15, constant_values=255))
    ink = np.argwhere(fitted > 0.5)
    assert (ink.max(0) - ink.min(0) + 1).tolist() == [20, 5]


def test_the_centre_of_mass_comes_to_the_middle():
    page = np.zeros((300, 400), np.uint8)
    page[200:280, 20:30] = 255
    page[270:280, 20:80] = 255  # an L, its mass at the lower left
    fitted = to_input(page).astype(np.float64)
    rows, columns = fitted.sum(1) @ np.arange(28), fitted.sum(0) @ np.arange(28)
    assert np.array([rows, columns]) / fitted.sum() == pytest.approx([14, 14], abs=0.51)


def test_mnist_digits_come_back_from_a_large_canvas(mnist):
    """Enlarged tenfold, put off the centre and inverted, they are made what they were."""
    differences = []
    for image in mnist[:200]:
        canvas = np.zeros((400, 500), np.uint8)
        canvas[90:370, 190:470] = cv2.resize(image, (280, 280), interpolation=cv2.INTER_CUBIC)
        differences.append(np.abs(to_input(255 - canvas) - image / np.float32(255)).mean())
    assert np.mean(differences) < 0.05


def test_scaling_down_is_antialiased():
    page = np.full((420, 420), 255, np.uint8)
    cv2.line(page, (60, 60), (360, 360), 0, 40)
    fitted = to_input(page)
    assert ((fitted > 0.1) & (fitted < 0.9)).sum() > 10  # a sampled line would have two tones


def test_thin_pens_are_widened_and_markers_thinned():
    widths = []
    for pen in (3, 30, 110):
        page = np.full((400, 400), 255, np.uint8)
        cv2.line(page, (100, 60), (300, 340), 0, pen)
        widths.append(to_input(page).sum() / 20)
    thin, middle, marker = widths
    assert thin > 1.2  # 0.2 as it came
    assert middle == pytest.approx(2.2, abs=0.5)
    assert marker < 6


def test_what_was_thinned_fits_the_box_all_the_same():
    page = np.full((400, 400), 255, np.uint8)
    cv2.rectangle(page, (140, 60), (260, 340), 0, -1)
    rows, columns = np.nonzero(to_input(page) > 0.1)
    assert np.ptp(rows) + 1 == 20
    assert 4 <= np.ptp(columns) + 1 <= 6  # 9 as it came


def test_polarity_can_be_told():
    digit = load_mnist_5k().train.images[0]
    assert np.array_equal(to_input(digit, polarity="light-on-dark"), digit / np.float32(255))
    assert not np.array_equal(to_input(digit, polarity="dark-on-light"), digit / np.float32(255))


def test_polarity_is_judged_by_paper_of_any_tone():
    gray_paper = np.full((50, 50), 100, np.uint8)
    gray_paper[10:40, 24:27] = 20
    assert detect_polarity(gray_paper) == "dark-on-light"
    gray_paper[10:40, 24:27] = 180
    assert detect_polarity(gray_paper) == "light-on-dark"


@pytest.mark.parametrize("tone", [0, 255])
def test_a_blank_page_has_no_ink(tone):
    assert to_input(np.full((90, 60), tone, np.uint8)).max() == 0


@pytest.mark.parametrize("gray", [np.zeros((0, 5), np.uint8), np.zeros((2, 2)), np.zeros((2, 2, 3), np.uint8)])
def test_what_is_not_gray_pixels_is_refused(gray):
    with pytest.raises(PictureError, match=r"expected uint8 \(H, W\)"):
        to_input(gray)
