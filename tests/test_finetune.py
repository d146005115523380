"""Fine-tuning on corrections, and the gate before what comes of it."""

from pathlib import Path

import numpy as np
import pytest

import handigits.finetune
from handigits.data import Split
from handigits.data.corrections import Corrections
from handigits.errors import ConfigError, RunError
from handigits.finetune import FineTuned, finetune
from handigits.recognizer import Recognizer
from handigits.run import Run


@pytest.fixture
def corrections(tmp_path: Path, digits: Split) -> Path:
    """Ten digits with their true labels."""
    return kept(tmp_path / "true.sqlite", digits, digits.labels)


def kept(file: Path, digits: Split, labels: np.ndarray) -> Path:
    collected = Corrections(file)
    for image, label in zip(digits.images[:10], labels[:10], strict=True):
        collected.add([image], [int(label)])
    return file


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learns at a rate that forgets, so that wrong labels show."""
    monkeypatch.setattr(handigits.finetune, "_SLOWER", 3.0)
    monkeypatch.setattr(handigits.finetune, "_EPOCHS", 6)
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
