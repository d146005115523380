import numpy as np
import pytest

from handigits.handwriting import pen
from handigits.handwriting.pen import HEIGHT, draw

BAR = np.linspace([0.0, 0.0], [0.0, 1.0], 30)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_ink_covers_the_whole_curve_and_no_more_than_a_pen_around_it() -> None:
    ink = draw([BAR], generator())
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert ink.dtype == np.uint8
    assert np.array_equal(rows, np.arange(rows[0], rows[-1] + 1))
    assert HEIGHT <= len(rows) <= HEIGHT * 1.3
    assert len(columns) <= HEIGHT * 0.4


@pytest.mark.parametrize("width", [0.05, 0.2])
def test_a_pen_of_even_pressure_is_as_wide_as_it_says(width: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pen, "_WIDTHS", (width, width))
    monkeypatch.setattr(pen, "_PRESSURE", 0.0)
    across = (draw([BAR], generator()) > 0).sum(axis=1)[HEIGHT // 2]
    assert across == pytest.approx(width * HEIGHT, abs=1.5)


def test_pressure_changes_along_a_stroke() -> None:
    across = (draw([BAR], generator()) > 0).sum(axis=1)
    assert len(set(across[HEIGHT // 4 : HEIGHT].tolist())) > 1


def test_nothing_is_cut_off_at_the_edge_of_the_paper() -> None:
    for seed in range(50):
        ink = draw([BAR, BAR[:, ::-1]], generator(seed))
        assert not ink[[0, -1]].any()
        assert not ink[:, [0, -1]].any()


def test_the_scale_of_the_curves_does_not_matter() -> None:
    assert np.array_equal(draw([BAR], generator()), draw([BAR * 7], generator()))


def test_a_dot_is_drawn() -> None:
    assert draw([np.zeros((5, 2))], generator()).any()
