"""One training by one process and by two, each on one thread: time, and how far the results are apart.

    python -m benchmarks.distributed [RECIPE] [--data mnist-5k] [--epochs 3] [--quick]

A third training, by one process on two threads, tells how far rounding errors alone carry the weights. Results go to
`benchmarks/results/distributed.json`.
"""

import json
import shlex
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro
from numpy.typing import NDArray

from benchmarks.machine import describe_machine, say
from benchmarks.processes import run
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table, percent, seconds
from handigits.data import load_dataset
from handigits.recognizer import Recognizer

__all__ = ["NAME", "compare", "main", "report"]

NAME = "distributed"
_WAYS = ((1, 1), (2, 1), (1, 2))  # processes, and threads of each


@dataclass(frozen=True)
class Settings:
    """What to train."""

    recipe: Annotated[str, tyro.conf.Positional] = "flash"
    """The recipe."""
    data: str = "mnist-5k"
    """The images."""
    epochs: int = 3
    """Passes over them."""
    quick: bool = False
    """A smoke test: one epoch; nothing is written."""


def main() -> None:
    """Train in each way, and compare."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    epochs = 1 if settings.quick else settings.epochs
    test = load_dataset(settings.data, offline=True).test
    assert test is not None  # every named dataset has one
    results: dict[str, Any] = {
        "date": date.today().isoformat(),
        "command": shlex.join(["python", "-m", f"benchmarks.{NAME}", *sys.argv[1:]]),
        "machine": describe_machine(),
        "recipe": settings.recipe,
        "data": settings.data,
        "epochs": epochs,
        "rows": [],
    }
    with tempfile.TemporaryDirectory() as scratch:
        outs = [Path(scratch, f"{processes}x{threads}") for processes, threads in _WAYS]
        rows = [
            _train(settings, epochs, out, processes=processes, threads=threads)
            for out, (processes, threads) in zip(outs, _WAYS, strict=True)
        ]
        first, *others = ((_weights(out), Recognizer.load(out).probabilities(test.images)) for out in outs)
    apart = [compare(first, first), *(compare(first, other) for other in others)]
    results["rows"] = [row | each for row, each in zip(rows, apart, strict=True)]
    print(report(results))
    if not settings.quick:
        write_results(NAME, results)


def compare(
    first: tuple[dict[str, NDArray[Any]], NDArray[Any]], other: tuple[dict[str, NDArray[Any]], NDArray[Any]]
) -> dict[str, Any]:
    """How far two results are apart: each the weights by name, and the probabilities (N, 10) of the test images."""
    weights = max(float(np.abs(other[0][name] - weight).max()) for name, weight in first[0].items())
    return {
        "largest_difference_of_a_weight": float(f"{weights:.2g}"),
        "answers": len(first[1]),
        "answers_that_differ": int((first[1].argmax(axis=1) != other[1].argmax(axis=1)).sum()),
    }


def report(results: dict[str, Any]) -> str:
    """A table, and where it was measured, in Markdown."""
    rows = [
        [
            f"{row['processes']} x {row['threads']}",
            seconds(row["training_seconds"]),
            seconds(row["command_seconds"]),
            percent(row["test_accuracy"]),
            f"{row['largest_difference_of_a_weight']:.2g}",
            f"{row['answers_that_differ']:,} of {row['answers']:,}",
        ]
        for row in results["rows"]
    ]
    head = ["processes x threads", "training", "whole command", "test accuracy", "weights apart by", "other answers"]
    about = (
        f"`{results['recipe']}`, {results['epochs']} epochs of {results['data']}; the last two columns compare with "
    )
    return "\n\n".join([markdown_table(head, rows), f"{about}the first row. {machine_line(results)}"])


def _train(settings: Settings, epochs: int, out: Path, *, processes: int, threads: int) -> dict[str, Any]:
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    words = ["-m", "handigits", "train", settings.recipe, "--data", settings.data, "--epochs", str(epochs)]
    words += ["--threads", str(threads), "--out", str(out)]
    finished = run([sys.executable, *(launch if processes > 1 else []), *words])
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    row = {
        "processes": processes,
        "threads": threads,
        "training_seconds": round(metrics["training_seconds"], 2),
        "command_seconds": round(finished.seconds, 1),
        "test_accuracy": metrics["test"]["accuracy"],
    }
    say(json.dumps(row))
    return row


def _weights(run_directory: Path) -> dict[str, NDArray[Any]]:
    from safetensors.numpy import load_file

    return {
        name: weight.astype(np.float64) for name, weight in load_file(run_directory / "weights.safetensors").items()
    }


if __name__ == "__main__":
    main()
