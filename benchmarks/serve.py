"""The HTTP service under load: steady, and at four times what it can do.

    python -m benchmarks.serve [--rate 50] [--minutes 10] [--quick]

The requests are drawings of 320x240 pixels as the pad sends them, each the enlarged digit of a test image, from one
process on the same machine, whose cores it shares. They arrive at random times, independent of the answers. `peak` is
what eight clients get that each ask again once they are answered; once more for pictures of 28x28 pixels, where the
service has the least to do. The memory of the service is looked at all through the steady load: `--minutes 30` says
whether it grows. Results go to `benchmarks/results/serve.json`.
"""

import asyncio
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import tyro
from numpy.typing import NDArray

from benchmarks.load import Outcome, ask_in_turns, ask_when_due, multipart_request
from benchmarks.machine import describe_machine, say
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table
from handigits.data import load_dataset

__all__ = ["NAME", "drawing", "main", "report", "running_service"]

NAME = "serve"
_PICTURES = 200
_CLIENTS = 8
_OVERLOAD = 4
_BURST_SECONDS = 20
_RECOVERY_SECONDS = 10
_QUIET_MS = 100
_LOOK_SECONDS = 10.0  # between two looks at the memory
_WARM_SECONDS = 60.0  # until then, what is needed once is fetched into memory


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    rate: float = 50.0
    """Requests in a second, of the steady load."""
    minutes: float = 10.0
    """How long the steady load lasts."""
    data: str = "mnist"
    """Whose test images are drawn."""
    quick: bool = False
    """A smoke test: a few seconds with mnist-5k; nothing is written."""


def main() -> None:
    """Start a service, put load on it, and stop it."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    steady_seconds = 3.0 if settings.quick else settings.minutes * 60
    short_seconds = 2.0 if settings.quick else float(_BURST_SECONDS)
    images = _images("mnist-5k" if settings.quick else settings.data)
    requests = [multipart_request("/predict", _png(drawing(image))) for image in images]
    small_requests = [multipart_request("/predict", _png(image)) for image in images]
    results: dict[str, Any] = {
        "date": date.today().isoformat(),
        "command": shlex.join(["python", "-m", f"benchmarks.{NAME}", *sys.argv[1:]]),
        "machine": describe_machine(),
    }
    with running_service() as (process, port, start_seconds):
        memory = [_memory_mb(process)]
        say(f"steady: {settings.rate:g} requests/s for {steady_seconds:g} s ...")
        steady, over_time = asyncio.run(_steady(process, port, requests, settings.rate, steady_seconds))
        memory.append(_memory_mb(process))
        say("peak ...")
        peak = asyncio.run(ask_in_turns(port, requests, clients=_CLIENTS, seconds=short_seconds))
        small_peak = asyncio.run(ask_in_turns(port, small_requests, clients=_CLIENTS, seconds=short_seconds))
        peak_rate = _goodput(peak, short_seconds)
        say(f"{peak_rate:.0f} requests/s; burst: {_OVERLOAD} times as many ...")
        burst, after = asyncio.run(_burst(port, requests, peak_rate, settings.rate, short_seconds))
        memory.append(_memory_mb(process))
    results |= {
        "start_seconds": round(start_seconds, 2),
        "memory_mb": dict(zip(("idle", "after_steady", "after_burst"), memory, strict=True)) | {"steady": over_time},
        "steady": {"rate": settings.rate, "seconds": steady_seconds} | _summary(steady, steady_seconds),
        "peak": _summary(peak, short_seconds),
        "peak_28x28": _summary(small_peak, short_seconds),
        "burst": {"rate": round(_OVERLOAD * peak_rate)} | _summary(burst, short_seconds),
        "recovery_seconds": _recovery(after),
    }
    if not settings.quick:
        write_results(NAME, results)
    print(report(results))


def _images(data: str) -> NDArray[np.uint8]:
    test = load_dataset(data).test
    assert test is not None
    return test.images[:_PICTURES]


def drawing(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A test image as the pad would send it: dark on white, 320x240."""
    page = np.full((240, 320), 255, np.uint8)
    page[20:220, 60:260] = 255 - cv2.resize(image, (200, 200), interpolation=cv2.INTER_CUBIC)
    return page


