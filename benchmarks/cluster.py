"""`predict --engine ray` against the plain command, and its memory from few to many images.

python -m benchmarks.cluster --images 10000 --many 100000
"""

import argparse
import io
import os
import resource
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
    os.environ |= {"RAY_worker_niceness": "0"}  # else workers give way to all else, as the plain command does not
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _make(folder / "few", wanted.images)
        with tarfile.open(folder / "few" / "00000.tar") as archive:
            archive.extractall(folder / "pictures", filter="data")
        results: dict[str, Any] = {
            "model_load_seconds": _load_seconds(),
            "plain": _measure(folder, "pictures", _SHARD, ["--csv", folder / "plain.csv"]),
        }
        for workers in (1, 2):
            results[f"workers_{workers}"] = _on_ray(folder, "few", wanted.images, workers)
        shards = [path.stat().st_size for path in (folder / "few").iterdir()]
        answers = [path.stat().st_size for path in (folder / "answers").glob("part-*")]
        results["bytes_per_image"] = {
            "shard": round(sum(shards) / wanted.images),
            "answer": round(sum(answers) / wanted.images, 1),
        }
        results["memory"] = _memory(folder, (wanted.images, wanted.many))
    write_results("cluster", results)


def _memory(folder: Path, counts: tuple[int, ...]) -> list[dict[str, float]]:
    """With two workers, of CSVs, whose images need no preparation; one table under as many names as it takes."""
    digits = load_dataset("mnist-5k", offline=True).train.images[:_SHARD].reshape(_SHARD, -1)
    table = folder / "table.csv"
    header = ",".join(f"pixel{number}" for number in range(digits.shape[1]))
    np.savetxt(table, digits, fmt="%d", delimiter=",", header=header, comments="")
    found = []
    for count in counts:
        name = f"tables-{count}"
        (folder / name).mkdir()
        for start in range(0, count, _SHARD):
            os.link(table, folder / name / f"{start:09d}.csv")
        found.append(_on_ray(folder, name, count, 2))
    return found


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
