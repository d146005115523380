"""Runs each thing that is measured in a process of its own, so that none warms up the next or shares its memory."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Finished", "run", "run_module"]

ROOT = Path(__file__).parent.parent
_MAXRSS_PER_MB = 1e6 if sys.platform == "darwin" else 1e6 / 1024  # bytes there, KiB elsewhere


@dataclass(frozen=True)
class Finished:
    """A process that ended well.

    Attributes:
        output: what it wrote to stdout.
        seconds: from the call to its end, as a person at a shell would wait.
        peak_memory_mb: the most memory it held at once, in 10^6 bytes; None where the system does not tell.
    """

    output: str
    seconds: float
    peak_memory_mb: float | None

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The output of a program that writes a JSON object on each line."""
        return [json.loads(line) for line in self.output.splitlines()]


def run(command: Sequence[str | Path], *, watch: Callable[[str], None] = lambda line: None) -> Finished:
    """Run a command from the root of the repository.

    Args:
        command: program and arguments.
        watch: called with each line of its output, as it comes.

    Raises:
        RuntimeError: it failed; the message ends with what it wrote to stderr.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT)
        assert process.stdout is not None  # it was asked for
        lines = []
        with process:
            for line in process.stdout:
                lines.append(line)
                watch(line.rstrip())
            peak = _wait(process)
        seconds = time.perf_counter() - began
        if process.returncode:
            errors.seek(0)
            words = " ".join(map(str, command))
            raise RuntimeError(f"{words} ended with {process.returncode}:\n{errors.read()[-2000:]}")
    return Finished("".join(lines), seconds, peak)


def run_module(
    name: str,
    *arguments: object,
    python: str | Path = sys.executable,
    watch: Callable[[str], None] = lambda line: None,
) -> Finished:
    """Run `python -m NAME ARGUMENTS`; the rest is as for `run`."""
    return run([python, "-m", name, *map(str, arguments)], watch=watch)


def _wait(process: subprocess.Popen[str]) -> float | None:
    """Wait for the end of a process; its own peak of memory, not that of all children so far.

    Linux counts a process from its fork on, so no peak is lower than what the caller itself holds (150 MB, in a
    benchmark). That is why no benchmark trains in its own process.
    """
    if not hasattr(os, "wait4"):
        process.wait()
        return None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return round(usage.ru_maxrss / _MAXRSS_PER_MB, 1)
