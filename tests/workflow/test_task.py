from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import handigits.workflow.task
from handigits.config import AugmentConfig
from handigits.data import Split
from handigits.errors import HandigitsError, RunError, TrainingError, TrainingInterrupted
from handigits.run import open_run
from handigits.workflow import resume, train

RECIPE = "compact-5fc"


def test_the_held_out_images_do_not_depend_on_the_seed(
    tmp_path: Path, digits_npz: Path, monkeypatch: pytest.MonkeyPatch, small: dict[str, Any]
) -> None:
    held_out: list[Split] = []
    monkeypatch.setattr(handigits.workflow.task, "publish", lambda *_, **named: held_out.append(named["held_out"]))
    for seed in (1, 2):
        train(RECIPE, data=digits_npz, out=tmp_path / str(seed), **small | {"seed": seed, "epochs": 1})
    assert np.array_equal(held_out[0].images, held_out[1].images)
    assert np.bincount(held_out[0].labels).tolist() == [2] * 10


def test_flipping_is_done_only_when_asked_and_warned_about(
    tmp_path: Path, digits_npz: Path, unpublished: list[Any]
) -> None:
    for flip in (False, True):
        told: list[str] = []
        augment = AugmentConfig(flip=flip)
        train(RECIPE, data=digits_npz, out=tmp_path / str(flip), epochs=1, threads=1, augment=augment, tell=told.append)
        assert any("mirror" in notice for notice in told) == flip


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


def test_an_interruption_while_the_report_is_made_can_be_resumed(
    tmp_path: Path, digits_npz: Path, monkeypatch: pytest.MonkeyPatch, small: dict[str, Any]
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(TrainingInterrupted, match=r"Interrupted\. Go on with"):
        patch.setattr(handigits.workflow.task, "publish", interrupted)
        train(RECIPE, data=digits_npz, out=tmp_path, **small)
    finished: list[Any] = []
    monkeypatch.setattr(handigits.workflow.task, "publish", lambda *parts, **_: finished.append(parts))
    resume(tmp_path)
    assert finished


def test_a_disk_that_is_full_when_the_report_is_made_loses_nothing(
    tmp_path: Path, digits_npz: Path, monkeypatch: pytest.MonkeyPatch, small: dict[str, Any]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "report.html")

    monkeypatch.setattr(handigits.workflow.task, "publish", fail)
    with pytest.raises(RunError, match=r"No space left.*report\.html.*go on with: handigits train --resume"):
        train(RECIPE, data=digits_npz, out=tmp_path, **small)


def test_a_run_that_another_process_trains_is_not_continued(
    tmp_path: Path, digits_npz: Path, begun: Callable[..., Path]
) -> None:
    out = begun(tmp_path, digits_npz)
    with open_run(out).locked(), pytest.raises(RunError, match="in use"):
        resume(out)


def test_a_checkpoint_that_is_passed_over_is_told(
    tmp_path: Path, digits_npz: Path, unpublished: list[Any], begun: Callable[..., Path]
) -> None:
    out = begun(tmp_path / "run", digits_npz, checkpoint_seconds=0)
    newest = max((out / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-1])
    told: list[str] = []
    resume(out, tell=told.append)
    assert any(newest.name in notice and "damaged" in notice for notice in told)
