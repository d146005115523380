"""Ways in which pictures of digits are worse than MNIST, each in five strengths.

After MNIST-C, whose fifteen are all here (edges as `outline`), with those that our own users meet. Written anew from
the paper's description: numbers are comparable with each other, and with MNIST-C's only in kind. Strength 3 is meant to
be what a person still reads without much trouble. None of this code may be used in training, or the proof would prove
nothing. Recipes vary their images by code of their own, though, and in some of these ways: see `PRACTISED`.

Reference:
    Mu and Gilmer, MNIST-C: A Robustness Benchmark for Computer Vision, 2019, arXiv:1906.02337.
"""

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from handigits.errors import ConfigError
from handigits.stress import geometry, grain, marks, tones

__all__ = ["CORRUPTIONS", "MIDDLE", "PRACTISED", "STRENGTHS", "Corruption", "corrupt"]

Corruption = Callable[[NDArray[np.float32], int, np.random.Generator], NDArray[np.float32]]

STRENGTHS = (1, 2, 3, 4, 5)
MIDDLE = 3

CORRUPTIONS: dict[str, Corruption] = {
    "shift": geometry.shift,
    "rotation": geometry.rotate,
    "scale": geometry.scale,
    "shear": geometry.shear,
    "cropping": geometry.crop,
    "thick pen": geometry.thick,
    "thin pen": geometry.thin,
    "noise": grain.noise,
    "shot noise": grain.shot_noise,
    "impulse noise": grain.impulse_noise,
    "blur": grain.blur,
    "glass blur": grain.glass_blur,
    "motion blur": grain.motion_blur,
    "JPEG": grain.jpeg,
    "contrast": tones.contrast,
    "brightness": tones.brightness,
    "inversion": tones.inversion,
    "fog": tones.fog,
    "stripe": tones.stripe,
    "spatter": marks.spatter,
    "dotted line": marks.dotted_line,
    "zigzag": marks.zigzag,
    "outline": marks.outline,
}

# Kinds that some recipe has its network practise on something like, and the setting of `AugmentConfig` that does so.
PRACTISED: dict[str, str] = {
    "shift": "shift",
    "rotation": "rotate",
    "scale": "scale",
    "shear": "shear",
    "thick pen": "thickness",
    "thin pen": "thickness",
    "blur": "blur",
    "contrast": "fade",
    "dotted line": "litter",
    "zigzag": "litter",
}


def corrupt(images: NDArray[np.uint8], kind: str, strength: int, *, seed: int = 0) -> NDArray[np.uint8]:
    """Images as they are after one corruption.

    Args:
        images: uint8 (N, 28, 28), white ink on black.
        kind: a key of `CORRUPTIONS`.
        strength: 1 to 5.
        seed: of what is random; each kind and strength draws from a stream of its own.

    Returns:
        uint8 (N, 28, 28).

    Raises:
        ConfigError: there is no such kind or strength.

    Example:
        >>> image = np.zeros((1, 28, 28), np.uint8)
        >>> int(corrupt(image, "brightness", 5).min())
        128
    """
    if kind not in CORRUPTIONS:
        raise ConfigError(f"There is no corruption {kind!r}; choose one of {', '.join(CORRUPTIONS)}.")
    if strength not in STRENGTHS:
        raise ConfigError(f"strength is {strength}; choose 1 to 5.")
    generator = np.random.default_rng([seed, zlib.crc32(kind.encode()), strength])
    if not len(images):
        return images.copy()
    corrupted = CORRUPTIONS[kind](images.astype(np.float32) / np.float32(255), strength, generator)
    return np.asarray(np.rint(255 * np.clip(corrupted, 0, 1)), np.uint8)
