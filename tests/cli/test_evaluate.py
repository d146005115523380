import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handigits.run import Run

Cli = Callable[..., Any]


def test_the_result_for_people_is_the_whole_report(
    cli: Cli, finished_run: Run, digits_npz: Path, tmp_path: Path
) -> None:
    outcome = cli("evaluate", finished_run.directory, "--data", digits_npz, "--out", tmp_path / "out")
    assert (outcome.code, outcome.err) == (0, "")
    accuracy = finished_run.metrics["test"]["accuracy"]
    assert f"accuracy {accuracy:.2%} (95 % interval " in outcome.out
    for part in ("precision", "recall", "f1", "support", "micro", "macro", "weighted", "most confused"):
        assert part in outcome.out.lower()
    assert f"report {tmp_path / 'out' / 'report.html'}" in outcome.out
    assert (tmp_path / "out" / "report.html").is_file()
    assert max(map(len, outcome.out.splitlines()[2:-2])) <= 80


def test_the_result_for_scripts_is_all_there_is_on_stdout(
    cli: Cli, finished_run: Run, digits_npz: Path, tmp_path: Path
) -> None:
    outcome = cli("evaluate", finished_run.model, "--data", digits_npz, "--json", "--out", tmp_path / "out")
    assert (outcome.code, outcome.err) == (0, "")
    measured = json.loads(outcome.out)
    assert measured["accuracy"] == finished_run.metrics["test"]["accuracy"]
    assert measured["count"] == 50
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == measured


@pytest.mark.parametrize("split", ["train", "test"])
def test_without_out_the_evaluation_goes_where_its_name_says_what_it_is(
    cli: Cli, artifact: Path, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("evaluate", artifact, "--data", digits_npz, "--split", split).code == 0
    assert (tmp_path / f"evaluation-digits.npz-{split}" / "report.html").is_file()
