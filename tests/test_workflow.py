import dataclasses
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import handigits.workflow
from handigits.artifact import ArtifactMetadata
from handigits.artifact.writing import update_metadata
from handigits.config import AugmentConfig
from handigits.data import Split
from handigits.data.npz import write_npz
from handigits.errors import (
    ConfigError,
    DataError,
    HandigitsError,
    MissingExtraError,
    MissingFileError,
    RunError,
    TrainingError,
    TrainingInterrupted,
)
from handigits.run import Run, open_run
from handigits.training import Progress
from handigits.workflow import evaluate, evaluate_suite, resume, train

RECIPE = "compact-5fc"
SMALL: dict[str, Any] = {"epochs": 2, "batch_size": 20, "validation": 20, "seed": 7, "threads": 1}  # as `finished_run`
STEPS = 18


@pytest.fixture
def unpublished(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Leaves the measuring and drawing out; collects the trainings instead."""
    fits: list[Any] = []
    monkeypatch.setattr(handigits.workflow, "publish", lambda run, plan, dataset, fitted, **_: fits.append(fitted))
    return fits


def interrupt_at(step: int) -> Callable[[Progress], None]:
    def watch(progress: Progress) -> None:
        if progress.step == step:
            os.kill(os.getpid(), signal.SIGINT)

    return watch


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


# -- train --


def test_a_run_learns_what_it_was_given(finished_run: Run) -> None:
    assert finished_run.metrics["test"]["accuracy"] > 0.5
    assert finished_run.plan.recipe == RECIPE
    assert finished_run.plan.train.epochs == 2


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    tmp_path: Path, digits_npz: Path, finished_run: Run, unpublished: list[Any]
) -> None:
    weights = load_file(finished_run.weights)
    torch.manual_seed(99)  # what was drawn before must not matter
    for seed, expected in ((7, True), (8, False)):
        train(RECIPE, data=digits_npz, out=tmp_path / str(seed), **SMALL | {"seed": seed})
        again = unpublished[-1].model.state_dict()
        assert all(torch.equal(again[name], tensor) for name, tensor in weights.items()) == expected


def test_the_held_out_images_do_not_depend_on_the_seed(
    tmp_path: Path, digits_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_out: list[Split] = []
    monkeypatch.setattr(handigits.workflow, "publish", lambda *_, **named: held_out.append(named["held_out"]))
    for seed in (1, 2):
        train(RECIPE, data=digits_npz, out=tmp_path / str(seed), **SMALL | {"seed": seed, "epochs": 1})
    assert np.array_equal(held_out[0].images, held_out[1].images)
    assert np.bincount(held_out[0].labels).tolist() == [2] * 10


def test_without_out_the_run_goes_to_the_first_free_directory(
    tmp_path: Path, digits_npz: Path, unpublished: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runs = [train(RECIPE, data=digits_npz, epochs=1, threads=1) for _ in range(2)]
    assert [str(run.directory) for run in runs] == ["runs/compact-5fc", "runs/compact-5fc-2"]


def test_an_existing_run_is_refused_and_left_alone(tmp_path: Path, digits_npz: Path, unpublished: list[Any]) -> None:
    train(RECIPE, data=digits_npz, out=tmp_path, **SMALL)
    before = contents(tmp_path)
    with pytest.raises(RunError, match="exists already"):
        train(RECIPE, data=digits_npz, out=tmp_path, **SMALL)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dropout": (0.1, 0.2)}, "dropout"),
        ({"architecture": "three-conv"}, "three-conv"),
        ({"device": "mps"}, "mps"),
        ({"validation": 200}, "cannot hold out 200 of 200"),
        ({"epoch": 3}, "no setting epoch"),
        ({"data": "no-such-dataset"}, "no-such-dataset"),
    ],
)
@pytest.mark.parametrize("exists", [True, False])
def test_what_cannot_be_trained_is_found_out_before_anything_is_written_or_replaced(
    tmp_path: Path,
    digits_npz: Path,
    finished_run: Run,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    message: str,
    exists: bool,
) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    out = tmp_path / "run"
    if exists:
        out.mkdir()
        (out / "config.json").write_bytes((finished_run.directory / "config.json").read_bytes())
    before = contents(tmp_path)
    with pytest.raises(HandigitsError, match=message):
        train(RECIPE, **{"data": digits_npz, "out": out, "force": True, **settings})
    assert contents(tmp_path) == before
    assert out.exists() == exists


def test_an_unknown_recipe_is_refused_with_the_likely_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean compact-5fc"):
        train("compact-5cf", data="mnist", out=tmp_path)


def test_flipping_is_done_only_when_asked_and_warned_about(
    tmp_path: Path, digits_npz: Path, unpublished: list[Any]
) -> None:
    for flip in (False, True):
        told: list[str] = []
        augment = AugmentConfig(flip=flip)
        train(RECIPE, data=digits_npz, out=tmp_path / str(flip), epochs=1, threads=1, augment=augment, tell=told.append)
        assert any("mirror" in notice for notice in told) == flip


def test_no_torch_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(handigits.workflow, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'handigits\[train\]'"):
        train(RECIPE, out=tmp_path)


def test_a_loss_that_is_not_finite_is_an_error_and_no_model(tmp_path: Path, digits_npz: Path) -> None:
    with pytest.raises(TrainingError, match="--lr"):
        train(RECIPE, data=digits_npz, out=tmp_path, optimizer="sgd", lr=1e20, epochs=2, threads=1)
    assert not (tmp_path / "model.onnx").exists()
    assert not (tmp_path / "metrics.json").exists()


def test_weights_that_overflow_in_the_last_step_are_no_model_either(tmp_path: Path, digits_npz: Path) -> None:
    """No loss is computed with them any more; the model file is where it shows."""
    with pytest.raises(HandigitsError):
        train(RECIPE, data=digits_npz, out=tmp_path, optimizer="sgd", lr=1e38, epochs=1, batch_size=200, threads=1)
    assert not (tmp_path / "model.onnx").exists()
    assert not (tmp_path / "metrics.json").exists()


def test_notices_go_to_stderr_unless_somebody_listens(
    tmp_path: Path, digits_npz: Path, unpublished: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    train(RECIPE, data=digits_npz, out=tmp_path, epochs=1, threads=1, augment=AugmentConfig(flip=True))
    outcome = capsys.readouterr()
    assert (outcome.out, "a mirrored 2 is no digit" in outcome.err) == ("", True)


# -- resume --


def test_a_run_that_was_interrupted_becomes_what_it_would_have_been(
    tmp_path: Path, digits_npz: Path, finished_run: Run
) -> None:
    out = tmp_path / "a run"
    with pytest.raises(TrainingInterrupted, match=r"step 11 of 18\. Go on with: handigits train --resume '.*a run'$"):
        train(RECIPE, data=digits_npz, out=out, watch=interrupt_at(11), **SMALL)
    run = resume(out)
    assert run.weights.read_bytes() == finished_run.weights.read_bytes()
    seconds = {"seconds": 0.0}
    assert [row | seconds for row in run.history] == [row | seconds for row in finished_run.history]
    volatile = {"training_seconds": 0, "total_seconds": 0}
    assert run.metrics | volatile == finished_run.metrics | volatile


def test_an_interruption_while_the_report_is_made_can_be_resumed(
    tmp_path: Path, digits_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(TrainingInterrupted, match=r"Interrupted\. Go on with"):
        patch.setattr(handigits.workflow, "publish", interrupted)
        train(RECIPE, data=digits_npz, out=tmp_path, **SMALL)
    finished: list[Any] = []
    monkeypatch.setattr(handigits.workflow, "publish", lambda *parts, **_: finished.append(parts))
    resume(tmp_path)
    assert finished


def test_a_disk_that_is_full_when_the_report_is_made_loses_nothing(
    tmp_path: Path, digits_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "report.html")

    monkeypatch.setattr(handigits.workflow, "publish", fail)
    with pytest.raises(RunError, match=r"No space left.*report\.html.*go on with: handigits train --resume"):
        train(RECIPE, data=digits_npz, out=tmp_path, **SMALL)


def begun(out: Path, data: Path) -> Path:
    """A run that was interrupted."""
    with pytest.raises(TrainingInterrupted):
        train(RECIPE, data=data, out=out, watch=interrupt_at(3), **SMALL)
    return out


def test_a_run_is_not_continued_on_other_data(tmp_path: Path, digits: Split) -> None:
    data = tmp_path / "digits.npz"
    write_npz(data, {"train": digits})
    out = begun(tmp_path / "run", data)
    relabelled = dataclasses.replace(digits, labels=digits.labels[::-1].copy())
    write_npz(data, {"train": relabelled})
    with pytest.raises(RunError, match="began with other images"):
        resume(out)


def test_a_run_is_not_continued_without_its_data(tmp_path: Path, digits: Split) -> None:
    data = tmp_path / "digits.npz"
    write_npz(data, {"train": digits})
    out = begun(tmp_path / "run", data)
    data.unlink()
    with pytest.raises(HandigitsError, match=r"digits\.npz"):
        resume(out)


def test_a_finished_run_is_not_continued(finished_run: Run) -> None:
    before = contents(finished_run.directory)
    with pytest.raises(RunError, match="finished already"):
        resume(finished_run.directory)
    assert contents(finished_run.directory) == before


def test_a_run_that_another_process_trains_is_not_continued(tmp_path: Path, digits_npz: Path) -> None:
    out = begun(tmp_path, digits_npz)
    with open_run(out).locked(), pytest.raises(RunError, match="in use"):
        resume(out)


def test_a_checkpoint_that_is_passed_over_is_told(tmp_path: Path, digits_npz: Path, unpublished: list[Any]) -> None:
    out = tmp_path / "run"
    with pytest.raises(TrainingInterrupted):
        train(RECIPE, data=digits_npz, out=out, watch=interrupt_at(5), checkpoint_seconds=0, **SMALL)
    newest = max((out / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-1])
    told: list[str] = []
    resume(out, tell=told.append)
    assert any(newest.name in notice and "damaged" in notice for notice in told)


def test_nothing_is_not_continued(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        resume(tmp_path / "nothing")
    with pytest.raises(RunError, match="not a run"):
        resume(tmp_path)


# -- evaluate --


def test_a_run_is_measured_again_with_the_same_result(finished_run: Run, digits_npz: Path) -> None:
    evaluated = evaluate(finished_run.directory, data=digits_npz)
    assert evaluated.evaluation.accuracy == finished_run.metrics["test"]["accuracy"]
    assert {gallery.name for gallery in evaluated.galleries} == {"mistakes", "ambiguous", "correct"}


def test_a_run_is_measured_on_its_own_data_unless_other_is_named(finished_run: Run) -> None:
    evaluated = evaluate(finished_run.directory)
    assert evaluated.evaluation.accuracy == finished_run.metrics["test"]["accuracy"]


def test_bad_pictures_are_told_on_the_page_of_the_run(finished_run: Run, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    shutil.copytree(finished_run.directory, run.directory)
    assert "On bad pictures" not in run.report.read_text(encoding="utf-8")
    evaluate_suite("stress", run.directory, count=1, out=run.directory / "stress-test")
    assert "On bad pictures" in run.report.read_text(encoding="utf-8")


def test_the_training_split_is_measured_when_asked(finished_run: Run, digits_npz: Path) -> None:
    evaluation = evaluate(finished_run.directory, data=digits_npz, split="train").evaluation
    assert evaluation.count == 200
    assert evaluation.split_name.endswith("train")


def test_an_evaluation_is_written_where_asked(finished_run: Run, digits_npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "evaluation"
    evaluate(finished_run.model, data=digits_npz, split="train", out=out)
    assert {"report.json", "report.html", "plots"} <= {path.name for path in out.iterdir()}
    page = (out / "report.html").read_text()
    assert "handigits evaluate" in page
    assert "--split train" in page
    assert "has seen the images it was trained on" in page


@pytest.mark.parametrize("trained_on", ["mnist", "mnist-5k"])
def test_digits_that_the_model_was_trained_on_are_no_test_unsaid(
    artifact: Path, metadata: ArtifactMetadata, tmp_path: Path, trained_on: str
) -> None:
    update_metadata(artifact, dataclasses.replace(metadata, data=trained_on))
    out = tmp_path / "evaluation"
    evaluated = evaluate(artifact, data="mnist-5k", out=out)
    assert ("how well it learnt them" in evaluated.notice) == (trained_on == "mnist")
    assert ("how well it learnt them" in (out / "report.html").read_text()) == (trained_on == "mnist")


def test_a_split_that_is_not_there_is_refused(finished_run: Run, tmp_path: Path, digits: Split) -> None:
    data = tmp_path / "digits.npz"
    write_npz(data, {"train": digits})
    with pytest.raises(DataError, match=r"no test split.*--split train"):
        evaluate(finished_run.directory, data=data)
    with pytest.raises(ConfigError, match="test or train"):
        evaluate(finished_run.directory, data=data, split="validation")


def test_a_model_that_is_not_there_is_refused(tmp_path: Path, digits_npz: Path) -> None:
    with pytest.raises(MissingFileError):
        evaluate(tmp_path / "model.onnx", data=digits_npz)


def test_bad_pictures_are_made_of_the_split_that_was_asked_for(finished_run: Run, digits_npz: Path) -> None:
    stressed = evaluate_suite("stress", finished_run.model, data=digits_npz, split="train", count=1)
    assert stressed.result.split_name.endswith("train")
    assert "how well it learnt them" in stressed.notice


def test_a_suite_that_there_is_not_is_refused(finished_run: Run) -> None:
    with pytest.raises(ConfigError, match="no suite 'rain'; choose stress or photos"):
        evaluate_suite("rain", finished_run.model)  # type: ignore[arg-type]


def test_a_suite_that_could_not_be_drawn_is_not_measured(
    finished_run: Run, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    watched: list[float] = []
    with pytest.raises(MissingExtraError, match="matplotlib"):
        evaluate_suite("stress", finished_run.model, data=digits_npz, out=tmp_path / "out", watch=watched.append)
    assert not watched
