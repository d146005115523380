import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.ruling import find_rules

Field = NDArray[np.uint8]


def ruled(rise: int = 0, *, thickness: int = 3, tone: float = 80.0, size: tuple[int, int] = (300, 400)) -> Field:
    """Depth of a page with a line every 60 rows, each `rise` rows lower at the right edge than at the left one."""
    depth = np.zeros(size, np.uint8)
    for row in range(30, size[0], 60):
        cv2.line(depth, (0, row), (size[1] - 1, row + rise), (tone,), thickness)
    return depth


@pytest.mark.parametrize("rise", [-35, -8, 0, 1, 20, 40])
def test_a_line_is_found_where_it_runs(rise: int) -> None:
    lines = sorted(find_rules(ruled(rise)), key=lambda line: line.rows[200])
    starts, ends = [line.rows[0] for line in lines], [line.rows[-1] for line in lines]
    whole = [row for row in range(30, 300, 60) if 0 <= row + rise < 300]
    assert [min(abs(start - row) for start in starts) for row in whole] == pytest.approx([0] * len(whole), abs=2)
    assert [min(abs(end - row - rise) for end in ends) for row in whole] == pytest.approx([0] * len(whole), abs=2)
    assert len(lines) <= 5


@pytest.mark.parametrize("thickness", [1, 3, 5])
def test_a_line_is_as_thick_as_it_was_drawn(thickness: int) -> None:
    depth = np.zeros((300, 400), np.uint8)
    for row in range(30, 300, 60):
        depth[row : row + thickness] = 80
    found = [line.above + line.below - 1 for line in find_rules(depth)]
    assert found == pytest.approx([thickness] * 5, abs=2)


def test_a_line_that_bends_is_followed() -> None:
    depth = np.zeros((300, 400), np.uint8)
    columns = np.arange(400)
    rows = np.rint(150 + 3 * np.sin(columns / 400 * np.pi)).astype(int)
    for off in (-1, 0, 1):
        depth[rows + off, columns] = 80
    (line,) = find_rules(depth)
    assert np.abs(line.rows - rows).max() < 1.5


def test_lines_are_found_whatever_is_written_across_them() -> None:
    depth = ruled()
    cv2.line(depth, (100, 20), (300, 280), (220.0,), 16)
    assert len(find_rules(depth)) == 5


def test_lines_fade_in_a_dark_corner_and_are_found() -> None:
    fading = np.linspace(0.25, 1, 400)[None]
    assert len(find_rules((ruled() * fading).astype(np.uint8))) == 5


@pytest.mark.parametrize("seed", range(3))
def test_grain_holds_no_lines(seed: int) -> None:
    grain = np.random.default_rng(seed).normal(20, 12, (300, 400))
    assert find_rules(np.clip(grain, 0, 255).astype(np.uint8)) == []


def test_a_bar_is_too_thick_for_a_line() -> None:
    assert find_rules(ruled(thickness=21)) == []


@pytest.mark.parametrize("ends", [(40, 360), (120, 400)])
def test_a_stroke_away_from_the_edges_or_along_a_half_is_no_line(ends: tuple[int, int]) -> None:
    depth = np.zeros((300, 600), np.uint8)
    depth[100:103, ends[0] + 60 : ends[1] + 60] = 200
    assert find_rules(depth) == []


def test_it_is_known_how_much_of_the_width_a_line_leaves_free() -> None:
    depth = ruled()
    depth[:, 320:] = 0
    assert [line.missing for line in find_rules(depth)] == pytest.approx([0.2] * 5, abs=0.02)
    assert [line.missing for line in find_rules(ruled())] == [0] * 5
