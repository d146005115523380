"""Whether training time and memory grow as they should: with the number of images, and with the network's width.

    python -m benchmarks.scaling [RECIPE] [--rounds 3]

One epoch of the recipe's training loop on 1,000 to 600,000 images, MNIST's repeated and augmented; and one epoch of a
small network of 8 to 128 channels on 10,000. Each is a process of its own. Results go to
`benchmarks/results/scaling.json`, the plot to `docs/images/`.
"""

import math
import shlex
import statistics
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import tyro

from benchmarks import plots
from benchmarks.images import images_file
from benchmarks.machine import describe_machine, say
from benchmarks.processes import run_module
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table, seconds

__all__ = ["NAME", "combine", "growth", "main", "report"]

NAME = "scaling"
COUNTS = (1_000, 10_000, 60_000, 200_000, 600_000)
WIDTHS = (8, 16, 32, 64, 128)
_WIDTH_COUNT = 10_000
_FROM = 10_000  # below, what every training costs once outweighs what each image costs


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    recipe: Annotated[str, tyro.conf.Positional] = "flash"
    """The recipe for the number of images."""
    rounds: int = 3
    """How often to measure each."""
    data: str = "mnist"
    """Which images to repeat."""
    quick: bool = False
    """A smoke test: one round, few images; nothing is written."""


def main() -> None:
    """Measure in turn, and write at the end."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    rounds = 1 if settings.quick else settings.rounds
    counts = (500, 1_000, 2_000) if settings.quick else COUNTS
    widths = WIDTHS[:3] if settings.quick else WIDTHS
    width_count = 500 if settings.quick else _WIDTH_COUNT
    machine = describe_machine()
    with images_file(settings.data, quick=settings.quick) as images:
        plans = [{"count": count, "recipe": settings.recipe} for count in counts]
        plans += [{"count": width_count, "width": width} for width in widths]
        measured: list[list[dict[str, Any]]] = [[] for _ in plans]
        for turn in range(1, rounds + 1):
            for plan, rows in zip(plans, measured, strict=True):
                say(f"round {turn}: {plan} ...")
                rows.append(_measure(images, plan))
                say(f"{rows[-1]['seconds']:.2f} s, {rows[-1]['peak_memory_mb']} MB")
    combined = [combine(rows) for rows in measured]
    results = {
        "date": date.today().isoformat(),
        "command": shlex.join(["python", "-m", f"benchmarks.{NAME}", settings.recipe, "--rounds", str(rounds)]),
        "machine": machine,
        "recipe": settings.recipe,
        "rounds": rounds,
        "images": [{"images": count, **row} for count, row in zip(counts, combined, strict=False)],
        "widths": [{"width": width, **row} for width, row in zip(widths, combined[len(counts) :], strict=True)],
        "width_images": width_count,
    }
    print(report(results))
    if not settings.quick:
        write_results(NAME, results)
        say(f"wrote {plots.save(plots.plot_scaling(results), NAME)}")


def _measure(images: Path, plan: dict[str, Any]) -> dict[str, Any]:
    flags = [word for name, value in plan.items() for word in (f"--{name}", value)]
    finished = run_module("benchmarks.ours.fitting", images, *flags)
    (row,) = finished.lines
    return row | {"peak_memory_mb": finished.peak_memory_mb}


def combine(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The rounds of one plan as one row: the median time, the highest memory."""
    memory = [row["peak_memory_mb"] for row in rows if row["peak_memory_mb"] is not None]
    return rows[0] | {
        "seconds": round(statistics.median(row["seconds"] for row in rows), 4),
        "peak_memory_mb": max(memory, default=None),
    }


def growth(sizes: list[float], values: list[float]) -> float:
    """The power with which `values` grow with `sizes`, fitted to their logarithms: 1 is proportional, 2 quadratic.

    Example:
        >>> round(growth([1, 10, 100], [3, 30, 300]), 2), round(growth([1, 2, 4], [1, 4, 16]), 2)
        (1.0, 2.0)
    """
    return statistics.linear_regression(list(map(math.log, sizes)), list(map(math.log, values))).slope


def report(results: dict[str, Any]) -> str:
    """Two tables, what they say, and where it was measured, in Markdown."""
    images, widths = results["images"], results["widths"]
    by_images = [
        [
            f"{row['images']:,}",
            seconds(row["seconds"]),
            f"{1e6 * row['seconds'] / row['images']:.1f} µs",
            f"{row['peak_memory_mb']:,.0f} MB",
            f"{row['peak_memory_mb'] - row['data_mb']:,.0f} MB",
        ]
        for row in images
    ]
    by_width = [
        [
            str(row["width"]),
            f"{row['macs'] / 1e6:.2f} million",
            seconds(row["seconds"]),
            f"{2 * 3 * row['macs'] * results['width_images'] / row['seconds'] / 1e9:,.0f} GFLOP/s",
            f"{row['peak_memory_mb']:,.0f} MB",
        ]
        for row in widths
    ]
    return "\n\n".join(
        [
            markdown_table(["images", "one epoch", "per image", "peak memory", "less the images"], by_images),
            markdown_table(["channels", "multiply-adds", "one epoch", "arithmetic", "peak memory"], by_width),
            f"{_verdict(results)} {machine_line(results)}",
        ]
    )


def _verdict(results: dict[str, Any]) -> str:
    """What the numbers say, in words that follow from them."""
    large = [row for row in results["images"] if row["images"] >= _FROM] or results["images"]
    power = growth([row["images"] for row in large], [row["seconds"] for row in large])
    width_power = growth([row["macs"] for row in results["widths"]], [row["seconds"] for row in results["widths"]])
    beyond = [row["peak_memory_mb"] - row["data_mb"] for row in large]
    grows = "grows linearly" if 0.9 <= power <= 1.1 else "does not grow linearly"
    is_flat = "stays flat" if max(beyond) <= 1.25 * min(beyond) else "does not stay flat"
    return (
        f"`{results['recipe']}`: from {large[0]['images']:,} images on, time {grows} (as the power "
        f"{power:.2f} of their number); memory beyond the images themselves, which take 784 bytes each, {is_flat} "
        f"({min(beyond):,.0f} to {max(beyond):,.0f} MB). With the network's multiply-adds, time grows as the power "
        f"{width_power:.2f} ({results['width_images']:,} images; a training step is counted as three forward passes)."
    )


if __name__ == "__main__":
    main()
