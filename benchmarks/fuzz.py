"""Damaged pictures by the thousand: each is read or refused in one line, and nothing else ever happens.

    python -m benchmarks.fuzz [--count 100000] [--first 0] [--quick]

How pictures are damaged, `damages` says; number i is the same on every run, so that a find can be looked at alone.
Processes of their own take a part each: one that crashes or hangs is seen, and named, by the process that started it.
"""

import faulthandler
import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import tyro

from benchmarks.damages import damaged, originals
from benchmarks.machine import commit, describe_machine, say
from benchmarks.processes import ROOT
from benchmarks.results import write_results
from handigits.errors import HandigitsError
from handigits.recognizer import Recognizer

__all__ = [
    "MOST_MB",
    "MOST_SECONDS",
    "NAME",
    "Outcome",
    "main",
    "read_apart",
    "read_damaged",
    "report",
]

NAME = "fuzz"
_PART = 10_000  # pictures a process
MOST_SECONDS = 1.0  # of processor time, for one picture
MOST_MB = 200  # that memory may grow
_HANG_SECONDS = 10.0  # of one picture: its process is ended with a traceback


@dataclass(frozen=True)
class Settings:
    """What to do."""

    count: int = 100_000
    """How many pictures."""
    first: int = 0
    """Number of the first."""
    quick: bool = False
    """A thousand pictures; writes nothing."""
    part: bool = False
    """Read the pictures in this process and print the outcome as JSON; what the others are started with."""


@dataclass(frozen=True)
class Outcome:
    """What became of damaged pictures.

    Attributes:
        read: how many gave an answer, be it that there is no digit.
        refused: how many ended in a HandigitsError.
        slowest_seconds: of processor time, of one picture.
        growth_mb: by how much the largest memory of the process exceeds that after reading one good picture.
        faults: number and exception of each that ended in anything else.
    """

    read: int
    refused: int
    slowest_seconds: float
    growth_mb: float
    faults: tuple[str, ...] = ()


def main() -> None:
    """Read all, part by part; exit with 1 if one ended in anything but an answer or a refusal, or took too much."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    count = 1_000 if settings.quick else settings.count
    if settings.part:
        faulthandler.enable()
        print(json.dumps(asdict(read_damaged(settings.first, count))))
        return
    began = time.perf_counter()
    starts = range(settings.first, settings.first + count, _PART)
    outcomes = [read_apart(start, min(_PART, settings.first + count - start)) for start in starts]
    found: dict[str, Any] = {
        "pictures": count,
        "read": sum(outcome.read for outcome in outcomes),
        "refused": sum(outcome.refused for outcome in outcomes),
        "faults": [fault for outcome in outcomes for fault in outcome.faults],
        "slowest_seconds": round(max(outcome.slowest_seconds for outcome in outcomes), 3),
        "growth_mb": round(max(outcome.growth_mb for outcome in outcomes), 1),
        "seconds": round(time.perf_counter() - began, 1),
    }
    say(json.dumps(found, indent=2))
    if not settings.quick:
        write_results(NAME, found | {"machine": describe_machine(), "commit": commit(), "date": str(date.today())})
    too_much = found["slowest_seconds"] > MOST_SECONDS or found["growth_mb"] > MOST_MB
    sys.exit(1 if found["faults"] or too_much else 0)


def report(results: dict[str, Any]) -> str:
    """One sentence for the README."""
    return (
        f"Of {results['pictures']:,} damaged pictures {results['read']:,} were read and {results['refused']:,} "
        f"refused; {len(results['faults'])} ended in anything else. The slowest took "
        f"{results['slowest_seconds']:g} s, and memory grew by at most {results['growth_mb']:.0f} MB."
    )


def read_apart(first: int, count: int) -> Outcome:
    """`read_damaged` in a process of its own; should that crash or hang, this is the one fault."""
    command = [sys.executable, "-m", f"benchmarks.{NAME}", "--part", "--first", str(first), "--count", str(count)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no message"])[0]
        fault = f"{first} to {first + count - 1}: the process ended with {ended.returncode}: {last}"
        say(ended.stderr)
        return Outcome(0, 0, 0.0, 0.0, (fault,))
    say(f"{first:,} to {first + count - 1:,}: {ended.stdout.strip()}")
    outcome = json.loads(ended.stdout)
    return Outcome(**outcome | {"faults": tuple(outcome["faults"])})


def read_damaged(first: int, count: int) -> Outcome:
    """Read the damaged pictures from number `first` on, in this process; one that hangs ends it."""
    files = originals()
    recognizer = Recognizer.load(threads=1)
    recognizer.predict(files[0])
    before, read, refused, slowest, faults = _peak_mb(), 0, 0, 0.0, []
    for number in range(first, first + count):
        content = damaged(files, number)
        faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True)
        began = time.process_time()
        try:
            recognizer.predict(content)
            read += 1
        except HandigitsError:
            refused += 1
        except Exception as err:  # whatever it is, it is what is looked for
            faults.append(f"{number}: {type(err).__name__}: {err}")
        slowest = max(slowest, time.process_time() - began)
    faulthandler.cancel_dump_traceback_later()
    return Outcome(read, refused, slowest, _peak_mb() - before, tuple(faults))


def _peak_mb() -> float:
    """The largest memory of this process; on Linux `ru_maxrss` counts the process that started this one too."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main()
