import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import handigits.workflow.training
from handigits.config import AugmentConfig, TrainConfig
from handigits.data import Split
from handigits.data.npz import write_npz
from handigits.errors import (
    ConfigError,
    HandigitsError,
    MissingExtraError,
    MissingFileError,
    RunError,
    TrainingInterrupted,
)
from handigits.run import Run
from handigits.training import Progress
from handigits.workflow import resume, train

RECIPE = "compact-5fc"
Interrupt = Callable[[int], Callable[[Progress], None]]


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


# -- train --


def test_a_run_learns_what_it_was_given(finished_run: Run) -> None:
    assert finished_run.metrics["test"]["accuracy"] > 0.5
    assert finished_run.plan.recipe == RECIPE
    assert finished_run.plan.train.epochs == 2


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    tmp_path: Path, digits_npz: Path, finished_run: Run, unpublished: list[Any], small: dict[str, Any]
) -> None:
    weights = load_file(finished_run.weights)
    torch.manual_seed(99)  # what was drawn before must not matter
    for seed, expected in ((7, True), (8, False)):
        train(RECIPE, data=digits_npz, out=tmp_path / str(seed), **small | {"seed": seed})
        again = unpublished[-1].model.state_dict()
        assert all(torch.equal(again[name], tensor) for name, tensor in weights.items()) == expected


def test_without_out_the_run_goes_to_the_first_free_directory(
    tmp_path: Path, digits_npz: Path, unpublished: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runs = [train(RECIPE, data=digits_npz, epochs=1, threads=1) for _ in range(2)]
    assert [str(run.directory) for run in runs] == ["runs/compact-5fc", "runs/compact-5fc-2"]


def test_an_existing_run_is_refused_and_left_alone(
    tmp_path: Path, digits_npz: Path, unpublished: list[Any], small: dict[str, Any]
) -> None:
    train(RECIPE, data=digits_npz, out=tmp_path, **small)
    before = contents(tmp_path)
    with pytest.raises(RunError, match="exists already"):
        train(RECIPE, data=digits_npz, out=tmp_path, **small)
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


def test_no_torch_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(handigits.workflow.training, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'handigits\[train\]'"):
        train(RECIPE, out=tmp_path)


@pytest.mark.parametrize("package", ["safetensors", "onnx", "matplotlib"])
def test_what_the_end_of_a_training_needs_is_asked_for_at_its_beginning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, digits_npz: Path, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    steps: list[Progress] = []
    with pytest.raises(MissingExtraError, match=f"needs {package}, "):
        train(RECIPE, data=digits_npz, out=tmp_path / "run", epochs=1, threads=1, watch=steps.append)
    assert not steps
    assert not (tmp_path / "run").exists()


def test_settings_of_ones_own_need_the_name_of_a_recipe_that_they_are_told_apart_from(
    tmp_path: Path, digits_npz: Path
) -> None:
    with pytest.raises(ConfigError, match="no recipe 'mine'"):
        train("mine", config=TrainConfig(epochs=1), data=digits_npz, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_notices_go_to_stderr_unless_somebody_listens(
    tmp_path: Path, digits_npz: Path, unpublished: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    train(RECIPE, data=digits_npz, out=tmp_path, epochs=1, threads=1, augment=AugmentConfig(flip=True))
    outcome = capsys.readouterr()
    assert (outcome.out, "a mirrored 2 is no digit" in outcome.err) == ("", True)


# -- resume --


def test_a_run_that_was_interrupted_becomes_what_it_would_have_been(
    tmp_path: Path, digits_npz: Path, finished_run: Run, small: dict[str, Any], interrupt_at: Interrupt
) -> None:
    out = tmp_path / "a run"
    with pytest.raises(TrainingInterrupted, match=r"step 11 of 18\. Go on with: handigits train --resume '.*a run'$"):
        train(RECIPE, data=digits_npz, out=out, watch=interrupt_at(11), **small)
    run = resume(out)
    assert run.weights.read_bytes() == finished_run.weights.read_bytes()
    seconds = {"seconds": 0.0}
    assert [row | seconds for row in run.history] == [row | seconds for row in finished_run.history]
    volatile = {"training_seconds": 0, "total_seconds": 0}
    assert run.metrics | volatile == finished_run.metrics | volatile


def test_a_run_is_not_continued_on_other_data(tmp_path: Path, digits: Split, begun: Callable[..., Path]) -> None:
    data = tmp_path / "digits.npz"
    write_npz(data, {"train": digits})
    out = begun(tmp_path / "run", data)
    relabelled = dataclasses.replace(digits, labels=digits.labels[::-1].copy())
    write_npz(data, {"train": relabelled})
    with pytest.raises(RunError, match="began with other images"):
        resume(out)


def test_a_run_is_not_continued_without_its_data(tmp_path: Path, digits: Split, begun: Callable[..., Path]) -> None:
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


def test_nothing_is_not_continued(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        resume(tmp_path / "nothing")
    with pytest.raises(RunError, match="not a run"):
        resume(tmp_path)
