"""`predict --engine ray` against the plain command, and its memory from few to many images; digits shifted at random.

python -m benchmarks.cluster --images 10000 --many 100000
"""

import argparse
import io
import shutil
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.processes import run
from benchmarks.results import write_results
from handigits.data import load_dataset

__all__ = ["main"]

_SHARD = 2_000


def main() -> None:
    """Measure, and write `results/cluster.json`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=100_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _make(folder / "few", wanted.images)
        for shard in (folder / "few").iterdir():
            with tarfile.open(shard) as archive:
                archive.extractall(folder / "pictures", filter="data")
        plain = _measure(folder, "pictures", wanted.images, ["--csv", folder / "plain.csv"])
        results: dict[str, Any] = {"images": wanted.images, "plain": plain}
        for workers in (1, 2):
            results[f"workers_{workers}"] = _on_ray(folder, "few", wanted.images, workers)
        if wanted.many:
            _make(folder / "many", wanted.many)
            results["many"] = {"images": wanted.many} | _on_ray(folder, "many", wanted.many, 2)
        shards = [path.stat().st_size for path in (folder / "few").iterdir()]
        answers = [path.stat().st_size for path in (folder / "answers").glob("part-*")]
        results["bytes_per_image"] = {
            "shard": round(sum(shards) / wanted.images),
            "answer": round(sum(answers) / (wanted.many or wanted.images), 1),
        }
    write_results("cluster", results)


def _make(folder: Path, count: int) -> None:
    """WebDataset shards of PNGs: digits, each shifted by up to two pixels, drawn one shard at a time."""
    folder.mkdir()
    digits = load_dataset("mnist-5k", offline=True).train.images
    rng = np.random.default_rng(0)
    for start in range(0, count, _SHARD):
        with tarfile.open(folder / f"{start:05d}.tar", "w") as archive:
            for number in range(start, min(start + _SHARD, count)):
                shifted = np.roll(digits[rng.integers(len(digits))], rng.integers(-2, 3, 2), (0, 1))
                buffer = io.BytesIO()
                Image.fromarray(shifted).save(buffer, "png", compress_level=1)
                member = tarfile.TarInfo(f"{number:09d}.png")
                member.size = buffer.tell()
                archive.addfile(member, io.BytesIO(buffer.getvalue()))


def _on_ray(folder: Path, name: str, count: int, workers: int) -> dict[str, float]:
    out = folder / "answers"
    shutil.rmtree(out, ignore_errors=True)
    return _measure(folder, name, count, ["--engine", "ray", "--workers", str(workers), "--out", out])


def _measure(folder: Path, name: str, count: int, options: list[Any]) -> dict[str, float]:
    """Seconds of the whole command, and the most memory that one process of it held."""
    peaks, done = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(peaks, done), daemon=True)
    watcher.start()
    began = time.perf_counter()
    finished = run([sys.executable, "-m", "handigits", "predict", folder / name, *options])
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    return {
        "seconds": round(seconds, 1),
        "images_per_second": round(count / seconds),
        "driver_peak_mb": round(finished.peak_memory_mb or 0),
        "worker_peak_mb": round(peaks[0]),
    }


def _watch(peaks: list[float], done: threading.Event) -> None:
    """The largest actor that holds a model; Linux alone tells."""
    while not done.wait(0.5):
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if b"MapWorker" in (entry / "cmdline").read_bytes():
                    lines = (entry / "status").read_text().splitlines()
                    held = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
                    peaks[0] = max(peaks[0], held * 1024 / 1e6)
            except (OSError, StopIteration):
                continue


if __name__ == "__main__":
    main()
