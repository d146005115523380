import shutil
import sys
from pathlib import Path

import pytest

from handigits.errors import ConfigError, MissingExtraError
from handigits.run import Run
from handigits.workflow import evaluate_suite


def test_bad_pictures_are_told_on_the_page_of_the_run(finished_run: Run, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    shutil.copytree(finished_run.directory, run.directory)
    assert "On bad pictures" not in run.report.read_text(encoding="utf-8")
    evaluate_suite("stress", run.directory, count=1, out=run.directory / "stress-test")
    assert "On bad pictures" in run.report.read_text(encoding="utf-8")


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
