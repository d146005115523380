"""The machine that a measurement ran on, and what a reader must know about it before comparing."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from handigits.environment import describe_environment

__all__ = ["commit", "describe_machine", "multiplies_bf16", "say", "usable_cores"]

_QUIET_LOAD = 0.5


def describe_machine() -> dict[str, Any]:
    """What `environment.json` says, with notes in words; warns on stderr if something else is running."""
    environment = describe_environment()
    notes = []
    if not multiplies_bf16(environment):
        notes.append("This processor does not multiply bf16: everything here ran in fp32.")
    if "OMP_NUM_THREADS" in os.environ:
        notes.append(f"OMP_NUM_THREADS was {os.environ['OMP_NUM_THREADS']}.")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > _QUIET_LOAD:
        notes.append(f"The machine was not quiet at the start: its load was {load:.1f}.")
    for note in notes:
        say(note)
    return environment | {"notes": notes}


def multiplies_bf16(machine: dict[str, Any]) -> bool:
    """Whether trainings on it ran in bf16 by themselves."""
    return "_bf16" in str(machine["processor"])


def commit() -> str:
    """What was measured: the commit, with `-dirty` behind it where files differ from it; empty outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True)
    return found.stdout.strip()


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)
