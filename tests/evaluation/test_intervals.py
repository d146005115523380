import math
from itertools import pairwise

import pytest

from handigits.evaluation import wilson_interval


@pytest.mark.parametrize(("correct", "count"), [(0, 10), (10, 10), (0, 1), (1, 1), (9_904, 10_000), (59_999, 60_000)])
def test_wilson_interval_solves_its_defining_equation_and_holds_the_share(correct: int, count: int) -> None:
    share = correct / count
    low, high = wilson_interval(correct, count)
    assert 0 <= low <= share <= high <= 1
    for bound in {low, high} - {0.0, 1.0}:  # a bound lies 1.96 of its own standard deviations from the share
        assert abs(share - bound) == pytest.approx(1.959964 * math.sqrt(bound * (1 - bound) / count), rel=1e-5)


def test_wilson_interval_narrows_with_more_digits() -> None:
    widths = [high - low for low, high in (wilson_interval(99 * n, 100 * n) for n in (1, 10, 100))]
    assert all(wider > narrower for wider, narrower in pairwise(widths))


def test_wilson_interval_of_nothing_is_everything() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
