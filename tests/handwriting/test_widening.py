import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import Split, load_dataset
from handigits.handwriting import widen


@pytest.fixture(scope="module")
def digits() -> Split:
    train = load_dataset("mnist-5k").train
    return train.subset(np.arange(0, len(train), 20))


@pytest.fixture(scope="module")
def wide(digits: Split) -> Split:
    return widen(digits, 2 * len(digits), seed=0)


def aspect(image: NDArray[np.uint8]) -> float:
    """Width in heights."""
    _, _, width, height = cv2.boundingRect((image > 127).astype(np.uint8))
    return width / height


def test_each_digit_comes_as_often_as_every_other_and_keeps_its_label(digits: Split, wide: Split) -> None:
    assert np.array_equal(np.bincount(wide.labels), 2 * np.bincount(digits.labels))


def test_half_of_them_fill_a_square(wide: Split) -> None:
    zeros = [aspect(image) for image in wide.images[wide.labels == 0]]
    assert 0.4 < np.mean([0.9 < each < 1.1 for each in zeros]) < 0.95


def test_an_upright_1_is_thinned_as_the_ink_of_such_a_picture_is(digits: Split, wide: Split) -> None:
    before = digits.images[digits.labels == 1].mean((1, 2)).mean()
    after = wide.images[wide.labels == 1].mean((1, 2))
    assert 1.1 * before < np.mean(after) < 2 * before  # as a block it would have six times as much
    assert np.quantile(after, 0.9) < 3 * before


def test_the_seed_decides(digits: Split) -> None:
    again, other = widen(digits, 20, seed=1), widen(digits, 20, seed=2)
    assert np.array_equal(again.images, widen(digits, 20, seed=1).images)
    assert not np.array_equal(again.images, other.images)


def test_a_blank_image_stays_blank() -> None:
    blank = Split(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.int64), "blank")
    assert not widen(blank, 3, seed=0).images.any()
