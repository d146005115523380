"""How many bad pictures a recogniser reads right: corrupted digits, and photographs that were made up.

Every picture goes the way that a user's does, through `Recognizer.predict`. What the recogniser refuses to read counts
as wrong. Draws and prints nothing.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import Split
from handigits.errors import ConfigError
from handigits.recognizer import BATCH_SIZE, Prediction, Recognizer
from handigits.stress.corruptions import CORRUPTIONS, STRENGTHS, corrupt
from handigits.stress.photos import make_photos
from handigits.stress.results import PhotoAnswer, PhotoResult, Share, StressResult, StressRow

__all__ = ["PHOTO_COUNT", "STRESS_COUNT", "Watch", "measure_photos", "measure_stress"]

STRESS_COUNT = 1_000  # digits, each of them corrupted in every way
PHOTO_COUNT = 300  # photographs of one digit, and as many of several

_SINGLE, _STRING = (1, 1), (2, 8)  # digits in a photograph, from and to

Watch = Callable[[float], None]  # called with the share of the work that is done


def measure_stress(
    recognizer: Recognizer, split: Split, *, count: int = STRESS_COUNT, seed: int = 0, watch: Watch = lambda done: None
) -> StressResult:
    """Read digits after every corruption in every strength.

    Args:
        recognizer: which to measure.
        split: digits that the model was not trained on.
        count: how many of them are drawn, at most all.
        seed: of the choice, and of all that is random in the corruptions.
        watch: called with the share that is done.

    Raises:
        ConfigError: `count` is less than 1.
    """
    if count < 1:
        raise ConfigError(f"count is {count}; expected how many digits to measure with, at least 1.")
    chosen = np.sort(np.random.default_rng(seed).permutation(len(split))[:count])
    images, labels = split.images[chosen], split.labels[chosen]
    clean = _stress_row(recognizer, "none", 0, images, labels)
    rows = []
    for kind in CORRUPTIONS:
        for strength in STRENGTHS:
            corrupted = corrupt(images, kind, strength, seed=seed)
            rows.append(_stress_row(recognizer, kind, strength, corrupted, labels))
            watch(len(rows) / (len(CORRUPTIONS) * len(STRENGTHS)))
    return StressResult(split_name=split.name, seed=seed, clean=clean, rows=tuple(rows))


def measure_photos(
    recognizer: Recognizer, split: Split, *, count: int = PHOTO_COUNT, seed: int = 0, watch: Watch = lambda done: None
) -> PhotoResult:
    """Read photographs of single digits, and as many of two to eight digits in a row.

    Args:
        recognizer: which to measure.
        split: digits that the model was not trained on, for half of the photographs.
        count: how many of either.
        seed: of everything that is random.
        watch: called with the share that is done.

    Raises:
        ConfigError: `count` is less than 1.
    """
    if count < 1:
        raise ConfigError(f"count is {count}; expected how many photographs to make, at least 1.")
    answers: list[PhotoAnswer] = []
    for lengths in (_SINGLE, _STRING):
        for photo in make_photos(split, lengths, count, seed=seed):
            answers.append(PhotoAnswer(photo, recognizer.predict(photo.content).digits))
            watch(len(answers) / (2 * count))
    return PhotoResult(split_name=split.name, seed=seed, answers=tuple(answers))


def _stress_row(
    recognizer: Recognizer, kind: str, strength: int, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> StressRow:
    predictions: list[Prediction] = []
    for start in range(0, len(images), BATCH_SIZE):
        predictions += recognizer.predict(list(images[start : start + BATCH_SIZE]))
    right = sum(each.digits == str(label) for each, label in zip(predictions, labels, strict=True))
    raw = int((recognizer.probabilities(images).argmax(axis=1) == labels).sum())
    refused = sum(each.abstained for each in predictions)
    return StressRow(kind, strength, Share(right, len(labels)), refused, Share(raw, len(labels)))
