"""Writes measured numbers into README.md and the pages of docs/, so that nobody copies a number by hand.

    python -m benchmarks.readme [--check]

A part is marked so, and all between the two comments is replaced:

    <!-- measured: time_to_accuracy -->
    <!-- /measured -->

The parts are `headline`, `recipes`, `reports`, and the benchmarks by name. `--check` writes nothing and exits with 1 if
a document says something else than the results.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

import tyro

from benchmarks import (
    accuracy,
    cluster,
    cut_out,
    distributed,
    epoch_time,
    exports,
    fuzz,
    gate,
    hands,
    inference,
    ink,
    labels,
    optdigits,
    pad,
    scaling,
    serve,
    sizing,
    time_to_accuracy,
)
from benchmarks.accuracy.report import report as accuracy_report
from benchmarks.machine import say
from benchmarks.processes import ROOT
from benchmarks.results import read_results
from benchmarks.tables import markdown_table, percent, seconds
from handigits.atomic import write_text
from handigits.evaluation import wilson_interval
from handigits.recipes import RECIPES, measured

__all__ = ["CLUSTER", "PARTS", "REPORTS", "SERVING", "fill", "main", "recipe_table", "render", "reports_table"]

README = ROOT / "README.md"
REPORTS = ROOT / "docs" / "reports.md"
SERVING = ROOT / "docs" / "serving.md"
CLUSTER = ROOT / "docs" / "cluster.md"

_TEST_DIGITS = 10_000
_PART = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- /measured -->)", re.DOTALL)


@dataclass(frozen=True)
class Settings:
    """What to do."""

    check: bool = False
    """Write nothing; exit with 1 if a document is not up to date."""


def main() -> None:
    """Fill the documents, or check them."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    for document in (README, REPORTS, SERVING, CLUSTER):
        before = document.read_text(encoding="utf-8")
        after = fill(before, render)
        if before == after:
            say(f"{document.name} shows what was measured.")
        elif settings.check:
            raise SystemExit(
                f"{document.name} shows other numbers than were measured; write them with: python -m benchmarks.readme"
            )
        else:
            write_text(document, after)
            say(f"wrote {document.name}")


def fill(text: str, part: Callable[[str], str]) -> str:
    """`text` with what `part` gives for each name between its markers.

    Example:
        >>> fill("<!-- measured: x -->\\nold\\n<!-- /measured -->", lambda name: f"{name} is 7")
        '<!-- measured: x -->\\nx is 7\\n<!-- /measured -->'
    """
    return _PART.sub(lambda match: f"{match[1]}{part(match[2])}\n{match[3]}", text)


PARTS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "headline": (time_to_accuracy.NAME, time_to_accuracy.headline),
    time_to_accuracy.NAME: (time_to_accuracy.NAME, time_to_accuracy.report),
    epoch_time.NAME: (epoch_time.NAME, epoch_time.report),
    inference.NAME: (inference.NAME, inference.report),
    scaling.NAME: (scaling.NAME, scaling.report),
    exports.NAME: (exports.NAME, exports.report),
    distributed.NAME: (distributed.NAME, distributed.report),
    cluster.NAME: (cluster.NAME, cluster.report),
    "sizing": (cluster.NAME, sizing.report),
    serve.NAME: (serve.NAME, serve.report),
    pad.NAME: (pad.NAME, pad.report),
    labels.NAME: (labels.NAME, labels.report),
    accuracy.NAME: (accuracy.NAME, accuracy_report),
    ink.NAME: (ink.NAME, ink.report),
    fuzz.NAME: (fuzz.NAME, fuzz.report),
    gate.NAME: (gate.NAME, gate.report),
    hands.NAME: (hands.NAME, hands.report),
    optdigits.NAME: (optdigits.NAME, optdigits.report),
    cut_out.NAME: (cut_out.NAME, cut_out.report),
}
"""For each part the benchmark that it comes from, and what makes Markdown of its results."""


def render(name: str) -> str:
    """A part of the README, from the results as they are now.

    Raises:
        KeyError: there is no such part.
    """
    if name == "recipes":
        return recipe_table({recipe: found for recipe in RECIPES if (found := measured(recipe))})
    if name == "reports":
        return reports_table(read_results("recipes"))
    if name not in PARTS:
        raise KeyError(f"README.md asks for {name!r}; the parts are recipes, {', '.join(PARTS)}.")
    benchmark, report = PARTS[name]
    results = read_results(benchmark)
    return report(results) if results else f"Not measured yet: `python -m benchmarks {benchmark}`."


def recipe_table(summaries: dict[str, dict[str, Any]]) -> str:
    """What each recipe reached: `handigits.recipes.measured` by name, in the order in which the recipes stand."""
    rows = [
        [
            f"`{name}`",
            RECIPES[name].summary,
            percent(found["accuracy_mean"], found["accuracy_sd"]),
            _interval(found["accuracy_mean"]),
            str(len(found["seeds"])),
            seconds(found["training_seconds"]),
        ]
        for name, found in summaries.items()
    ]
    head = ["recipe", "network and training", "test accuracy", "95 % interval", "seeds", "training time"]
    table = markdown_table(head, rows, texts=2)
    return f"{table}\n\nMeasured on {_machines(summaries)}."


def _machines(summaries: dict[str, dict[str, Any]]) -> str:
    """The machine that most recipes were measured on, and those of the others."""
    measured_on: dict[str, list[str]] = {}
    for name, found in summaries.items():
        measured_on.setdefault(found["machine"], []).append(f"`{name}`")
    most, *others = sorted(measured_on, key=lambda machine: -len(measured_on[machine]))
    return "; ".join([most, *(f"{' and '.join(measured_on[machine])} on {machine}" for machine in others)])


def _interval(accuracy: float) -> str:
    """How far the mean accuracy could move with other test digits: Wilson's interval for one reading of MNIST's."""
    low, high = wilson_interval(round(accuracy * _TEST_DIGITS), _TEST_DIGITS)
    return f"{100 * low:.2f} to {100 * high:.2f} %"


def reports_table(results: dict[str, Any]) -> str:
    """What each report says beside what its recipe reached here; `results` as `benchmarks recipes` writes."""
    rows = []
    for name, recipe in RECIPES.items():
        number, _, claim = recipe.source.partition(": ")
        if not number.startswith("report") or name not in results:
            continue
        runs = results[name].values()
        accuracies, losses = ([run[key] for run in runs] for key in ("accuracy", "loss"))
        rows.append(
            [
                number.removesuffix(" of 5"),
                f"`{name}`",
                claim,
                percent(mean(accuracies), stdev(accuracies)) if len(accuracies) > 1 else percent(accuracies[0]),
                f"{100 * min(accuracies):.2f} to {100 * max(accuracies):.2f} %",
                f"{mean(losses):.4f}",
                percent(mean(run["train_accuracy"] for run in runs)),
                str(len(accuracies)),
            ]
        )
    head = [
        "report",
        "recipe",
        "what it says",
        "test accuracy here",
        "of all seeds",
        "loss",
        "training accuracy",
        "seeds",
    ]
    return markdown_table(head, rows, texts=3)


if __name__ == "__main__":
    main()
