"""Training time to 99.0 % on MNIST's test images: our recipes and the peers' own examples, in one run, taken in turn.

    python -m benchmarks.time_to_accuracy [RECIPE ...] [--rounds 3]

Each round trains everybody once, with the round's number as the seed; each training is a process of its own. A recipe
ends where it ends, and counts if its mean accuracy over the rounds is 99.0 % or more. A peer is tested after each epoch
and stops at the first that reaches 99.0 %, which flatters it: it is the luckiest moment, chosen on the test images.
Times are those of training alone, with all compilation; tests, reading of files and imports are left out for everybody.
Results go to `benchmarks/results/time_to_accuracy.json`, the plot to `docs/images/`.
"""

import itertools
import json
import shlex
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import tyro

from benchmarks import plots
from benchmarks.images import images_file
from benchmarks.machine import describe_machine, say
from benchmarks.peers.environment import peers_python
from benchmarks.processes import run, run_module
from benchmarks.results import read_results, write_results
from benchmarks.tables import machine_line, markdown_table, percent, ratio, seconds

__all__ = ["NAME", "PEERS", "Peer", "headline", "main", "measure_peer", "measure_recipe", "report", "summarize"]

NAME = "time_to_accuracy"


@dataclass(frozen=True)
class Peer:
    """A program to race against.

    Attributes:
        title: what readers know it as.
        module: the program.
        epochs: as many as the example itself trains.
        keras: whether it runs in the environment of Keras.
    """

    title: str
    module: str
    epochs: int
    keras: bool


PEERS = {
    "pytorch-example": Peer("PyTorch's MNIST example", "benchmarks.peers.pytorch_example", 14, keras=False),
    "keras-convnet": Peer("Keras's MNIST convnet", "benchmarks.peers.keras_convnet", 15, keras=True),
}


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    recipes: Annotated[tuple[str, ...], tyro.conf.Positional] = ("flash", "quick", "standard")
    """Recipes of ours."""
    peers: tuple[str, ...] = tuple(PEERS)
    """Peers."""
    rounds: int = 3
    """How often to train each."""
    data: str = "mnist"
    """What to train on."""
    target: float = 0.99
    """Test accuracy to reach."""
    resume: bool = False
    """Keep the trainings that an interrupted run has finished, and do the rest."""
    quick: bool = False
    """A smoke test: one round, one epoch, 600 images; nothing is written."""


def main() -> None:
    """Measure, and write after every training, so that an interruption loses one at most."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    results = read_results(NAME) if settings.resume else {}
    results |= {
        "target": settings.target,
        "date": date.today().isoformat(),
        "command": _command(settings),
        "machine": describe_machine(),
        "contenders": results.get("contenders", {}),
    }
    with images_file(settings.data, quick=settings.quick) as images:
        for seed in range(1, 2 if settings.quick else settings.rounds + 1):
            for name in (*settings.recipes, *settings.peers):
                runs = results["contenders"].setdefault(name, {})
                if str(seed) in runs:
                    continue
                say(f"round {seed}: {name} ...")
                measured = _measure(name, seed, images, settings)
                results["peer_packages"] = results.get("peer_packages", {}) | measured.pop("packages", {})
                runs[str(seed)] = measured
                if not settings.quick:
                    write_results(NAME, results)
    print(report(results))
    if not settings.quick:
        say(f"wrote {plots.save(plots.plot_race(results['contenders'], settings.target), NAME)}")


def _command(settings: Settings) -> str:
    words = ["python", "-m", f"benchmarks.{NAME}", *settings.recipes, "--rounds", str(settings.rounds)]
    return shlex.join(words + (["--peers", *settings.peers] if settings.peers != tuple(PEERS) else []))


def _measure(name: str, seed: int, images: Path, settings: Settings) -> dict[str, Any]:
    if name in PEERS:
        epochs = 1 if settings.quick else PEERS[name].epochs
        return measure_peer(PEERS[name], images, seed=seed, epochs=epochs, target=settings.target)
    if settings.quick:
        return measure_recipe(name, str(images), "--epochs", "1", seed=seed)
    return measure_recipe(name, settings.data, seed=seed)


def measure_recipe(recipe: str, data: str, *flags: str, seed: int) -> dict[str, Any]:
    """Run `handigits train`, as a person would: accuracy and training time, and what the whole command took."""
    with TemporaryDirectory() as directory:
        where = ["--data", data, "--out", str(Path(directory) / "run")]
        words = ["train", recipe, *where, "--seed", str(seed), *flags, "--quiet", "--json"]
        finished = run([sys.executable, "-m", "handigits", *words])
        history = (Path(directory) / "run" / "history.csv").read_text(encoding="utf-8").splitlines()
    metrics = json.loads(finished.output)
    last = {
        "epoch": metrics["epochs"],
        "seconds": metrics["training_seconds"],
        "accuracy": metrics["test"]["accuracy"],
    }
    say(json.dumps(last))
    return {
        "epochs": [last],
        "epoch_seconds": _epoch_seconds(history),
        "command_seconds": round(finished.seconds, 3),
        "peak_memory_mb": finished.peak_memory_mb,
    }


def _epoch_seconds(history: Sequence[str]) -> list[float]:
    """How long each epoch of a `history.csv` took."""
    column = history[0].split(",").index("seconds")
    ends = [0.0, *(float(row.split(",")[column]) for row in history[1:])]
    return [round(after - before, 3) for before, after in itertools.pairwise(ends)]


def measure_peer(peer: Peer, images: Path, *, seed: int, epochs: int, target: float) -> dict[str, Any]:
    """Run a peer's program until it reaches the target."""
    python = peers_python() if peer.keras else sys.executable
    flags = ["--epochs", epochs, "--target", target, "--seed", seed]
    finished = run_module(peer.module, images, *flags, python=python, watch=say)
    about, *rows = finished.lines
    return {
        "epochs": rows,
        "command_seconds": round(finished.seconds, 3),
        "peak_memory_mb": finished.peak_memory_mb,
        "packages": about["packages"],
    }


