"""Every recipe over several seeds, on all of MNIST, at its last epoch: accuracy with its spread, and training time.

    python -m benchmarks.recipes [RECIPE ...] [--seeds 1 2 3]
    python -m benchmarks.recipes RECIPE ... --time-epoch

No setting was chosen with these seeds. Results go to `benchmarks/results/recipes.json`, seed by seed, and
in short to `src/handigits/measured.json`, where `handigits recipes` finds them, with those of `benchmarks.accuracy`.
What is there already is kept.

Long trainings share the machine with other work, and accuracy does not mind that; time does. `--time-epoch` trains one
epoch on an idle machine, three times, and the median times the number of epochs is then the recipe's time, instead of
the runs' median.
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
from benchmarks import accuracy
from benchmarks.accuracy.distillation import TAUGHT
from benchmarks.accuracy.report import counted
from benchmarks.machine import commit
from benchmarks.results import read_results, write_results
from handigits.recipes import RECIPES
from handigits.run import Run

TIMES = "recipe_times"
MEASURED = Path(handigits.__file__).parent / "measured.json"
_ROUNDS = 3
_AGAIN = "python -m benchmarks.recipes {recipe} --seeds {seeds} --again"
_MOST_AGAIN = "python -m benchmarks.accuracy seeds {recipe} --seeds {seeds} --again"


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    recipes: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    """Recipes; none: all of them."""
    seeds: tuple[int, ...] = (1, 2, 3)
    """Seeds to train each with."""
    again: bool = False
    """Measure anew what has been measured."""
    time_epoch: bool = False
    """Only time one epoch of each; the machine should have nothing else to do."""


def main() -> None:
    """Measure, and write after every run, so that an interruption loses one run at most."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    for recipe in settings.recipes or tuple(RECIPES):
        if settings.time_epoch:
            write_results(TIMES, read_results(TIMES) | {recipe: time_epoch(recipe)})
            continue
        for seed in settings.seeds:
            runs = read_results("recipes").get(recipe, {})
            if str(seed) in runs and not settings.again:
                continue
            measured = measure(recipe, seed)
            print(recipe, seed, measured, flush=True)
            results = read_results("recipes")
            results.setdefault(recipe, {})[str(seed)] = measured
            write_results("recipes", results)
    runs = {recipe: (found, _AGAIN) for recipe, found in read_results("recipes").items()}
    trained = read_results(accuracy.NAME).get("seeds", {})
    most = {recipe: (found, _MOST_AGAIN) for recipe, found in trained.items() if recipe in RECIPES}
    summaries = {recipe: summarize(recipe, found, command) for recipe, (found, command) in (most | runs).items()}
    for recipe in most:
        summaries[recipe]["more"] = more_of(recipe, read_results(accuracy.NAME))
    MEASURED.write_text(json.dumps(summaries, indent=2) + "\n")


def time_epoch(recipe: str) -> dict[str, Any]:
    """Train one epoch on MNIST, three times; how long it took."""
    times = []
    for _ in range(_ROUNDS):
        with tempfile.TemporaryDirectory() as directory:
            run = handigits.train(recipe, data="mnist", epochs=1, out=Path(directory) / "run")
            times.append(run.metrics["training_seconds"])
            found = {"epoch_seconds": statistics.median(times), "rounds": sorted(times), **_machine(run)}
    print(recipe, found, flush=True)
    return found


def measure(recipe: str, seed: int) -> dict[str, Any]:
    """Train once on MNIST; what came of it."""
    with tempfile.TemporaryDirectory() as directory:
        run = handigits.train(recipe, data="mnist", seed=seed, out=Path(directory) / "run")
        metrics = run.metrics
        trained = handigits.evaluate(run.directory, data="mnist", split="train").evaluation
        machine = _machine(run)
    return {
        "accuracy": metrics["test"]["accuracy"],
        "loss": metrics["test"]["loss"],
        "train_accuracy": trained.accuracy,
        "validation_accuracy": metrics.get("validation", {}).get("accuracy"),
        "training_seconds": metrics["training_seconds"],
        "total_seconds": metrics["total_seconds"],
        **machine,
    }


def _machine(run: Run) -> dict[str, Any]:
    environment = json.loads((run.directory / "environment.json").read_text(encoding="utf-8"))
    facts = {name: environment[name] for name in ("device", "precision", "threads", "processor")}
    return {**facts, "commit": commit(), "date": date.today().isoformat()}


def summarize(recipe: str, runs: dict[str, Any], command: str) -> dict[str, Any]:
    """Mean and standard deviation over the seeds, and the median time; None for what was not measured."""

    def column(name: str) -> list[Any]:
        return [run[name] for run in runs.values() if run.get(name) is not None]

    def mean(name: str) -> float | None:
        return round(statistics.mean(column(name)), 6) if column(name) else None

    seeds = sorted(map(int, runs))
    timed = read_results(TIMES).get(recipe)
    last = timed or list(runs.values())[-1]
    if timed:
        seconds = timed["epoch_seconds"] * RECIPES[recipe].config.epochs
    else:
        seconds = statistics.median(column("training_seconds"))
    return {
        "accuracy_mean": mean("accuracy"),
        "accuracy_sd": round(statistics.stdev(column("accuracy")), 6) if len(seeds) > 1 else None,
        "loss_mean": mean("loss"),
        "train_accuracy_mean": mean("train_accuracy"),
        "validation_accuracy_mean": mean("validation_accuracy"),
        "training_seconds": round(seconds, 2),
        "timed": f"one epoch, {timed['epoch_seconds']:.1f} s, times the epochs" if timed else "median of the runs",
        "seeds": seeds,
        "protocol": "MNIST's 60,000 training images less what the recipe holds out; 10,000 test images; last epoch",
        "machine": f"{last['processor']}, {last['threads']} threads, {last['device']}, {last['precision']}",
        "date": min(last["date"], *column("date")),
        "command": command.format(recipe=recipe, seeds=" ".join(map(str, seeds))),
    }


def more_of(recipe: str, results: dict[str, Any]) -> list[dict[str, Any]]:
    """What the networks of a recipe reach with more arithmetic, or with five teachers, of `benchmarks.accuracy`."""
    found = []
    for part, name, what, command in (
        ("shifts", recipe, "from five places (handigits ensemble RUN --shifts)", "shifts"),
        ("seeds", recipe + TAUGHT, "after 8 epochs with the answers of five others", "distillation"),
        ("shifts", recipe + TAUGHT, "after these, from five places", f"shifts {recipe}{TAUGHT}"),
    ):
        if rows := results.get(part, {}).get(name):
            found.append((what, counted(len(rows), "seed"), list(rows.values()), command))
    sizes = results.get("ensembles", {}).get(recipe, {})
    for members, ensemble in sorted(sizes.items(), key=lambda size: int(size[0])):
        what = f"{members} as one (handigits ensemble RUN RUN ...)"
        groups = ensemble["groups"]
        found.append((what, counted(len(groups), "group"), groups, f"ensembles --members {members}"))
    return [
        {
            "what": what,
            "over": over,
            "command": f"python -m benchmarks.accuracy {command}",
            "accuracy_mean": round(statistics.mean(row["accuracy"] for row in rows), 6),
            "accuracy_sd": round(statistics.stdev(row["accuracy"] for row in rows), 6) if len(rows) > 1 else None,
        }
        for what, over, rows, command in found
    ]


if __name__ == "__main__":
    main()
