import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
SMALL = ("--recipes", "flash", "--folds", "2", "--threads", "1", "--limit", "20")


def test_the_doubtful_labels_are_a_table_and_files(cli: Cli, digits_npz: Path, tmp_path: Path) -> None:
    outcome = cli("labels", "--data", digits_npz, *SMALL, "--out", tmp_path / "out")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.count("no. ") == 15
    assert f"the first 15 of 20; look at them all: {tmp_path / 'out' / 'labels.html'}" in outcome.out
    rows = list(csv.DictReader((tmp_path / "out" / "labels.csv").read_text().splitlines()))
    assert len(rows) == 20
    doubts = [float(row["label_probability"]) for row in rows]
    assert max(doubts[:3]) < min(doubts[-3:])
    assert (tmp_path / "out" / "labels.html").read_text().count('<img class="digit"') == 20


def test_without_out_the_files_go_where_their_name_says_what_they_are(
    cli: Cli, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = cli("labels", "--data", digits_npz, "--split", "train", *SMALL, "--json")
    assert len(json.loads(outcome.out)["issues"]) == 20
    assert (tmp_path / "labels-digits.npz-train" / "labels.json").is_file()


def test_the_table_names_the_images_to_leave_out(cli: Cli, digits_npz: Path, artifact: Path, tmp_path: Path) -> None:
    cli("labels", "--data", digits_npz, *SMALL, "--out", tmp_path)
    outcome = cli("compare", artifact, "--data", digits_npz, "--without", tmp_path / "labels.csv", "--json")
    assert json.loads(outcome.out)["splits"][1].endswith("without 20")
