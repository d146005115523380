import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handigits.data import Split
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


def test_a_stress_suite_is_a_table_with_its_two_numbers_and_a_plot(
    cli: Cli, artifact: Path, digits_npz: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = cli("evaluate", artifact, "--data", digits_npz, "--suite", "stress", "--count", "2", "--out", out)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].split()[:6] == ["kind", "1", "2", "3", "4", "5"]
    assert sum(line.startswith(("shift", "fog", "JPEG")) for line in lines) == 3
    assert "strength 3: mean " in outcome.out
    assert sum(line.startswith(("mean of unseen kinds", "unseen kinds")) for line in lines) == 2
    assert f"plot {out / 'stress.png'}" in outcome.out
    assert max(map(len, lines[:-1])) <= 80
    assert (out / "stress.png").is_file()


def test_photographs_are_a_table_with_intervals(cli: Cli, artifact: Path, digits_npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcome = cli("evaluate", artifact, "--data", digits_npz, "--suite", "photos", "--count", "2", "--out", out)
    assert (outcome.code, outcome.err) == (0, "")
    assert "single digits" in outcome.out.splitlines()[0]
    assert "95 % interval" in outcome.out
    assert (out / "photos.json").is_file()


def test_a_suite_for_scripts_is_all_there_is_on_stdout(
    cli: Cli, artifact: Path, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("evaluate", artifact, "--data", digits_npz, "--suite", "stress", "--count", "1", "--seed", "3", "--json")
    outcome = cli(*words)
    assert (outcome.code, outcome.err) == (0, "")
    measured = json.loads(outcome.out)
    assert (measured["suite"], measured["count"], measured["seed"]) == ("stress", 1, 3)
    assert json.loads((tmp_path / "stress-digits.npz-test" / "stress.json").read_text()) == measured


def test_without_disputed_labels_the_numbers_are_given_a_second_time(
    cli: Cli, finished_run: Run, digits: Split, tmp_path: Path
) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(f"index,label\n0,{digits.labels[0]}\n1,{digits.labels[1]}\n", encoding="utf-8")
    outcome = cli("evaluate", finished_run.directory, "--without", table, "--json", "--out", tmp_path / "out")
    assert (outcome.code, outcome.err) == (0, "")  # and the data is what the run was trained on
    measured = json.loads(outcome.out)
    assert (measured["count"], measured["without_disputed"]["count"]) == (50, 48)
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == measured
    assert "without 2 disputed" in (tmp_path / "out" / "report.html").read_text()


def test_a_list_of_disputed_labels_is_not_for_suites(cli: Cli, artifact: Path) -> None:
    outcome = cli("evaluate", artifact, "--suite", "stress", "--without", "labels.csv")
    assert outcome.code == 2
    assert "--without is for accuracies" in outcome.err


def test_a_count_without_a_suite_is_refused(cli: Cli, artifact: Path) -> None:
    outcome = cli("evaluate", artifact, "--count", "5")
    assert outcome.code == 2
    assert "--count belongs to --suite" in outcome.err


def test_a_suite_of_nothing_is_refused_before_it_begins(cli: Cli, artifact: Path, digits_npz: Path) -> None:
    outcome = cli("evaluate", artifact, "--data", digits_npz, "--suite", "photos", "--count", "0")
    assert outcome.code == 1
    assert outcome.err == "handigits evaluate: count is 0; expected how many photographs to make, at least 1.\n"
