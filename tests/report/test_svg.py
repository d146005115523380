import re

import pytest

from handigits.report.svg import curves_chart


def rows(count: int, *, value: float | None = None) -> list[dict[str, float | None]]:
    return [{"epoch": n, "train_loss": value if value is not None else 1 / n} for n in range(1, count + 1)]


def labels_of_epochs(chart: str) -> list[int]:
    return [int(label) for label in re.findall(r'text-anchor="middle">(\d+)</text>', chart)]


@pytest.mark.parametrize(
    ("count", "shown"), [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (10, [2, 4, 6, 8, 10]), (100, [20, 40, 60, 80, 100])]
)
def test_epochs_are_labelled_with_whole_numbers_of_the_run(count: int, shown: list[int]) -> None:
    assert labels_of_epochs(curves_chart(rows(count), "loss")) == shown


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.25, 1e6])
def test_a_flat_curve_stays_inside_the_chart(value: float) -> None:
    heights = [
        float(y)
        for y in re.findall(
            r'<circle cx="[\d.]+" cy="([-\d.]+)" r="3.5"><title>tr', curves_chart(rows(3, value=value), "loss")
        )
    ]
    assert len(heights) == 4  # three epochs and the legend
    assert all(0 <= height <= 240 for height in heights)


def test_no_rows_no_chart() -> None:
    assert curves_chart([], "loss") == ""


def test_one_epoch_alone_has_short_ticks_below_and_above_it() -> None:
    chart = curves_chart([{"epoch": 1, "train_loss": 0.69253}], "loss")
    ticks = [float(text) for text in re.findall(r'text-anchor="end">([^<]*)<', chart)]
    assert min(ticks) < 0.69253 < max(ticks)
    assert all(len(f"{tick:g}") <= 5 for tick in ticks)
