import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.handwriting import hand
from handigits.handwriting.hand import write

HOOK = np.array([[0.0, 0.0], [0.0, 0.5], [0.0, 1.0], [0.0, 1.0], [0.3, 1.0], [0.6, 1.0]])  # with a corner below


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hand that does exactly what it means to do."""
    for name in ("_POINT", "_STROKE", "_TREMOR", "_STROKE_SIZE", "_TURN", "_ASPECT", "_CUT", "_ROUNDED"):
        monkeypatch.setattr(hand, name, 0.0)
    monkeypatch.setattr(hand, "_SLANT", (0.0, 0.0))


def written(stroke: NDArray[np.float64], seed: int = 0) -> NDArray[np.float64]:
    (curve,) = write([stroke], np.random.default_rng(seed))
    return curve


def distance(curve: NDArray[np.float64], point: tuple[float, float]) -> float:
    return float(np.hypot(*(curve - point).T).min())


def sharpness(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """The angle between each step and the next, in radians."""
    steps = np.diff(curve, axis=0)
    directions = np.arctan2(steps[:, 1], steps[:, 0])
    return np.abs((np.diff(directions) + np.pi) % (2 * np.pi) - np.pi)


@pytest.mark.usefixtures("steady")
def test_a_steady_hand_goes_through_every_point() -> None:
    wave = np.array([[0.0, 0.0], [0.4, 0.3], [0.1, 0.6], [0.5, 1.0]])
    curve = written(wave)
    assert max(distance(curve, tuple(point)) for point in wave) < 1e-9
    assert np.allclose(curve[[0, -1]], wave[[0, -1]])


@pytest.mark.usefixtures("steady")
def test_a_curve_turns_sharply_at_a_corner_alone() -> None:
    turns = sharpness(written(HOOK))
    assert np.count_nonzero(turns > 1) == 1
    assert (turns[:15] < 0.3).all()


@pytest.mark.usefixtures("steady")
def test_round_handwriting_has_no_corners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand, "_ROUNDED", 1.0)
    assert (sharpness(written(HOOK)) < 0.5).all()


@pytest.mark.usefixtures("steady")
def test_a_slant_moves_what_is_high_to_the_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand, "_SLANT", (0.3, 0.3))
    curve = written(np.array([[0.0, 0.0], [0.0, 0.5], [0.0, 1.0]]))
    assert np.allclose(curve[0] - curve[-1], [0.3, -1.0])


def test_no_two_digits_are_alike() -> None:
    assert not np.array_equal(written(HOOK, 0), written(HOOK, 1))


def test_the_generator_alone_decides() -> None:
    assert np.array_equal(written(HOOK, 3), written(HOOK, 3))


def test_a_hand_does_not_change_the_style_itself() -> None:
    before = HOOK.copy()
    written(HOOK)
    assert np.array_equal(HOOK, before)


def test_strokes_stay_apart() -> None:
    two = [np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[0.5, 0.0], [0.5, 1.0]])]
    assert len(write(two, np.random.default_rng(0))) == 2