def _png(pixels: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


@contextmanager
def running_service() -> Iterator[tuple[subprocess.Popen[str], int, float]]:
    """A service of its own process, its port, and how long it took from the command to its first answer."""
    command = [sys.executable, "-m", "handigits", "serve", "--port", "0"]
    began = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            port = int(process.stderr.readline().partition("://127.0.0.1:")[2].partition("/")[0])
            httpx.get(f"http://127.0.0.1:{port}/health/ready").raise_for_status()
            yield process, port, time.perf_counter() - began
        finally:
            process.terminate()


async def _steady(
    process: subprocess.Popen[str], port: int, requests: Sequence[bytes], rate: float, seconds: float
) -> tuple[list[Outcome], list[tuple[float, float]]]:
    """The outcomes, and the memory over time: seconds since the start, and MB then."""
    began = time.perf_counter()
    looks: list[tuple[float, float]] = []

    async def watch() -> None:
        while True:
            await asyncio.sleep(min(_LOOK_SECONDS, seconds / 4))
            looks.append((round(time.perf_counter() - began, 1), _memory_mb(process)))

    watching = asyncio.create_task(watch())
    outcomes = await ask_when_due(port, requests, rate=rate, seconds=seconds)
    watching.cancel()
    return outcomes, looks


async def _burst(
    port: int, requests: Sequence[bytes], peak: float, rate: float, seconds: float
) -> tuple[list[Outcome], list[Outcome]]:
    burst = await ask_when_due(port, requests, rate=_OVERLOAD * peak, seconds=seconds, seed=1)
    return burst, await ask_when_due(port, requests, rate=rate, seconds=_RECOVERY_SECONDS, seed=2)


def _memory_mb(process: subprocess.Popen[str]) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1024, 1)


def _goodput(outcomes: Sequence[Outcome], seconds: float) -> float:
    return sum(each.status == 200 for each in outcomes) / seconds


def _summary(outcomes: Sequence[Outcome], seconds: float) -> dict[str, Any]:
    good = [each.seconds * 1000 for each in outcomes if each.status == 200]
    refused = [each.seconds * 1000 for each in outcomes if each.status == 503]
    return {
        "requests": len(outcomes),
        "answered_per_second": round(_goodput(outcomes, seconds), 1),
        "answered_ms": _quantiles(good),
        "refused": len(refused),
        "refused_ms": _quantiles(refused),
        "refused_without_retry_after": sum(each.status == 503 and not each.has_retry_after for each in outcomes),
        "failed": sum(each.status not in (200, 503) for each in outcomes),
    }


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    if len(values) < 2:
        return {}
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"median": round(cuts[49], 2), "p99": round(cuts[98], 2), "max": round(max(values), 2)}


def _recovery(after: Sequence[Outcome]) -> float | None:
    """When the first second began, after a burst, in which everything was answered soon; None: there was none."""
    for second in range(_RECOVERY_SECONDS):
        due = [each for each in after if second <= each.due < second + 1]
        if due and all(each.status == 200 and each.seconds * 1000 <= _QUIET_MS for each in due):
            return second
    return None


def report(results: dict[str, Any]) -> str:
    """The table, and where it was measured, in Markdown."""
    rows = []
    for name in ("steady", "peak", "peak_28x28", "burst"):
        told = results[name]
        answered, refused = told["answered_ms"], told["refused_ms"]
        rows.append(
            [
                f"{name}: {told['rate']:g} requests/s"
                if "rate" in told
                else f"{name}: {_CLIENTS} clients in turns".replace("_", " of "),
                f"{told['answered_per_second']:,.0f}",
                f"{answered.get('median', float('nan')):.1f} ms",
                f"{answered.get('p99', float('nan')):.1f} ms",
                f"{told['refused']:,} of {told['requests']:,}",
                f"{refused['p99']:.0f} ms" if refused else "",
                f"{told['failed']:,}",
            ]
        )
    header = ["", "answered/s", "median", "99th percentile", "refused", "99th percentile", "failed"]
    memory = results["memory_mb"]
    about = (
        f"Started in {results['start_seconds']:.1f} s; {memory['idle']:.0f} MB at first, "
        f"{memory['after_steady']:.0f} MB after the steady load{_growth(memory)}, {memory['after_burst']:.0f} MB after "
        f"the burst. {_recovered(results['recovery_seconds'])} {machine_line(results)}"
    )
    return "\n\n".join([markdown_table(header, rows), about])


def _recovered(seconds: float | None) -> str:
    if seconds is None:
        return f"Not all answers were within {_QUIET_MS} ms again {_RECOVERY_SECONDS} s after the burst."
    return f"All answers within {_QUIET_MS} ms again {seconds} s after the burst."


def _growth(memory: dict[str, Any]) -> str:
    """How much memory grew once the service was warm, where that was watched for long enough."""
    warm = [(seconds, mb) for seconds, mb in memory.get("steady", ()) if seconds >= _WARM_SECONDS]
    if len(warm) < 2:
        return ""
    (begin, first), (end, last) = warm[0], warm[-1]
    return f" ({last - first:+.1f} MB in the last {(end - begin) / 60:.0f} minutes of it)"


if __name__ == "__main__":
    main()
