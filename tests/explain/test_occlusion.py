from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.explain import occlude
from handigits.recognizer import Recognizer


@pytest.fixture
def recognizer(artifact: Path) -> Recognizer:
    return Recognizer.load(artifact, threads=1)


def test_what_the_model_looks_at_is_what_matters(
    recognizer: Recognizer, bar_image: Callable[[int], NDArray[np.uint8]]
) -> None:
    """The toy model reads a 6 by its two bars, and nothing else."""
    bars = bar_image(6)
    result = occlude(recognizer, bars.astype(np.float32) / 255, 6)
    assert bars.ravel()[result.drops.argmax()]
    assert result.drops[bars > 0].min() > 0
    assert np.abs(result.drops[:, 12:16]).max() == pytest.approx(0, abs=1e-5)  # further than a square from both


def test_covering_another_digits_ink_helps(
    recognizer: Recognizer, bar_image: Callable[[int], NDArray[np.uint8]]
) -> None:
    one, other = bar_image(1), bar_image(8)
    drops = occlude(recognizer, np.maximum(one, other).astype(np.float32) / 255, 1).drops
    assert drops[one > 0].min() > 0
    assert drops[other > 0].max() < 0


def test_the_evidence_is_the_log_odds_of_the_digit(
    recognizer: Recognizer, bar_image: Callable[[int], NDArray[np.uint8]]
) -> None:
    image = bar_image(3).astype(np.float32) / 255
    share = float(recognizer.probabilities(image[np.newaxis])[0, 3])
    assert occlude(recognizer, image, 3).evidence == pytest.approx(np.log(share / (1 - share)), rel=1e-3)
