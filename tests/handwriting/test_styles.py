import numpy as np
import pytest

from handigits.handwriting.styles import STYLES, strokes_of

EVERY = [(digit, name) for digit, styles in enumerate(STYLES) for name in styles]


def test_every_digit_can_be_written_in_several_ways() -> None:
    assert len(STYLES) == 10
    assert all(len(styles) >= 6 for styles in STYLES)


@pytest.mark.parametrize(("digit", "name"), EVERY)
def test_a_style_is_made_of_strokes_of_two_points_or_more(digit: int, name: str) -> None:
    for stroke in strokes_of(STYLES[digit][name]):
        assert stroke.ndim == 2
        assert stroke.shape[1] == 2
        assert len(np.unique(stroke, axis=0)) >= 2


@pytest.mark.parametrize(("digit", "name"), EVERY)
def test_a_style_is_one_high_and_no_broader_than_that(digit: int, name: str) -> None:
    points = np.concatenate(strokes_of(STYLES[digit][name]))
    width, height = np.ptp(points, axis=0)
    assert height == pytest.approx(1, abs=0.08)
    assert width <= 1


def test_no_style_is_written_down_twice() -> None:
    written = [style for styles in STYLES for style in styles.values()]
    assert len(set(written)) == len(written)
