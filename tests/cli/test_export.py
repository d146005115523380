import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handigits.recognizer import Recognizer

Run = Callable[..., Any]


def test_says_what_was_written_and_how_well_it_agrees(
    cli: Run, artifact: Path, digits_npz: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.safetensors"
    outcome = cli("export", artifact, "--format", "safetensors", "--out", out, "--data", digits_npz)
    assert (outcome.code, outcome.err) == (0, "")
    first, second = outcome.out.splitlines()
    assert first.startswith(f"{out}  ")
    assert "200 images" in second
    assert "0 read as another digit" in second
    assert Recognizer.load(out).metadata.recipe == "bars"


def test_prints_json(cli: Run, artifact: Path, digits_npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.onnx"
    outcome = cli("export", artifact, "--format", "onnx", "--out", out, "--data", digits_npz, "--json")
    found = json.loads(outcome.out)
    assert found["files"] == [str(out)]
    assert (found["count"], found["changed"]) == (200, 0)


def test_what_is_there_is_refused_in_one_line_until_forced(
    cli: Run, artifact: Path, digits_npz: Path, tmp_path: Path
) -> None:
    words = ("export", artifact, "--format", "onnx", "--out", tmp_path / "out.onnx", "--data", digits_npz)
    assert cli(*words).code == 0
    again = cli(*words)
    assert (again.code, again.out) == (1, "")
    assert again.err.count("\n") == 1
    assert "exists already" in again.err
    assert cli(*words, "--force").code == 0


@pytest.mark.parametrize("words", [(), ("--format", "onnx"), ("--format", "tflite", "--out", "x")])
def test_usage_errors_exit_with_2(cli: Run, words: tuple[str, ...]) -> None:
    assert cli("export", *words).code == 2


def test_an_export_predicts_and_evaluates(cli: Run, artifact: Path, digits_npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    cli("export", artifact, "--format", "safetensors", "--out", out, "--data", digits_npz)
    outcome = cli("evaluate", out, "--data", digits_npz, "--out", tmp_path / "evaluation", "--json")
    assert json.loads(outcome.out)["accuracy"] > 0.9
