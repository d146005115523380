import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from handigits.recognizer import Recognizer

Run = Callable[..., Any]


def test_two_models_become_one(cli: Run, artifact: Path, tmp_path: Path) -> None:
    outcome = cli("ensemble", artifact, artifact, "--out", tmp_path / "both.onnx")
    assert (outcome.code, outcome.err) == (0, "")
    assert "2 x bars; " in outcome.out
    assert Recognizer.load(tmp_path / "both.onnx").metadata.recipe == "2 x bars"


def test_one_model_sees_pictures_from_five_places(cli: Run, artifact: Path, tmp_path: Path) -> None:
    outcome = cli("ensemble", artifact, "--shifts", "--out", tmp_path / "steady.onnx")
    assert (outcome.code, outcome.err) == (0, "")
    assert "1 x bars, seen from 5 places; " in outcome.out


def test_prints_json(cli: Run, artifact: Path, tmp_path: Path) -> None:
    out = tmp_path / "both.onnx"
    found = json.loads(cli("ensemble", artifact, artifact, "--out", out, "--json").out)
    assert found == {"file": str(out), "members": [str(artifact)] * 2}


def test_an_error_is_one_line(cli: Run, artifact: Path, tmp_path: Path) -> None:
    outcome = cli("ensemble", artifact, "--out", tmp_path / "one.onnx")
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
