"""`predict --engine ray` against the plain command, and its memory from few to many images.

    python -m benchmarks.cluster [--images 10000] [--many 1000000] [--quick]

It needs `handigits[cluster]`. What a hundred million images or 500 trainings would cost is worked out from these
numbers in `sizing`. Results go to `benchmarks/results/cluster.json`.
"""

import io
import os
import resource
import shlex
import shutil
import sys
import tarfile
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from numpy.typing import NDArray
from PIL import Image

from benchmarks.machine import describe_machine, say
from benchmarks.processes import run
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table
from handigits.data import load_dataset
from handigits.evaluation import compare_pairs
from handigits.recognizer import Recognizer

__all__ = ["NAME", "SHARD", "main", "report"]

NAME = "cluster"
SHARD = 2_000  # images in one piece of work
_TABLES = 5  # different ones, under as many names as it takes


@dataclass(frozen=True)
class Settings:
    """How much to measure."""

    images: int = 10_000
    """Pictures for each number of workers."""
    many: int = 1_000_000
    """Images for the memory, compared with `images`."""
    quick: bool = False
    """A smoke test: one shard of each; nothing is written."""


def main() -> None:
    """Measure each in turn, and write at the end."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    images, many = (SHARD, 2 * SHARD) if settings.quick else (settings.images, settings.many)
    os.environ |= {"RAY_worker_niceness": "0"}  # else workers give way to all else, as the plain command does not
    results: dict[str, Any] = {
        "date": date.today().isoformat(),
        "command": shlex.join(["python", "-m", f"benchmarks.{NAME}", *sys.argv[1:]]),
        "machine": describe_machine(),
        "model_load_seconds": _load_seconds(),
        "comparison": _comparison(),
        "run_bytes": _run_bytes(),
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _make(folder / "few", images)
        with tarfile.open(folder / "few" / "00000.tar") as archive:
            archive.extractall(folder / "pictures", filter="data")
        results["plain"] = _measure(folder, "pictures", SHARD, ["--csv", folder / "plain.csv"])
        for workers in (1, 2):
            results[f"workers_{workers}"] = _on_ray(folder, "few", images, workers)
        shards = [path.stat().st_size for path in (folder / "few").iterdir()]
        answers = [path.stat().st_size for path in (folder / "answers").glob("part-*")]
        results["bytes_per_image"] = {"shard": round(sum(shards) / images), "answer": round(sum(answers) / images, 1)}
        results["memory"] = _memory(folder, (images, many))
    print(report(results))
    if not settings.quick:
        write_results(NAME, results)


def report(results: dict[str, Any]) -> str:
    """What each way of reading cost, and where it was measured, in Markdown."""
    ways = [
        ("plain command, files", results["plain"]),
        ("Ray, 1 worker, shards", results["workers_1"]),
        ("Ray, 2 workers, shards", results["workers_2"]),
        *(("Ray, 2 workers, CSV", row) for row in results["memory"]),
    ]
    rows = [
        [
            name,
            f"{row['images']:,}",
            f"{row['images_per_second']:,}",
            f"{1e3 * row.get('workers_cpu_seconds', row['driver_cpu_seconds']) / row['images']:.2g}",
            f"{row['driver_cpu_seconds']:.1f}" if "workers_cpu_seconds" in row else "–",
            f"{row['driver_peak_mb']:,}",
            f"{row['worker_peak_mb']:,}" if "worker_peak_mb" in row else "–",
        ]
        for name, row in ways
    ]
    head = [
        "",
        "images",
        "images/s",
        "workers' processor, ms/image",
        "command's processor, s",
        "its memory, MB",
        "a worker's, MB",
    ]
    few, many = results["memory"]
    return "\n\n".join(
        [
            markdown_table(head, rows),
            "The plain command has no workers; its milliseconds are its own. "
            f"{many['images'] / few['images']:,.0f} times as many images took "
            f"{many['worker_peak_mb'] - few['worker_peak_mb']:+,} MB in a worker and "
            f"{many['driver_peak_mb'] - few['driver_peak_mb']:+,} MB in the command itself. From nothing to the first "
            f"picture read a model takes {results['model_load_seconds']:.1f} s. {machine_line(results)}",
        ]
    )


def _memory(folder: Path, counts: tuple[int, ...]) -> list[dict[str, float]]:
    """With two workers, of CSVs, whose images need no preparation."""
    header = ",".join(f"pixel{number}" for number in range(28 * 28))
    for number in range(_TABLES):
        digits = _shifted_digits(SHARD, number).reshape(SHARD, -1)
        np.savetxt(folder / f"table-{number}.csv", digits, fmt="%d", delimiter=",", header=header, comments="")
    found = []
    for count in counts:
        name = f"tables-{count}"
        (folder / name).mkdir()
        for number, start in enumerate(range(0, count, SHARD)):
            os.link(folder / f"table-{number % _TABLES}.csv", folder / name / f"{start:09d}.csv")
        found.append(_on_ray(folder, name, count, 2))
    return found


def _comparison() -> dict[str, float]:
    """What the end of a sweep costs on one machine: each model reads each image, and each pair is tested."""
    recognizer = Recognizer.load(threads=1)
    images = load_dataset("mnist-5k", offline=True).train.images
    recognizer.probabilities(images[:SHARD])
    began = time.process_time()
    recognizer.probabilities(images)
    image = (time.process_time() - began) / len(images)
    right = {str(number): np.random.default_rng(number).random((1, 10_000)) < 0.99 for number in range(20)}
    began = time.process_time()
    pairs = compare_pairs(right)
    pair = (time.process_time() - began) / len(pairs)
    return {"seconds_per_image": float(f"{image:.2g}"), "seconds_per_pair": float(f"{pair:.2g}")}


def _run_bytes() -> int:
    """Of a finished run of `standard`."""
    with tempfile.TemporaryDirectory() as scratch:
        words = ["train", "standard", "--data", "mnist-5k", "--epochs", "1", "--out", str(Path(scratch, "run"))]
        run([sys.executable, "-m", "handigits", *words])
        return sum(path.stat().st_size for path in Path(scratch, "run").rglob("*") if path.is_file())


def _load_seconds() -> float:
    """Of a process that knows nothing yet: until the model has read its first picture."""
    program = (
        "import time; began = time.perf_counter(); import numpy as np; from handigits.recognizer import Recognizer; "
        "from handigits.recognizer import prepare; import io; from PIL import Image; picture = io.BytesIO(); "
        "Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save(picture, 'png'); "
        "Recognizer.load(threads=1).read([prepare(picture.getvalue(), name='picture')]); "
        "print(time.perf_counter() - began)"
    )
    return round(float(run([sys.executable, "-c", program]).output), 2)


def _shifted_digits(count: int, seed: int) -> NDArray[np.uint8]:
    """Digits, each shifted by up to two pixels, uint8 (count, 28, 28)."""
    rng = np.random.default_rng(seed)
    digits = load_dataset("mnist-5k", offline=True).train.images
    chosen = digits[rng.integers(len(digits), size=count)]
    return np.stack([np.roll(digit, rng.integers(-2, 3, 2), (0, 1)) for digit in chosen])


def _make(folder: Path, count: int) -> None:
    """WebDataset shards of PNGs, drawn one shard at a time."""
    folder.mkdir()
    for start in range(0, count, SHARD):
        with tarfile.open(folder / f"{start:05d}.tar", "w") as archive:
            for number, digit in enumerate(_shifted_digits(min(SHARD, count - start), start), start):
                buffer = io.BytesIO()
                Image.fromarray(digit).save(buffer, "png", compress_level=1)
                member = tarfile.TarInfo(f"{number:09d}.png")
                member.size = buffer.tell()
                archive.addfile(member, io.BytesIO(buffer.getvalue()))


def _on_ray(folder: Path, name: str, count: int, workers: int) -> dict[str, float]:
    out = folder / "answers"
    shutil.rmtree(out, ignore_errors=True)
    return _measure(folder, name, count, ["--engine", "ray", "--workers", str(workers), "--out", out])


def _measure(folder: Path, name: str, count: int, options: list[Any]) -> dict[str, float]:
    """Seconds of the whole command, its processors' seconds, and the most memory that one process of it held."""
    peaks: dict[int, float] = {}
    busy: dict[int, float] = {}
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(peaks, busy, done), daemon=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    watcher.start()
    began = time.perf_counter()
    finished = run([sys.executable, "-m", "handigits", "predict", folder / name, *options])
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    done.set()
    watcher.join()
    driver = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    measured = {
        "images": count,
        "seconds": round(seconds, 1),
        "images_per_second": round(count / seconds),
        "driver_cpu_seconds": round(driver, 1),
        "driver_peak_mb": round(finished.peak_memory_mb or 0),
    }
    if busy:
        measured |= {"workers_cpu_seconds": round(sum(busy.values()), 1), "worker_peak_mb": round(max(peaks.values()))}
    say(f"{name}: {measured}")
    return measured


def _watch(peaks: dict[int, float], busy: dict[int, float], done: threading.Event) -> None:
    """Of each actor that holds a model, the memory and the processor's seconds; Linux alone tells."""
    while not done.wait(0.25):
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                pid = int(entry.name)
                if b"MapWorker" in (entry / "cmdline").read_bytes() and _is_ours(pid):
                    lines = (entry / "status").read_text().splitlines()
                    held = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
                    ticks = (entry / "stat").read_text().rpartition(")")[2].split()[11:13]
                    peaks[pid] = held * 1024 / 1e6
                    busy[pid] = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            except (OSError, StopIteration):
                continue


def _is_ours(pid: int) -> bool:
    while pid not in (0, os.getpid()):
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return pid > 0


if __name__ == "__main__":
    main()
