"""Looks at a picture of MNIST's size through filters."""

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.views import find_views


@pytest.fixture
def bar() -> NDArray[np.uint8]:
    """A one: an upright bar, white on black."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = 255
    return image


def test_a_picture_of_another_size_has_no_views() -> None:
    assert find_views(np.zeros((28, 29), np.uint8)) == ()


def test_views_are_what_a_model_wants(bar: NDArray[np.uint8]) -> None:
    views = find_views(255 - bar)
    assert len(views) == 3
    for view in views:
        assert (view.shape, view.dtype) == ((28, 28), np.float32)
        assert (view.min(), view.max()) == (0, 1)
        assert view[14, 14] > 0.9
        assert view[14, 4] == 0


def test_specks_are_gone_without_a_trace(bar: NDArray[np.uint8]) -> None:
    speckled = bar.copy()
    speckled[5:25:4, 4:9:4] = 255
    np.testing.assert_array_equal(find_views(speckled)[0], find_views(bar)[0])


def test_grain_is_smoothed(bar: NDArray[np.uint8]) -> None:
    grain = np.random.default_rng(0).normal(0, 60, bar.shape)
    noisy = np.clip(bar + grain, 0, 255).astype(np.uint8)
    assert np.abs(find_views(noisy)[1] - find_views(bar)[1]).mean() < 0.5 * np.abs(noisy / 255 - bar / 255).mean()


def test_splashes_are_gone_and_what_they_lie_beside_is_not(bar: NDArray[np.uint8]) -> None:
    splashed = bar.copy()
    splashed[2:7, 20:25] = 255
    calm, raw = find_views(splashed)[4], find_views(splashed)[3]
    np.testing.assert_array_equal(raw, bar / np.float32(255))
    assert not calm[:, 18:].any()
    assert len(find_views(bar)) == 3


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
def test_bands_in_the_other_tone_are_negated(bar: NDArray[np.uint8], turned: bool, inverted: bool) -> None:
    banded = bar.copy()
    banded[:, :6] = 255 - banded[:, :6]
    banded[:, 20:] = 255 - banded[:, 20:]
    banded = banded.T if turned else banded
    view = find_views(255 - banded if inverted else banded)[3]
    np.testing.assert_array_equal(view, (bar.T if turned else bar) / np.float32(255))


def test_ink_that_reaches_an_edge_is_no_band(bar: NDArray[np.uint8]) -> None:
    bar[:, 12:16] = 255
    assert len(find_views(bar)) == 3