@dataclass(frozen=True)
class Summary:
    """What a contender reached over the rounds.

    Attributes:
        name: recipe or peer.
        accuracy: mean test accuracy, at a recipe's end or where a peer stopped.
        accuracy_sd: its standard deviation; None for one round.
        epochs: median number of epochs.
        seconds: median training time.
        reached: whether the target was: by a recipe's mean, by a peer in most of its rounds.
        command_seconds: median time of the whole process.
        peak_memory_mb: the highest over the rounds.
    """

    name: str
    accuracy: float
    accuracy_sd: float | None
    epochs: float
    seconds: float
    reached: bool
    command_seconds: float
    peak_memory_mb: float | None


def summarize(name: str, runs: dict[str, dict[str, Any]], target: float) -> Summary:
    """Boil the rounds of a contender down."""
    ends = [run["epochs"][-1] for run in runs.values()]
    accuracies = [end["accuracy"] for end in ends]
    memories = [run["peak_memory_mb"] for run in runs.values() if run["peak_memory_mb"] is not None]
    arrived = [accuracy >= target for accuracy in accuracies]
    return Summary(
        name=name,
        accuracy=statistics.mean(accuracies),
        accuracy_sd=statistics.stdev(accuracies) if len(accuracies) > 1 else None,
        epochs=statistics.median(end["epoch"] for end in ends),
        seconds=statistics.median(end["seconds"] for end in ends),
        reached=2 * sum(arrived) > len(arrived) if name in PEERS else statistics.mean(accuracies) >= target,
        command_seconds=statistics.median(run["command_seconds"] for run in runs.values()),
        peak_memory_mb=max(memories, default=None),
    )


def report(results: dict[str, Any]) -> str:
    """The table with ratios, and where it was measured, in Markdown."""
    target = results["target"]
    summaries = [summarize(name, runs, target) for name, runs in results["contenders"].items()]
    best = fastest(summaries)
    rows = [
        [
            PEERS[each.name].title if each.name in PEERS else f"`{each.name}`",
            percent(each.accuracy, each.accuracy_sd),
            f"{each.epochs:g}",
            seconds(each.seconds),
            ratio(each.seconds / best.seconds if best and each.reached else None),
            seconds(each.command_seconds),
            f"{each.peak_memory_mb:,.0f} MB" if each.peak_memory_mb else "–",
        ]
        for each in summaries
    ]
    goal = f"{100 * target:.1f} %"
    header = ["", "test accuracy", "epochs", "training time", "times as long", "whole command", "memory"]
    rounds = min(len(runs) for runs in results["contenders"].values())
    missed = [each.name for each in summaries if not each.reached]
    notes = [
        f"Medians over {rounds} round{'s' * (rounds != 1)}, accuracy as mean ± standard deviation. Recipes end at "
        f"their last epoch; the peers are tested after every epoch and stop at the first with {goal}.",
        *([f"Not at {goal}: {', '.join(missed)}."] if missed else []),
        machine_line(results),
    ]
    return "\n\n".join([markdown_table(header, rows), " ".join(notes)])


def fastest(summaries: Sequence[Summary]) -> Summary | None:
    """The quickest recipe of ours that reached the target."""
    ours = [each for each in summaries if each.name not in PEERS and each.reached]
    return min(ours, key=lambda each: each.seconds, default=None)


def headline(results: dict[str, Any]) -> str:
    """One sentence: how long ours takes, and how many times as long the peers do."""
    summaries = [summarize(name, runs, results["target"]) for name, runs in results["contenders"].items()]
    best = fastest(summaries)
    if best is None:
        return f"No recipe reached {100 * results['target']:.1f} % in the last measurement."
    peers = [
        f"{PEERS[each.name].title} takes {seconds(each.seconds)}, {ratio(each.seconds / best.seconds)} as long"
        for each in summaries
        if each.name in PEERS and each.reached
    ]
    ours = (
        f"`{best.name}` reaches {percent(best.accuracy)} on MNIST's test images in {seconds(best.seconds)} of training"
    )
    cores = f"on {results['machine']['cores']} CPU cores"
    return f"{'; '.join([f'{ours} {cores}', *peers])}."


if __name__ == "__main__":
    main()
