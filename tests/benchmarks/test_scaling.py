"""What the numbers say about growth, in words that follow from them."""

from typing import Any

import pytest

from benchmarks.scaling import combine, growth, report


def scaled(machine: dict[str, Any], *, power: float = 1.0, memory_mb: float = 0.0) -> dict[str, Any]:
    """Results in which time grows as a power of the images, and memory by `memory_mb` for each thousand."""
    counts = (1_000, 10_000, 100_000)
    images = [
        {
            "images": count,
            "seconds": 1e-4 * count**power,
            "peak_memory_mb": 300 + count * 784 / 1e6 + count / 1000 * memory_mb,
            "data_mb": count * 784 / 1e6,
        }
        for count in counts
    ]
    widths = [
        {"width": width, "macs": width**2, "seconds": float(width), "peak_memory_mb": 300, "data_mb": 8}
        for width in (8, 16, 32)
    ]
    return {**machine, "recipe": "flash", "images": images, "widths": widths, "width_images": 10_000}


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_growth_is_the_power_of_a_power_law(power: float) -> None:
    sizes = [10.0, 100.0, 1000.0]
    assert growth(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)


def test_proportional_time_and_constant_memory_are_called_linear_and_flat(machine: dict[str, Any]) -> None:
    text = report(scaled(machine))
    assert "time grows linearly (as the power 1.00" in text
    assert "stays flat (300 to 300 MB)" in text
    assert "multiply-adds, time grows as the power 0.50" in text


def test_quadratic_time_is_not_called_linear(machine: dict[str, Any]) -> None:
    assert "time does not grow linearly (as the power 2.00" in report(scaled(machine, power=2.0))


def test_memory_that_grows_beyond_the_images_is_not_called_flat(machine: dict[str, Any]) -> None:
    assert "does not stay flat (310 to 400 MB)" in report(scaled(machine, memory_mb=1.0))


def test_rounds_combine_to_the_median_time_and_the_highest_memory() -> None:
    rows = [{"seconds": time, "peak_memory_mb": memory, "macs": 5} for time, memory in ((1, 10), (9, 30), (2, 20))]
    assert combine(rows) == {"seconds": 2, "peak_memory_mb": 30, "macs": 5}
