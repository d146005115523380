import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from handigits.config import AugmentConfig
from handigits.handwriting import synthesize
from handigits.training.draws import Draws
from handigits.training.warp import warp

ALL_MOVES = AugmentConfig(rotate=25, shear=0.4, stretch=0.4, scale=0.0, elastic=0.7, fit=True)


def draws(seed: int = 0) -> Draws:
    return Draws(torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def digits() -> Tensor:
    return torch.from_numpy(synthesize(200, seed=0).images).unsqueeze(1).float() / 255


def sides(images: Tensor) -> NDArray[np.int64]:
    """Height and width of the box around ink of half strength at least, (N, 2)."""
    ink = (images[:, 0] > 0.5).numpy()
    return np.array([[np.ptp(np.flatnonzero(image.any(axis=axis))) + 1 for axis in (1, 0)] for image in ink])


def centres(images: Tensor) -> Tensor:
    """Row and column of the centre of mass, (N, 2)."""
    axis = torch.arange(28.0)
    image = images[:, 0]
    mass = image.sum((1, 2))
    return torch.stack([(image.sum(2) * axis).sum(1) / mass, (image.sum(1) * axis).sum(1) / mass], 1)


def test_a_fitted_digit_is_20_pixels_long_however_it_was_turned_and_bent(digits: Tensor) -> None:
    longer = sides(warp(digits, ALL_MOVES, draws())).max(axis=1)
    assert 19 < longer.mean() < 20.5
    assert longer.std() < 1.2


def test_without_a_fit_the_same_digits_come_in_many_sizes(digits: Tensor) -> None:
    loose = AugmentConfig(rotate=25, shear=0.4, stretch=0.4, elastic=0.7)
    assert sides(warp(digits, loose, draws())).max(axis=1).std() > 1.8


def test_a_fitted_digit_has_its_mass_where_mnist_has_it(digits: Tensor) -> None:
    middle = (centres(warp(digits, ALL_MOVES, draws())) - 14).abs()
    assert middle.mean() < 0.1
    assert middle.max() < 1


def test_a_fit_takes_up_what_the_paper_did(digits: Tensor) -> None:
    fit = AugmentConfig(fit=True)
    small = warp(digits, AugmentConfig(scale=0.2, shift=1.5), draws())
    assert (warp(small, fit, draws()) - warp(digits, fit, draws())).abs().mean() < 0.03


def test_shift_and_scale_come_after_the_fit(digits: Tensor) -> None:
    moved = centres(warp(digits, AugmentConfig(fit=True, shift=1), draws())) - 14
    assert 0.9 < moved.abs().max() < 1.3
    longer = sides(warp(digits, AugmentConfig(fit=True, scale=0.15), draws())).max(axis=1)
    assert longer.min() <= 18
    assert longer.max() >= 22


def test_a_stretch_changes_the_shape_and_not_the_area() -> None:
    square = torch.zeros(200, 1, 28, 28)
    square[..., 9:19, 9:19] = 1
    varied = warp(square, AugmentConfig(stretch=0.5), draws())
    assert torch.allclose(varied.sum((1, 2, 3)), square.sum((1, 2, 3)), rtol=0.03)
    heights, widths = sides(varied).T
    assert (widths / heights).max() == pytest.approx(1.5, abs=0.15)
    assert (heights / widths).max() == pytest.approx(1.5, abs=0.15)


def test_a_cubic_resampling_keeps_strokes_sharper_and_within_the_range_of_images(digits: Tensor) -> None:
    linear, cubic = (warp(digits, AugmentConfig(rotate=10, cubic=is_cubic), draws()) for is_cubic in (False, True))
    assert sharpness(cubic) > 1.1 * sharpness(linear)
    assert cubic.min() == 0
    assert cubic.max() == 1
    assert (cubic - linear).abs().mean() < 0.02


def sharpness(images: Tensor) -> float:
    return float(images.diff(dim=3).square().mean())


def test_a_bend_is_the_same_whether_seen_on_half_the_size_or_not(digits: Tensor) -> None:
    """What is foreseen at half the size is what comes: else strong bends would leave digits off the centre."""
    varied = warp(digits, AugmentConfig(elastic=1.5, fit=True), draws())
    assert (centres(varied) - 14).abs().mean() < 0.2
