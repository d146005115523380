from math import comb

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.evaluation.significance import compare_pairs, holm, sign_flip_p_value


def mcnemar(only_first: int, only_second: int) -> float:
    """The textbook's exact test: as many heads, or tails, in so many tosses of a coin."""
    tosses = only_first + only_second
    tail = sum(comb(tosses, heads) for heads in range(min(only_first, only_second) + 1))
    return min(1.0, float(2 * tail / 2**tosses))


def right(*rows: str) -> NDArray[np.bool_]:
    """A model in each row; `1` is a digit that it read correctly."""
    return np.array([[mark == "1" for mark in row] for row in rows])


@pytest.mark.parametrize(("only_first", "only_second"), [(0, 0), (1, 0), (5, 15), (3, 3), (0, 9), (700, 900)])
def test_with_one_model_on_either_side_the_test_is_mcnemars(only_first: int, only_second: int) -> None:
    differences = np.array([1] * only_first + [-1] * only_second + [0] * 50)
    assert sign_flip_p_value(differences) == pytest.approx(mcnemar(only_first, only_second), rel=1e-9)


def test_larger_differences_are_flipped_as_a_whole() -> None:
    """3 + 1 + 1: of the eight sums, 5 and -5 are as far from 0 as the one found."""
    assert sign_flip_p_value(np.array([3, 1, 1])) == pytest.approx(2 / 8)
    assert sign_flip_p_value(np.array([3, -1, -1])) == pytest.approx(1.0)


def test_a_probability_too_small_to_write_is_nothing_worse_than_zero() -> None:
    assert 0 <= sign_flip_p_value(np.ones(5_000, dtype=np.int64)) < 1e-300


def test_seeds_count_by_the_share_of_them_that_is_right() -> None:
    (test,) = compare_pairs({"a": right("1110", "1100"), "b": right("0111")})
    assert (test.only_first, test.only_second) == (1, 2)
    assert test.difference == pytest.approx((1 + 0 - 0.5 - 1) / 4)


def test_swapping_two_models_swaps_the_finding_and_nothing_else() -> None:
    generator = np.random.default_rng(0)
    a, b = generator.random((1, 500)) < 0.95, generator.random((1, 500)) < 0.8
    (one,), (other,) = compare_pairs({"a": a, "b": b}), compare_pairs({"b": b, "a": a})
    assert (one.p_value, one.difference) == (other.p_value, -other.difference)
    assert one.verdict == other.verdict == "a is better than b"


def test_the_interval_of_a_difference_holds_it_and_narrows_with_more_digits() -> None:
    few, many = (
        compare_pairs({"a": right("1" * 8 * n + "0" * 2 * n), "b": right("1" * 6 * n + "0" * 4 * n)})[0] for n in (1, 9)
    )
    assert few.interval[0] < few.difference == many.difference < few.interval[1]
    assert many.interval[1] - many.interval[0] == pytest.approx((few.interval[1] - few.interval[0]) / 3)


def test_equals_are_called_equals_by_name() -> None:
    (test,) = compare_pairs({"a": right("1101"), "b": right("1011")})
    assert not test.is_significant
    assert test.verdict == "no significant difference between a and b"


def test_every_pair_is_tested_and_corrected_for_their_number() -> None:
    generator = np.random.default_rng(1)
    tests = compare_pairs({name: generator.random((1, 300)) < 0.9 for name in "abcd"})
    assert len(tests) == 6
    assert all(test.adjusted >= test.p_value for test in tests)
    assert min(tests, key=lambda test: test.p_value).adjusted == pytest.approx(
        min(1.0, 6 * min(test.p_value for test in tests))
    )


def test_holm_keeps_the_order_and_never_passes_one() -> None:
    adjusted = holm(np.array([0.9, 0.001, 0.02, 0.8]))
    assert adjusted.tolist() == pytest.approx([1.0, 0.004, 0.06, 1.0])


def test_one_model_makes_no_pair() -> None:
    assert compare_pairs({"a": right("11")}) == ()
