from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.config import AugmentConfig
from handigits.data import Split
from handigits.errors import ConfigError
from handigits.recipes import RECIPES
from handigits.stress import CORRUPTIONS, PRACTISED, STRENGTHS, corrupt

every_kind = pytest.mark.parametrize("kind", CORRUPTIONS)


def difference(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> float:
    return float(np.abs(left.astype(float) - right).mean())


def centre(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    rows, columns = np.indices(image.shape)
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


@every_kind
def test_images_stay_images_of_the_same_shape_and_kind(kind: str, written: Split) -> None:
    for strength in STRENGTHS:
        corrupted = corrupt(written.images, kind, strength)
        assert (corrupted.shape, corrupted.dtype) == (written.images.shape, np.uint8)


@every_kind
def test_the_given_images_are_left_alone(kind: str, written: Split) -> None:
    before = written.images.copy()
    corrupt(written.images, kind, 5)
    np.testing.assert_array_equal(written.images, before)


# A crop moves the digit far at once, and cuts ever more of it; an ever paler negative comes nearer to black and white.
@pytest.mark.parametrize("kind", sorted(CORRUPTIONS.keys() - {"cropping", "inversion"}))
def test_the_strongest_changes_more_than_the_weakest(kind: str, written: Split) -> None:
    weakest, strongest = (corrupt(written.images, kind, strength) for strength in (1, 5))
    assert 0 < difference(weakest, written.images) < difference(strongest, written.images)


@every_kind
def test_the_same_seed_makes_the_same_images(kind: str, written: Split) -> None:
    first, second = (corrupt(written.images, kind, 3, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "kind", ["shift", "rotation", "shear", "cropping", "noise", "fog", "spatter", "zigzag", "dotted line"]
)
def test_another_seed_makes_other_images(kind: str, written: Split) -> None:
    assert difference(*(corrupt(written.images, kind, 3, seed=seed) for seed in (0, 1))) > 0


@every_kind
def test_no_images_give_no_images(kind: str) -> None:
    assert corrupt(np.empty((0, 28, 28), np.uint8), kind, 3).shape == (0, 28, 28)


@every_kind
def test_an_image_without_ink_is_no_problem(kind: str) -> None:
    assert corrupt(np.zeros((2, 28, 28), np.uint8), kind, 5).shape == (2, 28, 28)


def test_shift_moves_the_digit_and_keeps_its_shape(written: Split) -> None:
    image = written.images[:1]
    moved = corrupt(image, "shift", 1)
    assert np.linalg.norm(centre(moved[0]) - centre(image[0])) == pytest.approx(1.5, abs=0.1)
    assert moved.sum(dtype=float) == pytest.approx(image.sum(dtype=float), rel=0.01)


def test_scale_makes_the_digit_smaller(written: Split) -> None:
    half = corrupt(written.images, "scale", 5)
    assert (half > 128).any(axis=1).sum() < 0.6 * (written.images > 128).any(axis=1).sum()


def test_rotation_turns_a_bar(bar: NDArray[np.uint8]) -> None:
    rows, columns = np.nonzero(corrupt(bar, "rotation", 5)[0] > 128)
    _, directions = np.linalg.eigh(np.cov(rows, columns))
    along = np.abs(directions[:, -1])
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(35, abs=3)


def test_shear_keeps_rows_as_they_are(bar: NDArray[np.uint8]) -> None:
    sheared = corrupt(bar, "shear", 3)
    np.testing.assert_allclose(sheared.sum(axis=2), bar.sum(axis=2), rtol=0.02)


def test_cropping_cuts_a_part_of_the_digit_off(written: Split) -> None:
    left = corrupt(written.images, "cropping", 5).sum() / written.images.sum()
    assert 0.75 < left < 0.98
    edges = corrupt(written.images, "cropping", 5)
    touched = [max(image[0].max(), image[-1].max(), image[:, 0].max(), image[:, -1].max()) for image in edges]
    assert min(touched) > 0


def test_pens_add_and_take_ink(written: Split) -> None:
    thin, thick = (corrupt(written.images, kind, 3).sum(axis=(1, 2), dtype=int) for kind in ("thin pen", "thick pen"))
    plain = written.images.sum(axis=(1, 2), dtype=int)
    assert (thin < plain).all()
    assert (plain < thick).all()


def test_inversion_puts_dark_ink_on_white(written: Split) -> None:
    np.testing.assert_array_equal(corrupt(written.images, "inversion", 1), 255 - written.images)


def test_contrast_leaves_a_part_of_the_range(written: Split) -> None:
    assert np.ptp(corrupt(written.images, "contrast", 5)) == 51


def test_brightness_lifts_the_paper(written: Split) -> None:
    assert corrupt(written.images, "brightness", 3).min() == pytest.approx(0.3 * 255, abs=1)


def test_stripes_leave_the_middle_alone(written: Split) -> None:
    striped = corrupt(written.images, "stripe", 3)
    np.testing.assert_array_equal(striped[:, :, 7:21], written.images[:, :, 7:21])
    np.testing.assert_array_equal(striped[:, :, :7], 255 - written.images[:, :, :7])


def test_shot_noise_is_silent_in_the_dark(written: Split) -> None:
    noisy = corrupt(written.images, "shot noise", 5)
    assert not noisy[written.images == 0].any()


def test_impulse_noise_strikes_as_many_pixels_as_it_should(written: Split) -> None:
    struck = (corrupt(written.images, "impulse noise", 5) == 255)[written.images == 0].mean()
    assert struck == pytest.approx(0.25 / 2, abs=0.01)


@pytest.mark.parametrize("kind", ["blur", "motion blur", "glass blur"])
def test_blur_takes_the_sharpest_edges(kind: str, written: Split) -> None:
    steepest = [
        np.abs(np.diff(images.astype(float))).mean() for images in (written.images, corrupt(written.images, kind, 5))
    ]
    assert steepest[1] < steepest[0]


@pytest.mark.parametrize("kind", ["spatter", "dotted line", "zigzag"])
def test_marks_cover_and_take_nothing_away(kind: str, written: Split) -> None:
    assert (corrupt(written.images, kind, 3) >= written.images).all()


def test_the_strongest_outline_has_nothing_between_its_lines(bar: NDArray[np.uint8]) -> None:
    outline = corrupt(bar, "outline", 5)[0]
    assert set(np.unique(outline)) == {0, 255}
    assert 0 < outline[14].sum() < bar[0, 14].sum()


def test_an_unknown_kind_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no corruption 'rain'; choose one of shift, rotation"):
        corrupt(np.zeros((1, 28, 28), np.uint8), "rain", 3)


def test_a_strength_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigError, match="strength is 6; choose 1 to 5"):
        corrupt(np.zeros((1, 28, 28), np.uint8), "fog", 6)


@pytest.fixture
def bar() -> NDArray[np.uint8]:
    """An upright bar, six pixels wide."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 5:23, 11:17] = 255
    return image


# What recipes vary beside these has no like among the corruptions: other frames, shapes and edges, torn or coarse ink.
# Few pixels are a blur, which is counted already.
WITHOUT_LIKE = {"plain", "stretch", "fit", "cubic", "gaps", "pixelate", "coarse"}


def test_every_variation_of_a_recipe_with_its_like_among_the_corruptions_is_counted_as_seen() -> None:
    """A recipe that is varied in a new way must be told here: its network has practised on more of the kinds."""
    plain = AugmentConfig()
    varied = {
        field.name
        for recipe in RECIPES.values()
        for field in fields(AugmentConfig)
        if getattr(recipe.config.augment, field.name) != getattr(plain, field.name)
    }
    assert set(PRACTISED.values()) == varied - WITHOUT_LIKE
    assert set(PRACTISED) < set(CORRUPTIONS)
