import dataclasses

import pytest
import torch
from torch import Tensor

from handigits.config import AugmentConfig
from handigits.training.augment import augment
from handigits.training.draws import Draws

KINDS = {
    "shift": AugmentConfig(shift=3),
    "rotate": AugmentConfig(rotate=15),
    "scale": AugmentConfig(scale=0.2),
    "shear": AugmentConfig(shear=0.3),
    "stretch": AugmentConfig(stretch=0.4),
    "elastic": AugmentConfig(elastic=1),
    "fit": AugmentConfig(fit=True, rotate=15),
    "thickness": AugmentConfig(thickness=1),
    "litter": AugmentConfig(litter=1),
    "fade": AugmentConfig(fade=0.5),
    "gaps": AugmentConfig(gaps=1),
    "erase": AugmentConfig(erase=1),
    "pixelate": AugmentConfig(pixelate=1, rotate=15),
    "coarse": AugmentConfig(coarse=1, rotate=15),
    "blur": AugmentConfig(blur=1),
    "flip": AugmentConfig(flip=True),
}
ALL = AugmentConfig(
    shift=3,
    rotate=15,
    scale=0.2,
    shear=0.3,
    stretch=0.4,
    elastic=1,
    fit=True,
    thickness=1,
    litter=0.5,
    fade=0.5,
    gaps=0.5,
    erase=0.5,
    pixelate=0.2,
    coarse=0.2,
    blur=1,
    flip=True,
)


def draws(seed: int = 0) -> Draws:
    return Draws(torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def images() -> Tensor:
    """Ten upright bars from left to right."""
    bars = torch.zeros(10, 1, 28, 28)
    for number in range(10):
        bars[number, 0, 4:24, 2 * number + 4 : 2 * number + 6] = 1
    return bars


@pytest.fixture(scope="module")
def square() -> Tensor:
    """Forty times the same 8x8 square in the centre."""
    image = torch.zeros(1, 1, 28, 28)
    image[..., 10:18, 10:18] = 1
    return image.repeat(40, 1, 1, 1)


def boxes(images: Tensor) -> list[tuple[int, int, int, int]]:
    """Top, bottom, left, right of the ink of each image."""
    found = []
    for image in images[:, 0]:
        rows, columns = image.amax(1).nonzero().flatten(), image.amax(0).nonzero().flatten()
        found.append((int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])))
    return found


@pytest.mark.parametrize("config", [*KINDS.values(), ALL], ids=[*KINDS, "all"])
def test_a_variation_keeps_shape_type_and_range(config: AugmentConfig, images: Tensor) -> None:
    varied = augment(images, config, draws())
    assert varied.shape == images.shape
    assert varied.dtype == torch.float32
    assert varied.isfinite().all()
    assert varied.min() >= 0
    assert varied.max() <= 1


@pytest.mark.parametrize("config", [*KINDS.values(), ALL], ids=[*KINDS, "all"])
def test_a_variation_changes_a_copy(config: AugmentConfig, images: Tensor) -> None:
    before = images.clone()
    assert not torch.equal(augment(images, config, draws()), before)
    assert torch.equal(images, before)


@pytest.mark.parametrize("config", [*KINDS.values(), ALL], ids=[*KINDS, "all"])
def test_the_generator_alone_decides(config: AugmentConfig, images: Tensor) -> None:
    one = augment(images, config, draws(1))
    torch.rand(1)
    assert torch.equal(augment(images, config, draws(1)), one)
    assert not torch.equal(augment(images, config, draws(2)), one)


@pytest.mark.parametrize("config", [*KINDS.values(), ALL], ids=[*KINDS, "all"])
def test_torchs_own_generator_is_not_touched(config: AugmentConfig, images: Tensor) -> None:
    before = torch.get_rng_state()
    augment(images, config, draws())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("config", KINDS.values(), ids=KINDS)
def test_each_image_gets_a_variation_of_its_own(config: AugmentConfig, square: Tensor) -> None:
    image = square.clone()
    image[..., 10:14, 10:12] = 0  # no symmetry that a flip would not show
    varied = augment(image, config, draws())
    assert len({each.numpy().tobytes() for each in varied}) > 1


