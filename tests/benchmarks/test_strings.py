import numpy as np
import pytest

from benchmarks import strings
from handigits.data.embedded import load_mnist_5k
from handigits.recognizer import Recognizer


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(threads=1)


def test_a_string_is_dark_on_light_and_the_same_each_time() -> None:
    split = load_mnist_5k().train
    (page, text), (again, _) = (strings.draw_string(split, "apart", np.random.default_rng(3)) for _ in range(2))
    assert 2 <= len(text) <= 8
    assert np.median(page) > page.min() + 60
    assert np.array_equal(page, again)


def test_strings_far_apart_are_read(recognizer: Recognizer) -> None:
    found = strings.measure(recognizer, load_mnist_5k().train, count=4, seed=1)
    assert found.keys() == strings.SPACINGS.keys()
    assert found["apart"]["exact"] >= 0.75
    assert found["apart"]["median_ms"] > 0


def test_lone_digits_are_hardly_taken_for_several(recognizer: Recognizer) -> None:
    assert strings.taken_for_several(recognizer, load_mnist_5k().train, count=20, seed=1) <= 0.1
