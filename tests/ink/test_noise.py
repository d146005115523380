import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import load_dataset
from handigits.ink.noise import is_noise
from handigits.stress import CORRUPTIONS, corrupt


def grains(side: int, kind: str, seed: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    tones = {
        "uniform": random.integers(0, 256, (side, side)),
        "normal": np.clip(random.normal(128, 30, (side, side)), 0, 255),
        "specks": np.where(random.random((side, side)) < 0.1, 255, 0),
    }
    return tones[kind].astype(np.uint8)


@pytest.mark.parametrize("kind", ["uniform", "normal", "specks"])
@pytest.mark.parametrize("side", [12, 16, 28])
def test_noise_of_any_kind_is_noise(kind: str, side: int) -> None:
    assert np.mean([is_noise(grains(side, kind, seed)) for seed in range(100)]) >= 0.98


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_a_digit_in_the_strongest_noise_is_none(kind: str) -> None:
    digits = load_dataset("mnist-5k").train.images[::50]
    assert sum(is_noise(image) for image in corrupt(digits, kind, 5)) <= 1


def test_a_stroke_of_single_pixels_is_none() -> None:
    assert not is_noise(np.diag(np.full(28, 255, np.uint8)))
    assert not is_noise(np.eye(28, k=3, dtype=np.uint8)[:, ::-1])


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (28, 28)])
def test_a_picture_of_one_tone_is_none(shape: tuple[int, int]) -> None:
    assert not is_noise(np.full(shape, 7, np.uint8))
