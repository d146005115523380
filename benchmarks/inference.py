"""Reading speed: `Recognizer` against PyTorch eager and Keras with the same weights on the same number of threads.

    python -m benchmarks.inference [RECIPE|RUN ...] [--rounds 3] [--threads 2]

Each reader is a process of its own, and they take turns. Throughput is that of uint8 test images to probabilities, for
the peers with the batch size that suits them best; Keras gets the network as exported, with the batch norms folded
away, which helps it. Latency is that of one image in memory, warm. `cold` is the whole command `handigits predict
x.png`, from the shell to the answer. That the readers agree is checked. Results go to
`benchmarks/results/inference.json`.
"""

import json
import shlex
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import tyro

from benchmarks.images import images_file
from benchmarks.machine import describe_machine, say, usable_cores
from benchmarks.peers.environment import peers_python
from benchmarks.processes import run, run_module
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table, percent, ratio, seconds

__all__ = ["NAME", "READERS", "check_agreement", "main", "report", "summarize"]

NAME = "inference"
READERS = {
    "handigits": ("handigits, ONNX Runtime", "benchmarks.ours.reading"),
    "pytorch": ("PyTorch, eager", "benchmarks.peers.pytorch_reading"),
    "keras": ("Keras, `predict`", "benchmarks.peers.keras_reading"),
}
_MAX_DISAGREEMENTS = 1  # of 500: a tie may fall either way


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    models: Annotated[tuple[str, ...], tyro.conf.Positional] = ("flash", "standard")
    """Recipes, which are trained first, or run directories."""
    rounds: int = 3
    """How often each reader takes its turn."""
    cold_starts: int = 9
    """How often to run `handigits predict`."""
    threads: int = usable_cores()
    """CPU threads of each reader."""
    data: str = "mnist"
    """What to train on and read."""
    quick: bool = False
    """A smoke test: one round on 600 images; nothing is written."""


