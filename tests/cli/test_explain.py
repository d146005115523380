import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handigits.run import Run

Cli = Callable[..., Any]


def test_an_explanation_is_a_few_lines_and_a_page_with_pictures(
    cli: Cli, finished_run: Run, pictures: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = cli("explain", pictures / "7.png", "--model", finished_run.directory, "--out", out)
    assert (outcome.code, outcome.err) == (0, "")
    assert "the nearest training digits are" in outcome.out
    assert outcome.out.endswith(f"report {out / 'explain.html'}\n")
    assert {path.name for path in out.iterdir()} == {
        "dreams.png",
        "explain.html",
        "explain.json",
        "explain.png",
        "feature_maps.png",
        "filters.png",
        "neighbours.png",
    }


def test_a_models_file_is_explained_from_outside(
    cli: Cli, artifact: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = cli("explain", pictures / "7.png", "--model", artifact, "--digit", "3", "--json")
    assert (outcome.code, json.loads(outcome.out)["explained"]) == (0, 3)
    assert outcome.err.startswith("Only from outside")
    assert {path.name for path in (tmp_path / "explain-7").iterdir()} == {"explain.html", "explain.json", "explain.png"}
