"""Small pictures, and digits that were cut out: the offline page reads them as Python does."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.judgement import NO_INK
from handigits.recognizer import Recognizer, prepare
from handigits.stress.corruptions import corrupt

from .conftest import Opened
from .hands import expect_same, read_in_page


def test_a_digit_that_fills_its_picture_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    zero = next(image for image in test_images if shipped.predict(image).digits == "0")
    rows, columns = np.flatnonzero(zero.any(1)), np.flatnonzero(zero.any(0))
    full = cv2.resize(zero[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], (32, 40))
    found = read_in_page(opened(pad), full)
    assert found["digits"] == "0"
    expect_same(found, shipped.predict(full))


@pytest.mark.parametrize("size", [12, 64])
def test_digits_that_were_cut_out_tightly_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8], size: int
) -> None:
    page = opened(pad)
    stretched = [cv2.resize(tight(image), (size, size), interpolation=cv2.INTER_LINEAR_EXACT) for image in test_images]
    readings = zip(stretched, shipped.read([prepare(image) for image in stretched]), strict=True)
    with_margin = [(image, reading) for image, reading in readings if reading.given.margin]
    assert len(with_margin) > 1
    for image, reading in with_margin[:3]:
        expect_same(read_in_page(page, image), reading.prediction)


@pytest.mark.parametrize("size", [16, 40])
def test_ones_that_were_stretched_to_blocks_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8], size: int
) -> None:
    page = opened(pad)
    blocks = [cv2.resize(tight(image), (size, size), interpolation=cv2.INTER_LINEAR_EXACT) for image in test_images]
    blocks = [np.where(block > 127, np.uint8(0), np.uint8(255)) for block in blocks]
    readings = zip(blocks, shipped.read([prepare(block) for block in blocks]), strict=True)
    broad = [
        (block, reading)
        for block, reading in readings
        if reading.given.is_squeezed
        or (reading.abstained and any(each.is_squeezed for each in prepare(block).find_changed()))
    ]
    assert len({reading.abstained for _, reading in broad[:12]}) == 2  # some are refused all the same
    for block, reading in broad[:12]:
        expect_same(read_in_page(page, block), reading.prediction)


@pytest.mark.parametrize(("size", "factor"), [(9, 1), (16, 1), (9, 8), (16, 4)])
def test_pictures_of_few_pixels_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8], size: int, factor: int
) -> None:
    page = opened(pad)
    for image in test_images[:20]:
        small = np.asarray(cv2.resize(tight(image), (size, size), interpolation=cv2.INTER_AREA), np.uint8)
        picture = np.kron(small, np.ones((factor, factor), np.uint8))
        expect_same(read_in_page(page, picture), shipped.predict(picture), within=0.01)  # OpenCV's last bit, enlarged


def tight(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A digit without the paper around it."""
    rows, columns = np.flatnonzero((image > 100).any(1)), np.flatnonzero((image > 100).any(0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("kind", ["spatter", "noise", "stripe", "zigzag"])
def test_spoilt_digits_of_mnists_size_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8], kind: str
) -> None:
    page = opened(pad)
    spoilt = corrupt(test_images[:12], kind, 3)
    assert any(reading.chosen[0] > 0 for reading in shipped.read([prepare(image) for image in spoilt]))
    for image in spoilt:
        found, expected = read_in_page(page, image), shipped.predict(image)
        assert (found["digits"], found["reason"]) == (expected.digits, expected.reason)


@pytest.mark.parametrize("side", [13, 28])
def test_noise_of_mnists_size_is_blank_in_both(pad: Path, opened: Opened, shipped: Recognizer, side: int) -> None:
    noise = np.random.default_rng(side).integers(0, 256, (side, side)).astype(np.uint8)
    expected = shipped.predict(noise)
    assert expected.reason == NO_INK
    expect_same(read_in_page(opened(pad), noise), expected)


def test_a_small_picture_full_of_noise_is_read_and_noise_alone_is_not(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    noise = np.random.default_rng(0).normal(0, 16, (600, 90))
    page = opened(pad)
    for gray in (noise, noise[:90] - 60 * (cv2.resize(test_images[0], (90, 90)) / 255.0)):
        pixels = np.clip(180 + gray, 0, 255).astype(np.uint8)
        expected = shipped.predict(pixels)
        assert expected.abstained == (gray is noise)
        expect_same(read_in_page(page, pixels), expected)
