"""Telling ink from paper by tone."""

import numpy as np
import pytest

from handigits.ink.levels import count_tones, find_levels, middle_of

DRAWS = np.random.default_rng(0)


@pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.55])
def test_ink_is_told_from_clean_paper_however_much_of_it_there_is(share: float) -> None:
    depth = np.zeros((100, 100), np.uint8)
    depth[: round(100 * share)] = 200
    levels = find_levels(np.clip(depth + DRAWS.normal(5, 3, depth.shape), 0, 255).astype(np.uint8))
    assert levels is not None
    assert levels.paper < 20
    assert levels.sure < 150 < levels.full


@pytest.mark.parametrize("deviation", [3, 10, 40])
def test_of_grain_alone_next_to_nothing_is_ink(deviation: float) -> None:
    depth = np.clip(DRAWS.normal(100, deviation, (100, 100)), 0, 255).astype(np.uint8)
    levels = find_levels(depth)
    assert levels is None or (depth > levels.sure).mean() < 0.001


@pytest.mark.parametrize("tone", [0, 7, 100, 255])
def test_even_paper_holds_no_ink(tone: int) -> None:
    assert find_levels(np.full((10, 10), tone, np.uint8)) is None


def test_tones_are_counted_where_the_mask_says_so() -> None:
    image = np.array([[3, 3, 9]], np.uint8)
    assert count_tones(image)[[3, 9]].tolist() == [2, 1]
    assert count_tones(image, np.array([[1, 0, 0]], np.uint8))[[3, 9]].tolist() == [1, 0]


def test_the_middle_of_a_histogram_is_the_median() -> None:
    values = np.array([2, 2, 5, 8, 9])
    assert middle_of(np.bincount(values)) == np.median(values)
