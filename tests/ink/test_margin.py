import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.margin import add_margin, is_cut_out
from handigits.ink.pixels import find_enlargement


def zero(side: int = 32) -> NDArray[np.uint8]:
    """A dark ring on light paper that touches all four sides."""
    axis = (np.arange(side) - (side - 1) / 2) / (side / 2)
    radius = np.hypot(axis[:, np.newaxis], axis)
    return np.where((radius > 0.6) & (radius < 1), 30, 220).astype(np.uint8)


def test_ink_that_reaches_the_edge_was_cut_out() -> None:
    assert is_cut_out(zero())
    assert is_cut_out(255 - zero())
    assert not is_cut_out(np.pad(zero(), 2, constant_values=220))


def test_a_large_picture_is_no_cut_out_of_one_digit() -> None:
    assert is_cut_out(zero(128))
    assert not is_cut_out(zero(129))


@pytest.mark.parametrize("factor", [2, 4, 14])
def test_what_was_enlarged_is_taken_for_what_it_was(factor: int) -> None:
    small = zero(18)
    large = np.kron(small, np.ones((factor, factor), np.uint8))
    assert is_cut_out(large)
    picture, wide = add_margin(large, "dark-on-light")
    expected, margin = add_margin(small, "dark-on-light")
    assert wide == factor * margin
    np.testing.assert_array_equal(picture[::factor, ::factor], expected)
    assert find_enlargement(picture) == factor


@pytest.mark.parametrize(("polarity", "tone"), [("dark-on-light", 220), ("light-on-dark", 30)])
def test_the_margin_has_the_tone_of_the_paper(polarity: str, tone: int) -> None:
    picture, wide = add_margin(zero(), polarity)  # type: ignore[arg-type]
    assert (wide, picture.shape) == (16, (64, 64))
    np.testing.assert_array_equal(picture[16:48, 16:48], zero())
    assert (picture[:16] == tone).all() and (picture[:, 48:] == tone).all()


def test_the_negative_gets_the_negative_of_the_margin() -> None:
    gray = np.random.default_rng(0).integers(0, 256, (20, 14)).astype(np.uint8)
    np.testing.assert_array_equal(
        add_margin(255 - gray, "light-on-dark")[0], 255 - add_margin(gray, "dark-on-light")[0]
    )
