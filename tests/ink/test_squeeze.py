"""Broad marks that fill a square, squeezed."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.squeeze import squeeze
from handigits.ink.strokes import find_ink


def band(width: int, *, high: int = 60) -> NDArray[np.uint8]:
    """A leaning band, so wide, from corner to corner of 60 x `high` pixels; dark, with paper around it."""
    page = np.full((120, 120), 235, np.uint8)
    corners = np.array([[30, 30 + high], [30 + width, 30 + high], [90, 30], [90 - width, 30]], np.int32)
    return np.asarray(cv2.fillPoly(page, [corners], (30.0,)), np.uint8)


def test_a_broad_band_becomes_as_slim_as_a_1() -> None:
    slim = squeeze(find_ink(band(36)))
    assert slim is not None
    height, width = slim.shape
    assert height == 4 * width and 58 <= width <= 63
    assert (slim[height // 2] >= 128).sum() == pytest.approx(36, abs=2)


def two_marks() -> NDArray[np.uint8]:
    page = band(36)
    page[95:115, 95:115] = 30
    return page


@pytest.mark.parametrize(
    "page",
    [band(12), band(36, high=40), two_marks(), np.full((60, 60), 235, np.uint8)],
    ids=["a pen", "not square", "two marks", "blank"],
)
def test_nothing_else_is_squeezed(page: NDArray[np.uint8]) -> None:
    assert squeeze(find_ink(page)) is None