def test_nothing_asked_for_is_nothing_done(images: Tensor) -> None:
    assert augment(images, AugmentConfig(), draws()) is images


@pytest.mark.parametrize("kind", ["rotate", "scale", "shear", "stretch", "elastic", "thickness", "fade", "blur"])
def test_hardly_anything_asked_for_is_hardly_anything_done(kind: str, images: Tensor) -> None:
    varied = augment(images, AugmentConfig(**{kind: 1e-6}), draws())  # type: ignore[arg-type]
    assert torch.allclose(varied, images, atol=1e-4)


def test_a_shift_moves_whole_pixels_and_no_further_than_asked(square: Tensor) -> None:
    varied = augment(square, AugmentConfig(shift=2), draws())
    moves = set()
    for image, (top, bottom, left, right) in zip(varied, boxes(varied), strict=True):
        assert (bottom - top, right - left) == (7, 7)
        assert image[0, top : bottom + 1, left : right + 1].eq(1).all()
        moves.add((top - 10, left - 10))
    assert {down for down, _ in moves} == {right for _, right in moves} == {-2, -1, 0, 1, 2}


def test_a_shift_by_part_of_a_pixel_is_no_further_than_asked_either(square: Tensor) -> None:
    varied = augment(square, AugmentConfig(shift=0.4), draws())
    edges = varied[:, 0, 9, 13]  # one pixel above the square, which covers at most 0.4 of it
    assert 0 < edges.max() <= 0.4


def test_a_shift_never_wraps() -> None:
    image = torch.zeros(50, 1, 28, 28)
    image[:, :, 0, 0] = 1
    varied = augment(image, AugmentConfig(shift=3), draws())
    assert not varied[:, :, 4:].any()
    assert not varied[:, :, :, 4:].any()
    assert {float(each.sum()) for each in varied} == {0.0, 1.0}  # moved out of the picture, ink is gone


def test_a_rotation_keeps_the_ink_and_its_centre(square: Tensor) -> None:
    varied = augment(square, AugmentConfig(rotate=15), draws())
    assert torch.allclose(varied.sum((1, 2, 3)), square.sum((1, 2, 3)), rtol=0.03)
    axis = torch.arange(28.0) - 13.5
    assert torch.allclose((varied.sum(2) * axis).sum((1, 2)), torch.zeros(40), atol=1e-2)


def test_a_rotation_turns_by_the_angle_asked_for_and_both_ways() -> None:
    bar = torch.zeros(200, 1, 28, 28)
    bar[:, :, 4:24, 13:15] = 1
    varied = augment(bar, AugmentConfig(rotate=30), draws())[:, 0]
    axis = torch.arange(28.0) - 13.5
    slopes = (varied * axis.view(28, 1) * axis).sum((1, 2)) / (varied * axis.view(28, 1) ** 2).sum((1, 2))
    angles = torch.rad2deg(torch.atan(slopes))
    assert -31 < angles.min() < -26
    assert 26 < angles.max() < 31


def test_a_scale_shrinks_and_grows_by_the_fraction_asked_for(square: Tensor) -> None:
    varied = augment(square.repeat(5, 1, 1, 1), AugmentConfig(scale=0.25), draws())
    areas = varied.sum((1, 2, 3)) / 64
    assert 0.52 < areas.min() < 0.62
    assert 1.5 < areas.max() < 1.6
    assert torch.allclose(varied, varied.flip(2), atol=1e-5)  # in place: nothing but the size changed


def test_a_shear_slants_and_keeps_the_rows(square: Tensor) -> None:
    varied = augment(square, AugmentConfig(shear=0.3), draws())
    assert torch.allclose(varied.sum(3), square.sum(3), atol=1e-4)
    axis = torch.arange(28.0) - 13.5
    centres = (varied * axis).sum(3)[:, 0, [10, 17]] / 8  # of the first and the last row
    assert (centres[:, 1] - centres[:, 0]).abs().max() > 1
    assert (centres[:, 1] - centres[:, 0]).abs().max() <= 0.3 * 7 + 1e-3


