import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handigits.data import load_dataset

Cli = Callable[..., Any]


def test_the_list_says_what_there_is(cli: Cli) -> None:
    outcome = cli("data", "list")
    assert (outcome.code, outcome.err) == (0, "")
    assert "fashion-mnist" in outcome.out
    assert "60,000" in outcome.out
    listed = json.loads(cli("data", "list", "--json").out)
    assert {"name", "title", "train_count", "test_count", "here"} <= listed[0].keys()
    assert [each["here"] for each in listed if each["name"] == "mnist-5k"] == [True]


def test_a_dataset_is_shown_with_its_counts_and_leaks(cli: Cli, digits_npz: Path) -> None:
    outcome = cli("data", "show", digits_npz)
    assert outcome.code == 0
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in outcome.out.splitlines() if "│" in line]
    assert ["images", "200", "50"] in rows
    assert next(row for row in rows if row[0] == "digit 3")[:2] == ["digit 3", "20"]
    assert "50 test images stand in the training split too" in outcome.err


def test_a_path_with_brackets_is_shown_as_it_is(
    cli: Cli, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("[red]").mkdir()
    Path("[red]/d.npz").write_bytes(digits_npz.read_bytes())
    assert "[red]/d.npz/train" in cli("data", "show", "[red]/d.npz").out


def test_a_dataset_is_shown_to_scripts_as_json_alone(cli: Cli, digits_npz: Path) -> None:
    outcome = cli("data", "show", digits_npz, "--json")
    summary = json.loads(outcome.out)
    assert summary["train"]["count"] == 200
    assert summary["leaked"] == 50


def test_plots_are_drawn_when_asked(cli: Cli, digits_npz: Path, tmp_path: Path) -> None:
    assert cli("data", "show", digits_npz, "--out", tmp_path / "plots").code == 0
    assert {"class_distribution.png", "samples.png"} <= {path.name for path in (tmp_path / "plots").iterdir()}


def test_what_is_here_needs_no_fetching(cli: Cli) -> None:
    outcome = cli("data", "fetch", "mnist-5k", "--offline")
    assert (outcome.code, outcome.out) == (0, "")
    assert "mnist-5k is complete: 4,000 training images, 1,000 test images" in outcome.err


@pytest.mark.parametrize(
    "words",
    [["idx", "--format", "idx"], ["folders", "--format", "folders"], ["again.npz"], ["k", "--format", "kaggle"]],
)
def test_a_dataset_is_converted(cli: Cli, digits_npz: Path, tmp_path: Path, words: list[str]) -> None:
    destination, *options = words
    outcome = cli("data", "convert", digits_npz, tmp_path / destination, *options)
    assert (outcome.code, outcome.out) == (0, ""), outcome.err
    assert len(load_dataset(tmp_path / destination).train) > 0


def test_a_destination_that_could_be_any_format_needs_one(cli: Cli, digits_npz: Path, tmp_path: Path) -> None:
    outcome = cli("data", "convert", digits_npz, tmp_path / "folder")
    assert (outcome.code, outcome.out) == (1, "")
    assert "folder may be any format" in outcome.err
    assert "--format: idx, csv, folders, npz, kaggle" in outcome.err


def test_a_dataset_that_is_there_is_not_replaced_unasked(cli: Cli, digits_npz: Path, tmp_path: Path) -> None:
    path = tmp_path / "there.npz"
    path.write_bytes(b"precious")
    assert cli("data", "convert", digits_npz, path).code == 1
    assert path.read_bytes() == b"precious"
    assert cli("data", "convert", digits_npz, path, "--force").code == 0
    assert len(load_dataset(path).train) == 200
