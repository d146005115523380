"""The plots show the results; what is asserted is the data, not the pixels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from benchmarks import plots
from benchmarks.plots import plot_race, plot_scaling, save


@pytest.fixture
def contenders(contender: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return {
        "standard": contender([(8, 40.0, 0.996)], [(8, 44.0, 0.997)]),
        "flash": contender([(1, 1.0, 0.991)], [(1, 1.2, 0.990)]),
        "keras-convnet": contender([(1, 10.0, 0.98), (2, 20.0, 0.99)], [(1, 10.0, 0.985), (2, 20.0, 0.991)]),
    }


def labels(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if isinstance(text, Annotation)]


def test_the_race_shows_each_round_of_a_peer_and_a_line_through_our_recipes(contenders: dict[str, Any]) -> None:
    (ax,) = plot_race(contenders, 0.99).axes
    drawn = [tuple(map(list, line.get_data())) for line in ax.lines]
    assert ([10.0, 20.0], [98.0, 99.0]) in drawn
    assert ([10.0, 20.0], [98.5, 99.1]) in drawn
    assert ([1.1, 42.0], [pytest.approx(99.05), pytest.approx(99.65)]) in drawn
    assert ax.get_xscale() == "log"


def test_everything_in_the_race_is_named_where_it_is_drawn(contenders: dict[str, Any]) -> None:
    (ax,) = plot_race(contenders, 0.99).axes
    assert sorted(labels(ax)) == ["Keras's example", "flash", "standard"]
    assert ax.get_legend() is None


def test_the_scaling_plot_shows_memory_with_and_without_the_images() -> None:
    images = [
        {"images": count, "seconds": count / 1e4, "peak_memory_mb": 300 + count / 1000, "data_mb": count / 1000}
        for count in (1_000, 10_000)
    ]
    widths = [{"width": width, "macs": 1e6 * width, "seconds": width / 8} for width in (8, 16)]
    _, memory, by_width = plot_scaling({"images": images, "widths": widths}).axes
    assert [list(line.get_ydata()) for line in memory.lines] == [[301, 310], [300, 300]]
    assert labels(by_width) == ["8", "16"]


def test_a_saved_plot_is_small_and_the_same_each_time(
    contenders: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "ROOT", tmp_path)
    first = save(plot_race(contenders, 0.99), "race").read_bytes()
    assert len(first) < 150_000
    assert save(plot_race(contenders, 0.99), "race").read_bytes() == first