def test_an_elastic_bend_moves_ink_by_about_its_deviation(square: Tensor) -> None:
    small, large = (augment(square, AugmentConfig(elastic=strength), draws()) for strength in (0.3, 1.5))
    assert 0 < (small - square).abs().sum() < (large - square).abs().sum()
    assert torch.allclose(large.sum((1, 2, 3)).mean(), torch.tensor(64.0), rtol=0.05)


def test_thickness_makes_strokes_thicker_and_thinner_by_a_pixel_at_most(square: Tensor) -> None:
    varied = augment(square, AugmentConfig(thickness=1), draws())
    masses = varied.sum((1, 2, 3))
    assert masses.min() < 50 < 64 < 80 < masses.max()
    assert masses.min() >= 36
    assert masses.max() <= 100
    assert all(top >= 9 and bottom <= 18 for top, bottom, _, _ in boxes(varied))


def test_thinning_leaves_ink_of_strokes_that_an_erosion_would_wipe_out() -> None:
    line = torch.zeros(100, 1, 28, 28)
    line[..., 4:24, 14] = 1
    assert augment(line, AugmentConfig(thickness=1), draws()).sum((1, 2, 3)).min() == 20


def test_litter_is_a_stroke_beside_or_across_the_ink_and_takes_none_away(square: Tensor) -> None:
    added = augment(square, AugmentConfig(litter=1), draws()) - square
    assert added.min() >= 0
    lengths = [
        max(bottom - top, right - left) + 1 for top, bottom, left, right in boxes(added[added.amax((1, 2, 3)) > 0])
    ]
    assert min(lengths) <= 3
    assert 8 < max(lengths) <= 28


def test_litter_falls_on_the_share_that_was_asked_for() -> None:
    varied = augment(torch.zeros(1000, 1, 28, 28), AugmentConfig(litter=0.2), draws())
    assert 0.15 < (varied.amax((1, 2, 3)) > 0).float().mean() < 0.25


def test_fading_takes_no_more_ink_than_asked_and_here_more_than_there() -> None:
    white = torch.ones(100, 1, 28, 28)
    varied = augment(white, AugmentConfig(fade=0.5), draws())
    assert 0.5 <= varied.min() < 0.6
    assert (varied.amax((1, 2, 3)) - varied.amin((1, 2, 3))).mean() > 0.05


def test_a_gap_breaks_a_stroke_of_mnists_width_in_two() -> None:
    bar = torch.zeros(200, 1, 28, 28)
    bar[..., 4:24, 13:16] = 1
    rows = augment(bar, AugmentConfig(gaps=1), draws()).amax(3)[:, 0, 4:24]
    assert (rows < 0.5).any(1).float().mean() > 0.2
    assert (rows < 0.5).sum(1).max() <= 5


def test_gaps_lie_in_the_ink(square: Tensor) -> None:
    varied = augment(square, AugmentConfig(gaps=1), draws())
    assert (varied.sum((1, 2, 3)) < 64 - 0.3).all()


def test_gaps_spare_the_share_that_was_asked_for(square: Tensor) -> None:
    varied = augment(square.repeat(20, 1, 1, 1), AugmentConfig(gaps=0.2), draws())
    assert 0.75 < (varied.sum((1, 2, 3)) == 64).float().mean() < 0.85


