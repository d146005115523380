"""How many of the labels that annotators disputed does `handigits labels` show first, without knowing of them?

    python -m benchmarks.labels [--seeds 0 1 2]

MNIST's test labels, with the command's defaults, once for each seed. Results go to `benchmarks/results/labels.json`.
"""

import statistics
import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import tyro

from benchmarks.disputed import DISPUTED
from benchmarks.machine import commit, describe_machine, say
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table, seconds
from handigits.label_check import check_labels

__all__ = ["NAME", "main", "report", "summarize"]

NAME = "labels"
_FIRST = (15, 50, 100)


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    seeds: tuple[int, ...] = (0, 1, 2)
    """Each decides the folds and the trainings once."""


def main() -> None:
    """Check the labels once for each seed."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    runs = []
    for seed in settings.seeds:
        began = time.perf_counter()
        check = check_labels("mnist", split="test", seed=seed, limit=max(_FIRST))
        listed = [row.index for row in check.gallery.rows]
        found = summarize(listed) | {"seed": seed, "seconds": round(time.perf_counter() - began, 1)}
        say(str(found))
        runs.append(found)
    results = {
        "date": str(date.today()),
        "command": f"python -m benchmarks.{NAME} --seeds {' '.join(map(str, settings.seeds))}",
        "commit": commit(),
        "machine": describe_machine(),
        "protocol": check.protocol,
        "runs": runs,
    }
    write_results(NAME, results)
    print(report(results))


def summarize(listed: list[int]) -> dict[str, Any]:
    """How many of the disputed are among the first so many that are listed."""
    return {"disputed_in_first": {str(first): len(set(listed[:first]) & set(DISPUTED)) for first in _FIRST}}


def report(results: dict[str, Any]) -> str:
    """A row for each length of the list, in Markdown."""
    rows = []
    for first in _FIRST:
        counts = [run["disputed_in_first"][str(first)] for run in results["runs"]]
        rows.append(
            [f"{first}", f"{round(statistics.mean(counts), 1):g} of {len(DISPUTED)}", ", ".join(map(str, counts))]
        )
    table = markdown_table(["labels listed", "disputed ones among them", "by seed"], rows)
    took = seconds(statistics.median(run["seconds"] for run in results["runs"]))
    return f"{table}\n\n{results['protocol']} A check took {took}. {machine_line(results)}"


if __name__ == "__main__":
    main()
