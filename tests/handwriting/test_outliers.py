import numpy as np
import pytest

from handigits.data.embedded import load_mnist_5k
from handigits.data.split import Split
from handigits.handwriting.letters import LETTERS, SIGNS
from handigits.handwriting.outliers import FAMILIES, draw_outliers
from handigits.handwriting.styles import strokes_of
from handigits.ink import normalize


@pytest.fixture(scope="module")
def digits() -> Split:
    return load_mnist_5k().train


def test_the_seed_decides_everything(digits: Split) -> None:
    one, same, other = (draw_outliers(30, seed, digits=digits.images, labels=digits.labels) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_they_are_images_with_ink(digits: Split) -> None:
    images = draw_outliers(200, 0, digits=digits.images, labels=digits.labels)
    assert images.shape == (200, 28, 28)
    assert images.dtype == np.uint8
    assert (images.max((1, 2)) > 100).mean() > 0.98


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_varies(family: str, digits: Split) -> None:
    make, _ = FAMILIES[family]
    generator = np.random.default_rng(0)
    first, second = (normalize(make(generator, digits.images, digits.labels)) for _ in range(2))
    assert np.abs(first - second).mean() > 0.01


@pytest.mark.parametrize("name", {**LETTERS, **SIGNS})
def test_every_sign_is_made_of_strokes(name: str) -> None:
    strokes = strokes_of({**LETTERS, **SIGNS}[name])
    assert all(stroke.shape[1] == 2 and len(stroke) >= 2 for stroke in strokes)


@pytest.mark.parametrize("letter", "IlOoSsZz")
def test_no_letter_is_refused_that_nobody_can_tell_from_a_digit(letter: str) -> None:
    assert not any(name.split(",")[0] == letter for name in LETTERS)
