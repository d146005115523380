"""Every recipe over several seeds, on all of MNIST, at its last epoch: accuracy with its spread, and training time.

    python -m benchmarks.recipes [RECIPE ...] [--seeds 1 2 3]

No setting was chosen with these seeds. Results go to `benchmarks/results/recipes.json`, seed by seed, and
in short to `src/handigits/measured.json`, where `handigits recipes` finds them. What is there already is kept.
"""

import json
import statistics
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import tyro

import handigits
from benchmarks.results import read_results, write_results
from handigits.recipes import RECIPES

MEASURED = Path(handigits.__file__).parent / "measured.json"


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    recipes: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    """Recipes; none: all of them."""
    seeds: tuple[int, ...] = (1, 2, 3)
    """Seeds to train each with."""
    again: bool = False
    """Measure anew what has been measured."""


def main() -> None:
    """Measure, and write after every run, so that an interruption loses one run at most."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    for recipe in settings.recipes or tuple(RECIPES):
        for seed in settings.seeds:
            runs = read_results("recipes").get(recipe, {})
            if str(seed) in runs and not settings.again:
                continue
            measured = measure(recipe, seed)
            print(recipe, seed, measured, flush=True)
            results = read_results("recipes")
            results.setdefault(recipe, {})[str(seed)] = measured
            write_results("recipes", results)
    summaries = {recipe: summarize(recipe, runs) for recipe, runs in read_results("recipes").items()}
    MEASURED.write_text(json.dumps(summaries, indent=2) + "\n")


def measure(recipe: str, seed: int) -> dict[str, Any]:
    """Train once on MNIST; what came of it."""
    with tempfile.TemporaryDirectory() as directory:
        run = handigits.train(recipe, data="mnist", seed=seed, out=Path(directory) / "run")
        metrics = run.metrics
        trained = handigits.evaluate(run.directory, data="mnist", split="train").evaluation
        environment = json.loads((run.directory / "environment.json").read_text())
    return {
        "accuracy": metrics["test"]["accuracy"],
        "loss": metrics["test"]["loss"],
        "train_accuracy": trained.accuracy,
        "validation_accuracy": metrics.get("validation", {}).get("accuracy"),
        "training_seconds": metrics["training_seconds"],
        "total_seconds": metrics["total_seconds"],
        "device": environment["device"],
        "precision": environment["precision"],
        "threads": environment["threads"],
        "processor": environment["processor"],
        "date": date.today().isoformat(),
    }


def summarize(recipe: str, runs: dict[str, Any]) -> dict[str, Any]:
    """Mean and standard deviation over the seeds, and the median time."""

    def column(name: str) -> list[Any]:
        return [run[name] for run in runs.values() if run[name] is not None]

    def mean(name: str) -> float | None:
        return round(statistics.mean(column(name)), 6) if column(name) else None

    seeds = sorted(map(int, runs))
    last = list(runs.values())[-1]
    return {
        "accuracy_mean": mean("accuracy"),
        "accuracy_sd": round(statistics.stdev(column("accuracy")), 6) if len(seeds) > 1 else None,
        "loss_mean": mean("loss"),
        "train_accuracy_mean": mean("train_accuracy"),
        "validation_accuracy_mean": mean("validation_accuracy"),
        "training_seconds": round(statistics.median(column("training_seconds")), 2),
        "seeds": seeds,
        "protocol": "MNIST's 60,000 training images less what the recipe holds out; 10,000 test images; last epoch",
        "machine": f"{last['processor']}, {last['threads']} threads, {last['device']}, {last['precision']}",
        "date": last["date"],
        "command": f"python -m benchmarks.recipes {recipe} --seeds {' '.join(map(str, seeds))} --again",
    }


if __name__ == "__main__":
    main()
