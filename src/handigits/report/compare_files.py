"""A comparison on the disk: a table for spreadsheets, a page, and a picture with its numbers beside it."""

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path

from handigits.atomic import atomic_path, write_text
from handigits.escape import safe_cell
from handigits.evaluation import COSTS, Comparison
from handigits.report.compare_page import comparison_page
from handigits.report.compare_plots import plot_pareto
from handigits.report.files import require_matplotlib

__all__ = ["write_comparison_csv", "write_comparison_page", "write_pareto"]


def write_comparison_csv(comparison: Comparison, path: Path) -> None:
    """Write a row for each model and split: name, models, seeds, scores (shares in 0..1) and costs."""
    rows = [
        {
            "name": safe_cell(each.name),
            "split": safe_cell(split),
            "models": safe_cell(" ".join(each.models)),
            "seeds": " ".join(map(str, each.seeds)),
            **{name: "" if value is None else round(value, 8) for name, value in each.scores(split).items()},
            **asdict(each.cost),
        }
        for split in comparison.splits
        for each in comparison.contenders
    ]
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, table.getvalue())


def write_comparison_page(comparison: Comparison, path: Path, *, command: str) -> None:
    """Write the page to `path`, whole or not at all; `command` is what prints it again."""
    write_text(path, comparison_page(comparison, command=command))


def write_pareto(comparison: Comparison, path: Path) -> None:
    """Draw accuracy against each of `COSTS` to `path`, a PNG, with the numbers as JSON under the same name.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(COSTS), 4.6 + 0.2 * len(comparison.contenders)), layout="constrained")
    for ax, cost in zip(figure.subplots(1, len(COSTS)), COSTS, strict=True):
        plot_pareto(comparison, cost, ax=ax)
    names = [f"{number}  {each.name}" for number, each in enumerate(comparison.contenders, start=1)]
    figure.supxlabel("\n".join(names), x=0.02, ha="left", fontsize=9)
    with atomic_path(path) as part:
        figure.savefig(part, format="png")
    split = comparison.splits[0]
    numbers = [{"name": each.name, **each.scores(split), **asdict(each.cost)} for each in comparison.contenders]
    write_text(path.with_suffix(".json"), json.dumps(numbers, indent=1) + "\n")
