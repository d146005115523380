"""Every export format: its size, what it answers to all test images, how fast its runtime is, and what reads it.

    python -m benchmarks.exports [MODEL] [--rounds 3] [--threads 2]

Without MODEL it is the one that ships. Each format is written by `handigits export` and read by the runtime that it is
for, without handigits, in a process of its own; they take turns. safetensors has no runtime: its reader here is
handigits. Accuracy and the largest difference of a probability from the model's are over all test images.

Then the network of every recipe, after one epoch on 600 images, goes to Keras, and what TensorFlow answers to 1,000
images is compared with the model. Results go to `benchmarks/results/exports.json`.
"""

import shlex
import statistics
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import tyro
from numpy.typing import NDArray

from benchmarks.images import images_file
from benchmarks.machine import describe_machine, say, usable_cores
from benchmarks.peers.environment import peers_python
from benchmarks.peers.protocol import load_images
from benchmarks.processes import run, run_module
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table, percent
from handigits import Recognizer
from handigits.recipes import RECIPES

__all__ = ["FORMATS", "NAME", "main", "report"]

NAME = "exports"
_COMPARED = 1000


@dataclass(frozen=True)
class Format:
    """A format as it is measured.

    Attributes:
        file: what it is written to, a directory for Keras.
        counted: the file whose size counts; the others of a directory hold the same again.
        reader: the format as `benchmarks.peers.export_reading` calls it; None: handigits reads it.
        read_by: for the table.
    """

    file: str
    counted: str
    reader: str | None
    read_by: str


FORMATS = {
    "onnx": Format("model.onnx", "model.onnx", "onnx", "ONNX Runtime (Python, C++, JavaScript, web), OpenVINO, OpenCV"),
    "onnx-int8": Format("int8.onnx", "int8.onnx", "onnx", "ONNX Runtime (Python, C++, JavaScript, web), OpenVINO"),
    "keras": Format("keras", "keras/model.keras", "keras", "Keras 3 on TensorFlow, PyTorch or JAX"),
    "torch-export": Format("model.pt2", "model.pt2", "torch-export", "PyTorch: `torch.export.load`"),
    "safetensors": Format("model.safetensors", "model.safetensors", None, "any language; here handigits"),
}


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    model: Annotated[Path | None, tyro.conf.Positional] = None
    """A run directory or an artefact; none: the shipped model."""
    rounds: int = 3
    """How often each runtime takes its turn."""
    threads: int = usable_cores()
    """CPU threads of each runtime."""
    data: str = "mnist"
    """What to compare on and read."""
    quick: bool = False
    """A smoke test: one round on 600 images, two recipes; nothing is written."""


def main() -> None:
    """Measure format by format."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    with images_file(settings.data, quick=settings.quick) as images, TemporaryDirectory() as scratch:
        results: dict[str, Any] = {
            "date": date.today().isoformat(),
            "command": _command(settings),
            "machine": describe_machine(),
            "threads": settings.threads,
            "formats": _measure(images, Path(scratch), settings),
            "recipes": _recipes(images, Path(scratch), settings),
        }
    if not settings.quick:
        write_results(NAME, results)
    print(report(results))


def _command(settings: Settings) -> str:
    model = [str(settings.model)] if settings.model else []
    flags = ["--rounds", str(settings.rounds), "--threads", str(settings.threads)]
    return shlex.join(["python", "-m", f"benchmarks.{NAME}", *model, *flags])


def _measure(images: Path, scratch: Path, settings: Settings) -> dict[str, Any]:
    test = load_images(images)
    expected = Recognizer.load(settings.model).probabilities(test.test_images)
    measured: dict[str, Any] = {}
    for name, form in FORMATS.items():
        say(f"exporting {name} ...")
        _export(settings.model, name, scratch / form.file, images)
        measured[name] = {"kilobytes": round((scratch / form.counted).stat().st_size / 1000, 1), "rounds": []}
    for turn in range(1, 2 if settings.quick else settings.rounds + 1):
        for name, form in FORMATS.items():
            say(f"round {turn}: {name} ...")
            measured[name]["rounds"].append(_read(form, images, scratch, settings))
            answers = np.load(scratch / "answers.npy") if form.reader else _ours(scratch / form.file, test.test_images)
            measured[name] |= {
                "accuracy": float((answers.argmax(axis=1) == test.test_labels).mean()),
                "max_difference": float(np.abs(answers - expected).max()),
                "changed": int((answers.argmax(axis=1) != expected.argmax(axis=1)).sum()),
            }
    return measured


def _export(model: Path | None, name: str, out: Path, data: Path) -> None:
    source = [model] if model else []
    run([sys.executable, "-m", "handigits", "export", *source, "--format", name, "--out", out, "--data", data])


def _read(form: Format, images: Path, scratch: Path, settings: Settings) -> dict[str, Any]:
    """One turn of a runtime; its answers are left in `answers.npy`, unless it is handigits."""
    if form.reader is None:
        flags = ("--threads", settings.threads, "--calls", 1000)
        (row,) = run_module("benchmarks.ours.reading", scratch / form.file, images, *flags).lines
        return {name: row[name] for name in ("images_per_second", "median_ms", "p99_ms", "calls")}
    python = peers_python() if form.reader == "keras" else sys.executable
    words = (form.reader, scratch / form.file, images, scratch / "answers.npy", "--threads", settings.threads)
    (row,) = run_module("benchmarks.peers.export_reading", *words, python=python).lines
    return row


def _ours(file: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return Recognizer.load(file).probabilities(images)


def _recipes(images: Path, scratch: Path, settings: Settings) -> dict[str, float]:
    """For each recipe the largest difference of a probability between the model and TensorFlow."""
    differences = {}
    with images_file(settings.data, quick=True) as few:
        for name in list(RECIPES)[:2] if settings.quick else RECIPES:
            say(f"{name} in Keras ...")
            out = scratch / "runs" / name
            flags: list[str | Path] = ["--data", few, "--epochs", "1", "--validation", "0", "--quiet", "--out", out]
            run([sys.executable, "-m", "handigits", "train", name, *flags])
            _export(out, "keras", out / "keras", images)
            form = Format(f"runs/{name}/keras", "", "keras", "")
            _read(form, images, scratch, settings)
            expected = _ours(out, load_images(images).test_images[:_COMPARED])
            answers = np.load(scratch / "answers.npy")[:_COMPARED]
            differences[name] = float(np.abs(answers - expected).max())
    return differences


def report(results: dict[str, Any]) -> str:
    """The table, and where it was measured, in Markdown."""
    rows = []
    for name, found in results["formats"].items():
        rates = [each["images_per_second"] for each in found["rounds"]]
        rows.append(
            [
                f"`{name}`",
                FORMATS[name].read_by,
                f"{found['kilobytes']:,.0f} kB",
                percent(found["accuracy"]),
                f"{found['max_difference']:.0e}" if found["max_difference"] else "0",
                f"{statistics.median(rates):,.0f}",
            ]
        )
    header = ["format", "read by", "size", "test accuracy", "largest difference", "images/s"]
    worst = max(results["recipes"].values())
    notes = (
        f"The largest difference is that of a probability from the model's, over all test images. The networks of "
        f"{len(results['recipes'])} recipes, little trained and exported to Keras, differ by at most {worst:.0e} on "
        f"{_COMPARED:,} images in TensorFlow. Threads: {results['threads']}; batches of 64; medians over the rounds."
    )
    return "\n\n".join([markdown_table(header, rows, texts=2), f"{notes} {machine_line(results)}"])


if __name__ == "__main__":
    main()
