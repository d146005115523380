"""Fine-tuning on corrections, and the gate before what comes of it."""

import copy
import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

import handigits.finetune
import handigits.training
from handigits.data import Split
from handigits.data.corrections import Corrections
from handigits.data.npz import write_npz
from handigits.errors import ConfigError, RunError
from handigits.finetune import FineTuned, finetune
from handigits.recognizer import Recognizer
from handigits.run import Run
from handigits.training import Fit
from handigits.training.engine import prepare_engine


@pytest.fixture
def corrections(tmp_path: Path, digits: Split) -> Path:
    """Ten digits with their true labels."""
    return kept(tmp_path / "true.sqlite", digits, digits.labels)


def copy_of(run: Run, directory: Path, *, data: str) -> Run:
    """The same run, on data that may lie elsewhere."""
    shutil.copytree(run.directory, directory)
    copied = Run(directory)
    copied.write_plan(dataclasses.replace(run.plan, data=data))
    return copied


def kept(file: Path, digits: Split, labels: np.ndarray) -> Path:
    collected = Corrections(file)
    for image, label in zip(digits.images[:10], labels[:10], strict=True):
        collected.add([image], [int(label)])
    return file


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learns at a rate that forgets, so that wrong labels show."""
    monkeypatch.setattr(handigits.finetune, "_SLOWER", 10.0)
    monkeypatch.setattr(handigits.finetune, "_EPOCHS", 10)
    monkeypatch.setattr(handigits.finetune, "_SHARE", 0.9)


def test_true_corrections_are_promoted(finished_run: Run, corrections: Path, tmp_path: Path) -> None:
    tuned = finetune(finished_run.directory, corrections, out=tmp_path / "new.onnx")
    assert tuned.promoted
    assert tuned.wrong_after <= tuned.wrong_before
    assert (tuned.corrections, tuned.corrections_checked, tuned.count) == (8, 2, 20)


def test_what_is_promoted_says_what_it_is(finished_run: Run, corrections: Path, tmp_path: Path) -> None:
    finetune(finished_run.directory, corrections, out=tmp_path / "new.onnx")
    about = Recognizer.load(tmp_path / "new.onnx").metadata
    assert about.recipe == "compact-5fc, with corrections"
    assert (about.metrics["validation"]["count"], about.held_out) == (20, 20)


def test_its_weights_are_not_those_that_it_began_with(finished_run: Run, corrections: Path, tmp_path: Path) -> None:
    finetune(finished_run.directory, corrections, out=tmp_path / "new.onnx")
    image = np.full((1, 28, 28), 60, np.uint8)
    before, after = (Recognizer.load(each).probabilities(image) for each in (finished_run.model, tmp_path / "new.onnx"))
    assert not np.allclose(before, after)


@pytest.mark.usefixtures("fast")
def test_nothing_is_written_where_more_of_the_old_digits_are_misread(
    finished_run: Run, digits: Split, tmp_path: Path
) -> None:
    wrong = kept(tmp_path / "wrong.sqlite", digits, (digits.labels + 1) % 10)
    tuned = finetune(finished_run.directory, wrong, out=tmp_path / "new.onnx")
    assert tuned.wrong_after > tuned.wrong_before
    assert not tuned.promoted
    assert not (tmp_path / "new.onnx").exists()


def test_data_that_changed_since_the_run_are_refused(
    finished_run: Run, corrections: Path, digits: Split, tmp_path: Path
) -> None:
    """Under the same name, the digits that it held out would be others."""
    data = tmp_path / "digits.npz"
    run = copy_of(finished_run, tmp_path / "run", data=str(data))
    write_npz(data, {"train": digits})
    assert finetune(run.directory, corrections, out=tmp_path / "new.onnx").promoted
    write_npz(data, {"train": digits.subset(np.arange(200)[::-1])})
    with pytest.raises(RunError, match="trained on other images"):
        finetune(run.directory, corrections, out=tmp_path / "newer.onnx")


def test_it_begins_with_the_weights_as_the_training_had_left_them(
    finished_run: Run, corrections: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The temperature, which sharpens what label smoothing blunted, is taken out again."""
    run = copy_of(finished_run, tmp_path / "run", data=finished_run.plan.data)
    run.write_facts("metrics", run.metrics | {"temperature": 0.5})
    begun: list[nn.Module] = []

    def fit(model: nn.Module, *_: object, **__: object) -> Fit:
        begun.append(copy.deepcopy(model))
        return Fit(model, (), 0.0, prepare_engine(run.plan.train), ())

    monkeypatch.setattr(handigits.training, "fit", fit)
    finetune(run.directory, corrections, out=tmp_path / "new.onnx")
    found, written = begun[0].state_dict(), load_file(run.weights)
    *others, weight, bias = found
    assert all(torch.equal(found[name], written[name]) for name in others)
    assert all(torch.allclose(found[name], written[name] / 2) for name in (weight, bias))


def test_a_model_that_is_there_stays_without_force(finished_run: Run, corrections: Path, artifact: Path) -> None:
    with pytest.raises(ConfigError, match="exists already"):
        finetune(finished_run.directory, corrections, out=artifact)


def test_only_a_run_can_be_trained_on(artifact: Path, corrections: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError):
        finetune(artifact.parent, corrections, out=tmp_path / "new.onnx")


@pytest.mark.parametrize(("file", "promoted"), [(None, False), (Path("new.onnx"), True)])
def test_as_json_it_says_whether_it_was_promoted(file: Path | None, promoted: bool) -> None:
    counts = dict.fromkeys(("corrections", "count", "wrong_before", "wrong_after", "corrections_checked"), 1)
    wrong = {"corrections_wrong_before": 0, "corrections_wrong_after": 0}
    assert FineTuned(file=file, unseen=True, **counts, **wrong).to_json()["promoted"] is promoted