def main() -> None:
    """Measure model by model."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    results: dict[str, Any] = {
        "date": date.today().isoformat(),
        "command": _command(settings),
        "machine": describe_machine(),
        "threads": settings.threads,
        "models": {},
    }
    with images_file(settings.data, quick=settings.quick) as images, TemporaryDirectory() as scratch:
        for model in settings.models:
            directory = _run_directory(model, images, Path(scratch), settings)
            results["models"][Path(model).name] = _measure(directory, images, settings, results)
            if not settings.quick:
                write_results(NAME, results)
    print(report(results))


def _command(settings: Settings) -> str:
    models = [f"runs/{Path(model).name}" if Path(model).is_absolute() else model for model in settings.models]
    return shlex.join(["python", "-m", f"benchmarks.{NAME}", *models, "--rounds", str(settings.rounds)])


def _run_directory(model: str, images: Path, scratch: Path, settings: Settings) -> Path:
    """The run that `model` names, trained now if it is a recipe."""
    if Path(model).is_dir():
        return Path(model).resolve()
    say(f"training {model} ...")
    data = [str(images), "--epochs", "1"] if settings.quick else [settings.data]
    run([sys.executable, "-m", "handigits", "train", model, "--out", scratch / model, "--quiet", "--data", *data])
    return scratch / model


def _measure(directory: Path, images: Path, settings: Settings, results: dict[str, Any]) -> dict[str, Any]:
    metrics = json.loads((directory / "metrics.json").read_text(encoding="utf-8"))
    flags = ["--threads", settings.threads, "--calls", 100 if settings.quick else 2000]
    rounds: dict[str, list[dict[str, Any]]] = {reader: [] for reader in READERS}
    for turn in range(1, 2 if settings.quick else settings.rounds + 1):
        for reader, (_, module) in READERS.items():
            python = peers_python() if reader == "keras" else sys.executable
            say(f"{directory.name}, round {turn}: {reader} ...")
            merged: dict[str, Any] = {}
            for line in run_module(module, directory, images, *flags, python=python).lines:
                merged |= line
            say(f"{merged['images_per_second']:,.0f} images/s, {merged['median_ms']:.3f} ms for one")
            results["peer_packages"] = results.get("peer_packages", {}) | merged.pop("packages", {})
            rounds[reader].append(merged)
    check_agreement(rounds)
    with _picture(images) as picture:
        cold = _cold_starts(directory, picture, 2 if settings.quick else settings.cold_starts)
    return {
        "parameters": metrics["parameters"],
        "macs": metrics["macs"],
        "accuracy": metrics["test"]["accuracy"],
        "rounds": rounds,
        "cold_predict_seconds": cold,
    }


def check_agreement(rounds: dict[str, list[dict[str, Any]]]) -> None:
    """Make sure that it was one network: all readers gave the same digits. Removes the digits from the results."""
    answers = [(reader, row.pop("answers")) for reader, rows in rounds.items() for row in rows]
    _, ours = answers[0]
    for reader, theirs in answers:
        differing = sum(one != other for one, other in zip(ours, theirs, strict=True))
        if differing > _MAX_DISAGREEMENTS:
            raise RuntimeError(f"{reader} reads {differing} of {len(ours)} digits otherwise: not the same network.")


@contextmanager
def _picture(images: Path) -> Iterator[Path]:
    """The first test image as a PNG."""
    from PIL import Image

    with TemporaryDirectory() as directory, np.load(images) as arrays:
        path = Path(directory) / "digit.png"
        Image.fromarray(arrays["test_images"][0]).save(path)
        yield path


def _cold_starts(directory: Path, picture: Path, count: int) -> list[float]:
    """Wall time of the whole command, each in a fresh process; the first, which warms the disk cache, is left out."""
    command = [sys.executable, "-m", "handigits", "predict", str(picture), "--model", str(directory)]
    times = []
    for _ in range(count + 1):
        began = time.perf_counter()
        run(command)
        times.append(round(time.perf_counter() - began, 4))
    return times[1:]


def summarize(model: dict[str, Any]) -> dict[str, dict[str, float]]:
    """For each reader the medians over the rounds."""
    columns = ("images_per_second", "median_ms", "p99_ms")
    summary = {
        reader: {column: statistics.median(row[column] for row in rows) for column in columns}
        for reader, rows in model["rounds"].items()
    }
    calling = [row["calling"] for row in model["rounds"]["keras"]]
    summary["keras"]["calling_ms"] = statistics.median(row["median_ms"] for row in calling)
    return summary


def report(results: dict[str, Any]) -> str:
    """The table with ratios, and where it was measured, in Markdown."""
    rows, notes = [], []
    for name, model in results["models"].items():
        summary = summarize(model)
        ours = summary["handigits"]
        for reader, (title, _) in READERS.items():
            measured = summary[reader]
            rows.append(
                [
                    f"`{name}`: {title}",
                    f"{measured['images_per_second']:,.0f}",
                    ratio(ours["images_per_second"] / measured["images_per_second"]),
                    f"{measured['median_ms']:.3f} ms",
                    f"{measured['p99_ms']:.3f} ms",
                    ratio(measured["median_ms"] / ours["median_ms"]),
                ]
            )
        notes.append(
            f"`{name}` ({model['parameters']:,} parameters, {model['macs'] / 1e6:.1f} million multiply-adds, "
            f"{percent(model['accuracy'])}): `handigits predict x.png` takes "
            f"{seconds(statistics.median(model['cold_predict_seconds']))} from the shell to the answer; "
            f"Keras's `model(x)` takes {summary['keras']['calling_ms']:.1f} ms for one image."
        )
    header = ["", "images/s", "ours is faster by", "one image", "99th percentile", "ours is faster by"]
    about = f"{results['threads']} threads; medians over the rounds. "
    return "\n\n".join([markdown_table(header, rows), about + " ".join([*notes, machine_line(results)])])


if __name__ == "__main__":
    main()
