"""Real Ray Tune, real trainings. Without Ray these tests are skipped, and say so."""

import csv
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed; `make test-cluster` runs these tests")

from safetensors import safe_open

from handigits.cluster.sweeping import sweep_on_ray
from handigits.run import Run
from handigits.sweep import SweepProgress, sweep

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="finds workers in /proc"),
    pytest.mark.filterwarnings("ignore"),  # Ray's own
    pytest.mark.timeout(1_200),  # each wait has a limit of its own
]

Find = Callable[[int, bytes], list[int]]
Wait = Callable[[Callable[[], object]], None]

RATES = [0.02, 0.01]


def settings(epochs: int, rates: list[float]) -> dict[str, list[Any]]:
    return {"epochs": [epochs], "threads": [1], "batch_size": [20], "checkpoint_seconds": [0.2], "lr": rates}


def trained(sweep: Path) -> list[Run]:
    return [Run(path) for path in sorted(sweep.iterdir()) if path.name.startswith("flash-")]


def test_a_trial_whose_worker_was_killed_goes_on_from_its_checkpoint(
    digits_npz: Path, tmp_path: Path, workers_of: Find, wait_for: Wait
) -> None:
    killed: list[int] = []
    saved: list[tuple[Path, str]] = []

    def states() -> list[tuple[Path, str]]:
        found = []
        for path in sorted(tmp_path.glob("flash-*/checkpoints/*.safetensors")):
            with suppress(OSError), safe_open(path, "np") as file:  # older ones go while newer ones come
                found.append((path.parents[1], file.metadata()["state"]))
        return found

    def kill_a_worker() -> None:
        wait_for(lambda: any('"epoch"' in state for _, state in states()))
        killed.extend(workers_of(os.getpid(), b"ray::ImplicitFunc"))
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        saved.extend(states())

    killer = threading.Thread(target=kill_a_worker, daemon=True)
    killer.start()
    swept = sweep_on_ray(["flash"], settings=settings(60, RATES), seeds=(0,), data=digits_npz, out=tmp_path)
    killer.join()
    assert killed
    assert '"epoch"' in "".join(state for _, state in saved)
    assert swept.failures == ()
    assert [len(run.history) for run in trained(tmp_path)] == [60, 60]
    for directory, state in saved:  # the seconds of an epoch that was trained twice would differ
        begun = [str(row["seconds"]) for row in Run(directory).history]
        assert all(f'"seconds": {second}' in state for second in begun[: state.count('"epoch"')])


def sweep_command(digits_npz: Path, out: Path, epochs: int, rates: list[float]) -> list[str]:
    """One training for each rate."""
    fields = [f"{name}={','.join(map(str, values))}" for name, values in settings(epochs, rates).items()]
    words = ["sweep", "flash", "--set", *fields, "--seeds", "0", "--data", str(digits_npz), "--out", str(out)]
    return [sys.executable, "-m", "handigits", *words, "--engine", "ray"]


def test_when_everything_was_killed_the_same_sweep_goes_on(digits_npz: Path, tmp_path: Path, wait_for: Wait) -> None:
    command = sweep_command(digits_npz, tmp_path, 40, [0.02, 0.01, 0.005, 0.002])
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: any(run.is_finished for run in trained(tmp_path)))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished = {run.model: run.model.stat().st_mtime_ns for run in trained(tmp_path) if run.is_finished}
    assert len(finished) < 4

    again = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    assert [len(run.history) for run in trained(tmp_path)] == [40] * 4
    assert {model: model.stat().st_mtime_ns for model in finished} == finished


def test_workers_that_are_killed_behind_an_address_are_replaced_and_no_training_is_missing(
    digits_npz: Path, tmp_path: Path, head: Any, workers_of: Find, wait_for: Wait
) -> None:
    command = [*sweep_command(digits_npz, tmp_path, 60, RATES), "--address", head.address]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: list(tmp_path.glob("flash-*/checkpoints/*.safetensors")))
    killed = workers_of(head.pid, b"ray::ImplicitFunc")
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    said, told = process.communicate(timeout=300)
    assert killed
    assert process.returncode == 0, told
    assert [len(run.history) for run in trained(tmp_path)] == [60, 60]
    names = {row["name"] for row in csv.DictReader((tmp_path / "compare.csv").read_text().splitlines())}
    assert len(names) == 2
    assert "is the choice of the held-out images" in said


def test_when_the_head_of_a_cluster_was_killed_the_same_sweep_goes_on(
    digits_npz: Path, tmp_path: Path, head: Any, wait_for: Wait
) -> None:
    command = [*sweep_command(digits_npz, tmp_path, 20, [0.02, 0.01, 0.005]), "--address", head.address]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: any(run.is_finished for run in trained(tmp_path)))
    head.kill()
    _, said = process.communicate(timeout=300)
    assert process.returncode != 0
    assert f"Ray at {head.address} went away; the same command goes on" in said.splitlines()[-1]
    finished = {run.model: run.model.stat().st_mtime_ns for run in trained(tmp_path) if run.is_finished}
    assert len(finished) < 3

    head.start()
    again = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    assert [len(run.history) for run in trained(tmp_path)] == [20] * 3
    assert {model: model.stat().st_mtime_ns for model in finished} == finished


def test_a_search_begins_with_what_was_begun_and_trains_no_more_than_it_was_asked(
    digits_npz: Path, tmp_path: Path
) -> None:
    common: dict[str, Any] = {"seeds": (0,), "data": digits_npz, "out": tmp_path}
    sweep(["flash"], settings=settings(1, [0.02]), **common)
    (first,) = trained(tmp_path)
    before = first.model.stat().st_mtime_ns
    lock = threading.Lock()  # as in a progress bar; it cannot be pickled
    told: list[SweepProgress] = []

    def watch(progress: SweepProgress) -> None:
        with lock:
            told.append(progress)

    rates = [0.001, 0.003, 0.005, 0.01, 0.02]
    sweep_on_ray(["flash"], settings=settings(1, rates), trials=3, watch=watch, **common)
    assert first.model.stat().st_mtime_ns == before
    assert first in trained(tmp_path)
    assert 2 <= len(trained(tmp_path)) <= 3  # a search may propose one twice
    assert all(run.is_finished for run in trained(tmp_path))
    assert [(progress.number, progress.total) for progress in told] == [(1, 3), (2, 3), (3, 3)]
    assert first.directory.name in {progress.training.name for progress in told}
