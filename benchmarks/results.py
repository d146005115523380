"""Where measurements are kept: one JSON file for each benchmark, committed."""

import json
from pathlib import Path
from typing import Any

from handigits.atomic import write_text

__all__ = ["RESULTS", "read_results", "write_results"]

RESULTS = Path(__file__).parent / "results"


def read_results(name: str) -> dict[str, Any]:
    """What was measured before; empty if nothing was."""
    path = RESULTS / f"{name}.json"
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return results


def write_results(name: str, results: dict[str, Any]) -> None:
    """Replace a benchmark's results."""
    RESULTS.mkdir(exist_ok=True)
    write_text(RESULTS / f"{name}.json", json.dumps(results, indent=2) + "\n")
