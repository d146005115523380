import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handigits.run import Run

Cli = Callable[..., Any]


@pytest.fixture
def models(finished_run: Run, artifact: Path) -> tuple[Path, Path]:
    return finished_run.directory, artifact


def test_the_result_for_people_is_scores_costs_and_what_the_tests_say(
    cli: Cli, models: tuple[Path, Path], digits_npz: Path
) -> None:
    outcome = cli("compare", *models, "--data", digits_npz)
    assert (outcome.code, outcome.err) == (0, "")
    for part in ("accuracy, %", "95 % interval", "cal. error", "parameters", "images/s", "only 1st", "compact-5fc"):
        assert part in outcome.out
    assert "significant" in outcome.out.splitlines()[-3]
    assert outcome.out.splitlines()[-1].endswith((".", "correction)."))


def test_the_result_for_scripts_is_all_there_is_on_stdout(
    cli: Cli, models: tuple[Path, Path], digits_npz: Path
) -> None:
    outcome = cli("compare", *models, "--data", digits_npz, "--split", "both", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    result = json.loads(outcome.out)
    assert len(result["contenders"]) == 2
    assert len(result["splits"]) == 2
    assert result["tests"][0]["verdict"]


def test_files_are_written_where_they_were_asked_for(
    cli: Cli, models: tuple[Path, Path], digits_npz: Path, tmp_path: Path
) -> None:
    files = {flag: tmp_path / f"out{suffix}" for flag, suffix in (("csv", ".csv"), ("html", ".html"), ("plot", ".png"))}
    words = [word for flag, path in files.items() for word in (f"--{flag}", path)]
    assert cli("compare", *models, "--data", digits_npz, *words).code == 0
    rows = list(csv.DictReader(files["csv"].read_text().splitlines()))
    assert len(rows) == 2
    assert float(rows[0]["accuracy"]) >= float(rows[1]["accuracy"])
    assert "handigits compare" in files["html"].read_text()
    assert files["plot"].read_bytes().startswith(b"\x89PNG")


def test_naming_nothing_is_a_matter_of_usage(cli: Cli) -> None:
    outcome = cli("compare")
    assert outcome.code == 2
    assert "name run directories" in outcome.err
