import sys
from pathlib import Path

import pytest

import handigits.workflow.evaluating
from handigits.errors import MissingExtraError, MissingFileError
from handigits.run import Run
from handigits.workflow import evaluate


def test_a_run_is_measured_again_with_the_same_result(finished_run: Run, digits_npz: Path) -> None:
    evaluated = evaluate(finished_run.directory, data=digits_npz)
    assert evaluated.evaluation.accuracy == finished_run.metrics["test"]["accuracy"]
    assert {gallery.name for gallery in evaluated.galleries} == {"mistakes", "ambiguous", "correct"}


def test_a_run_is_measured_on_its_own_data_unless_other_is_named(finished_run: Run) -> None:
    evaluated = evaluate(finished_run.directory)
    assert evaluated.evaluation.accuracy == finished_run.metrics["test"]["accuracy"]


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


def test_an_evaluation_that_could_not_be_drawn_is_not_measured(
    finished_run: Run, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setattr(handigits.workflow.evaluating, "measure", lambda *_: pytest.fail("it was measured"))
    with pytest.raises(MissingExtraError, match="matplotlib"):
        evaluate(finished_run.model, data=digits_npz, out=tmp_path / "out")


def test_a_model_that_is_not_there_is_refused(tmp_path: Path, digits_npz: Path) -> None:
    with pytest.raises(MissingFileError):
        evaluate(tmp_path / "model.onnx", data=digits_npz)
