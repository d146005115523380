"""Results as the benchmarks write them, small and made up."""

from collections.abc import Callable
from typing import Any

import pytest

Results = dict[str, Any]


@pytest.fixture
def machine() -> Results:
    packages = {"torch": "2.0", "onnxruntime": "1.0"}
    about = {
        "processor": "Abacus",
        "cores": 2,
        "system": "Linux",
        "python": "3.11.1",
        "packages": packages,
        "notes": [],
    }
    return {"machine": about, "date": "2026-01-01", "command": "python -m benchmarks.x"}


@pytest.fixture
def contender() -> Callable[..., Results]:
    """The runs of a contender; each argument is a round: (epoch, seconds, accuracy) after each epoch."""

    def build(*rounds: list[tuple[int, float, float]]) -> Results:
        names = ("epoch", "seconds", "accuracy")
        return {
            str(seed): {
                "epochs": [dict(zip(names, row, strict=True)) for row in rows],
                "command_seconds": 5.0,
                "peak_memory_mb": 400.0 + seed,
            }
            for seed, rows in enumerate(rounds, start=1)
        }

    return build
