import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import handigits.publish
from handigits.errors import RunError, TrainingError, TrainingInterrupted
from handigits.recognizer import Recognizer
from handigits.run import open_run
from handigits.sweep import SweepProgress, Swept, sweep

SMALL: dict[str, list[Any]] = {"epochs": [1], "threads": [1], "batch_size": [20]}
TWO = {**SMALL, "lr": [0.02, 1e-5]}


@pytest.fixture(scope="module", autouse=True)
def no_pictures() -> Iterator[None]:
    """The plots of a run take longer than its training, and are tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handigits.publish, "write_plots", lambda *_, **__: [])
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sweep")


@pytest.fixture(scope="module")
def swept(folder: Path, digits_npz: Path) -> Swept:
    """Two learning rates, 16 of the 200 images held out; not to be changed."""
    return sweep(["flash"], settings=TWO, seeds=(0,), data=digits_npz, out=folder)


def test_the_runs_are_compared_by_what_was_varied(swept: Swept) -> None:
    assert {each.name: each.seeds for each in swept.comparison.contenders} == {
        "flash --lr 0.02": (0,),
        "flash --lr 1e-05": (0,),
    }
    assert len(swept.comparison.splits) == 2


def test_one_image_in_twelve_is_held_out(swept: Swept) -> None:
    assert {each.held_out.images[0] for each in swept.comparison.contenders if each.held_out} == {200 // 12}


def test_the_best_is_a_copy_of_the_chosen_run_that_read_the_held_out_images_best(swept: Swept, folder: Path) -> None:
    chosen = next(each for each in swept.comparison.contenders if each.name == swept.comparison.choice)
    runs = [open_run(Path(model)) for model in chosen.models]
    best = max(runs, key=lambda run: float(run.metrics["validation"]["accuracy"]))
    assert swept.best == folder / "best.onnx"
    assert swept.best.read_bytes() == best.model.read_bytes()
    assert Recognizer.load(swept.best).metadata.recipe == "flash"


def test_a_finished_run_is_not_trained_again(swept: Swept, folder: Path, digits_npz: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/metrics.json")}
    steps: list[SweepProgress] = []
    sweep(["flash"], settings=TWO, seeds=(0,), data=digits_npz, out=folder, watch=steps.append)
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*/metrics.json")} == before
    assert len(before) == 2
    assert all(each.step is None for each in steps)


def test_another_run_under_the_same_name_is_refused_before_anything_is_trained(
    swept: Swept, folder: Path, digits_npz: Path
) -> None:
    with pytest.raises(RunError, match="another --out"):
        sweep(["flash"], settings=TWO, seeds=(5, 0), data=digits_npz, held_out=7, out=folder)
    assert not list(folder.glob("*seed-5"))


def test_a_sweep_that_was_interrupted_goes_on_where_it_stopped(
    tmp_path: Path, digits_npz: Path, swept: Swept, folder: Path
) -> None:
    def interrupt(progress: SweepProgress) -> None:
        if progress.number == 2 and progress.step and progress.step.step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    again: dict[str, Any] = {"settings": TWO, "seeds": (0,), "data": digits_npz, "out": tmp_path}
    with pytest.raises(TrainingInterrupted, match=r"2 of 2\. The same command goes on"):
        sweep(["flash"], **again, watch=interrupt)
    steps: list[SweepProgress] = []
    result = sweep(["flash"], **again, watch=steps.append)
    assert next((each.number, each.step.step) for each in steps if each.step) == (2, 4)
    assert result.best is not None
    for run in folder.glob("flash-*"):
        assert (tmp_path / run.name / "weights.safetensors").read_bytes() == (run / "weights.safetensors").read_bytes()


def test_a_run_that_fails_is_reported_and_the_others_go_on(tmp_path: Path, digits_npz: Path) -> None:
    settings = {**SMALL, "lr": [0.03, 1e20], "optimizer": ["sgd"]}
    result = sweep(["flash"], settings=settings, seeds=(0,), data=digits_npz, out=tmp_path)
    assert [failure.name for failure in result.failures] == [
        "flash-epochs-1-threads-1-batch_size-20-lr-1e+20-optimizer-sgd-seed-0"
    ]
    assert "--lr" in result.failures[0].reason
    assert len(result.comparison.contenders) == 1


def test_where_every_run_fails_there_is_nothing_to_compare(tmp_path: Path, digits_npz: Path) -> None:
    settings = {**SMALL, "lr": [1e20], "optimizer": ["sgd"]}
    with pytest.raises(TrainingError, match="None of 1 runs"):
        sweep(["flash"], settings=settings, seeds=(0,), data=digits_npz, out=tmp_path)


def test_without_held_out_images_nothing_is_chosen(tmp_path: Path, digits_npz: Path) -> None:
    result = sweep(["flash"], settings=SMALL, seeds=(0,), data=digits_npz, held_out=0, split="test", out=tmp_path)
    assert result.best is None
    assert not (tmp_path / "best.onnx").exists()
