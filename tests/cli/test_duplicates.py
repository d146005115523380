import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handigits.data import Split
from handigits.data.npz import write_npz

Cli = Callable[..., Any]


@pytest.fixture
def leaky(tmp_path: Path, digits: Split) -> Path:
    """The first 50 digits stand in both splits."""
    path = tmp_path / "leaky.npz"
    write_npz(path, {"train": digits, "test": digits.subset(np.arange(50))})
    return path


def test_images_in_both_splits_are_told(cli: Cli, leaky: Path, tmp_path: Path) -> None:
    outcome = cli("data", "duplicates", leaky, "--out", tmp_path / "out")
    assert outcome.code == 0
    assert "50" in outcome.out.splitlines()[1].split()
    assert outcome.err == f"wrote {tmp_path / 'out' / 'duplicates.png'}\n"


def test_the_result_for_scripts_is_all_there_is_on_stdout(cli: Cli, leaky: Path) -> None:
    outcome = cli("data", "duplicates", leaky, "--json", "--limit", "3")
    result = json.loads(outcome.out)
    assert (result["counts"][0]["equal"], len(result["twins"]), outcome.err) == (50, 3, "")


def test_where_there_are_none_that_is_said(cli: Cli, tmp_path: Path, digits: Split) -> None:
    write_npz(tmp_path / "clean.npz", {"train": digits})
    outcome = cli("data", "duplicates", tmp_path / "clean.npz", "--within", "0")
    assert outcome.out == "no two images are equal, nor nearly so (within 0)\n"
