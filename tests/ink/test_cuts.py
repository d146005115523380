import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.cuts import find_cuts


def rings(*middles: tuple[int, int], size: tuple[int, int] = (64, 122)) -> NDArray[np.bool_]:
    """Rings of 60 pixels, strokes of 8."""
    mask = np.zeros(size, np.uint8)
    for middle in middles:
        cv2.circle(mask, middle, 26, (1.0,), 8)
    return mask.astype(bool)


def test_a_narrow_mark_is_not_cut() -> None:
    assert find_cuts(np.ones((80, 20), np.bool_), 8.0) == []


def test_touching_rings_may_be_cut_where_they_touch() -> None:
    cuts = find_cuts(rings((31, 32), (90, 32)), 8.0)
    assert min(np.abs(cut.ends - 61).max() for cut in cuts) <= 4


def test_rings_that_touch_above_one_another_are_cut_along_a_slanted_way() -> None:
    mask = rings((31, 31), (76, 66), size=(98, 108))
    left = rings((31, 31), size=(98, 108))
    columns = np.arange(108)
    wrong = [(mask & (left != (columns < cut.ends[:, None]))).sum() for cut in find_cuts(mask, 8.0)]
    assert min(wrong) < 0.1 * left.sum()


def test_strokes_that_touch_side_by_side_are_cut_along_the_blot_that_they_make() -> None:
    mask = np.zeros((70, 44), np.bool_)
    mask[:, 12:20] = mask[:, 24:32] = True
    mask[25:45, 20:24] = True
    assert min(np.abs(cut.ends - 22).max() for cut in find_cuts(mask, 8.0)) <= 2


def test_a_cut_tells_how_many_strokes_it_crosses() -> None:
    mask = np.zeros((60, 200), np.bool_)
    mask[10:18] = mask[40:48] = True
    mask[:, :8] = mask[:, -8:] = True
    assert min(cut.ink for cut in find_cuts(mask, 8.0)) == pytest.approx(2, abs=0.3)


def test_a_cut_does_not_depend_on_how_large_the_ink_is() -> None:
    mask = rings((31, 32), (90, 32))
    large = np.kron(mask, np.ones((4, 4), np.bool_))
    places, others = (
        sorted(cut.ends.mean() * scale for cut in find_cuts(each, width))
        for each, width, scale in ((mask, 8.0, 1.0), (large, 32.0, 0.25))
    )
    assert len(places) == len(others)
    np.testing.assert_allclose(places, others, atol=2)


def test_a_scribble_has_a_bounded_number_of_cuts() -> None:
    generator = np.random.default_rng(0)
    mask = cv2.GaussianBlur(generator.random((100, 2000)), (0, 0), 3) > 0.5
    mask[48:52] = True
    assert len(find_cuts(mask, 4.0)) <= 64
