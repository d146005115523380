"""Runs that were trained in a moment."""

from pathlib import Path
from typing import Any

import pytest

from handigits.run import Run
from handigits.workflow import train

SMALL: dict[str, Any] = {"epochs": 1, "batch_size": 20, "validation": 20, "threads": 1}


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, digits_npz: Path) -> list[Run]:
    """Two seeds of one network, and another learning rate; not to be changed."""
    folder = tmp_path_factory.mktemp("compared")
    wanted: dict[str, dict[str, Any]] = {
        "one": {"seed": 0},
        "two": {"seed": 1},
        "slow": {"seed": 0, "lr": 1e-5, "muon_lr": 1e-5},
    }
    return [train("flash", data=digits_npz, out=folder / name, **SMALL | changed) for name, changed in wanted.items()]