def test_pixels_of_a_canvas_are_black_or_white() -> None:
    soft = torch.rand(20, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert set(augment(soft, AugmentConfig(pixelate=1), draws()).flatten().tolist()) == {0.0, 1.0}


def test_a_faint_image_does_not_vanish_on_a_canvas(square: Tensor) -> None:
    for seed in range(10):
        assert (augment(square * 0.2, AugmentConfig(pixelate=1), draws(seed)).amax((1, 2, 3)) == 1).all()


@pytest.mark.parametrize("kind", ["litter", "gaps", "erase", "pixelate", "coarse"])
def test_a_small_batch_may_be_spared_as_a_whole(kind: str, images: Tensor) -> None:
    varied = augment(images[:2], AugmentConfig(**{kind: 1e-6}), draws())  # type: ignore[arg-type]
    assert torch.equal(varied, images[:2])


def test_a_canvas_is_for_the_share_that_was_asked_for() -> None:
    soft = torch.full((1000, 1, 28, 28), 0.5)
    varied = augment(soft, AugmentConfig(pixelate=0.2), draws())
    assert 0.75 < (varied == 0.5).all(3).all(2).float().mean() < 0.85


def test_a_picture_that_was_small_is_smooth_and_full_of_ink(square: Tensor) -> None:
    varied = torch.cat([augment(square * 0.5, AugmentConfig(coarse=1), draws(seed)) for seed in range(20)])
    assert (varied.amax((1, 2, 3)) > 0.9).all()  # strongest pixels are as strong as can be
    assert (varied.unique().numel()) > 20
    assert varied.min() >= 0 and varied.max() <= 1


def test_a_blur_spreads_ink_to_the_next_pixels_alone_and_loses_none(square: Tensor) -> None:
    varied = augment(square, AugmentConfig(blur=1), draws())
    assert torch.allclose(varied.sum((1, 2, 3)), square.sum((1, 2, 3)))
    assert varied[:, 0, 9, 13].max() > 0.2
    assert not varied[:, :, :9].any()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "litter"])
def test_blank_paper_stays_blank(kind: str) -> None:
    assert not augment(torch.zeros(5, 1, 28, 28), KINDS[kind], draws()).any()


def test_erasing_blanks_one_rectangle_of_3_to_8_pixels_off_the_border() -> None:
    white = torch.ones(300, 1, 28, 28)
    holes = 1 - augment(white, AugmentConfig(erase=1), draws())
    sides = set()
    for hole, (top, bottom, left, right) in zip(holes, boxes(holes), strict=True):
        assert hole[0, top : bottom + 1, left : right + 1].all()
        assert hole.sum() == (bottom - top + 1) * (right - left + 1)
        assert min(top, left) >= 3
        assert max(bottom, right) <= 24
        sides |= {bottom - top + 1, right - left + 1}
    assert sides == {3, 4, 5, 6, 7, 8}


def test_erasing_spares_the_share_that_was_asked_for() -> None:
    white = torch.ones(1000, 1, 28, 28)
    whole = augment(white, AugmentConfig(erase=0.2), draws()).amin((1, 2, 3)) == 1
    assert 0.75 < whole.float().mean() < 0.85


def test_plain_images_keep_their_sharp_edges(square: Tensor) -> None:
    blurred = augment(square, AugmentConfig(shift=1.5, rotate=15), draws())
    some = augment(square, AugmentConfig(shift=1.5, rotate=15, plain=0.5), draws())
    every = augment(square, AugmentConfig(shift=1.5, rotate=15, plain=1), draws())

    def is_sharp(images: Tensor) -> Tensor:
        return ((images == 0) | (images == 1)).flatten(1).all(1)

    assert not is_sharp(blurred).any()
    assert 10 <= is_sharp(some).sum() <= 30
    assert is_sharp(every).all()
    assert len(set(boxes(every))) > 5  # moved all the same, by whole pixels: each way by one at most
    assert {top for top, _, _, _ in boxes(every)} == {9, 10, 11}


def test_a_flip_mirrors_half_of_the_images_left_to_right() -> None:
    image = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(0)).repeat(200, 1, 1, 1)
    varied = augment(image, AugmentConfig(flip=True), draws())
    mirrored = (varied == image.flip(3)).flatten(1).all(1)
    kept = (varied == image).flatten(1).all(1)
    assert (mirrored ^ kept).all()
    assert 70 < mirrored.sum() < 130


def test_nothing_else_flips(images: Tensor) -> None:
    left = images[:1].repeat(100, 1, 1, 1)
    varied = augment(left, dataclasses.replace(ALL, flip=False, erase=0.0, litter=0.0, fit=False), draws())
    ink = varied.sum((1, 2))
    assert (ink[:, :14].sum(1) > ink[:, 14:].sum(1)).all()
