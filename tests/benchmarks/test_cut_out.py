import numpy as np
import pytest

from benchmarks import cut_out
from handigits.data import load_dataset
from handigits.recognizer import Recognizer


@pytest.mark.parametrize("size", [16, 32, 64])
def test_a_digit_touches_the_edges_that_it_should(size: int) -> None:
    digit = np.zeros((28, 28), np.uint8)
    digit[4:24, 10:15] = 200
    tall = cut_out.in_own_shape(digit, size)
    assert tall.shape == (size, size)
    assert tall[[0, -1]].any(1).all() and not tall[:, [0, -1]].any()
    assert (cut_out.stretched(digit, size) == 255).all()


def test_most_digits_are_read() -> None:
    digits = load_dataset("mnist-5k").train.subset(np.arange(0, 4_000, 80))
    found = cut_out.measure(Recognizer.load(threads=1), digits)
    assert {row["digits"] for row in found.values()} == {50}
    assert all(row["right"] >= 0.9 for name, row in found.items() if "own shape" in name)
    assert all(row["right"] >= 0.8 for row in found.values())
