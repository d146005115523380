"""How long reading takes: one image at a time, and all of them. The same for every reader, ours and the peers'."""

import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["latency", "throughput"]

_WARM_UP = 0.1
_PASSES = 5


def latency(read: Callable[[], object], *, calls: int, limit_seconds: float = 6.0) -> dict[str, float]:
    """Median and 99th percentile of a call in milliseconds, warm; fewer calls than asked for where they take long."""
    began = time.perf_counter()
    times: list[float] = []
    while len(times) < calls and time.perf_counter() - began < limit_seconds:
        before = time.perf_counter()
        read()
        times.append(time.perf_counter() - before)
    warm = 1000 * np.array(times[int(_WARM_UP * len(times)) :])
    median, late = np.percentile(warm, [50, 99])
    return {"median_ms": round(float(median), 4), "p99_ms": round(float(late), 4), "calls": len(warm)}


def throughput(read: Callable[[NDArray[np.uint8]], object], images: NDArray[np.uint8]) -> float:
    """Images in a second: the median of five passes over all `images`, after one that warms up."""
    read(images)
    rates = []
    for _ in range(_PASSES):
        began = time.perf_counter()
        read(images)
        rates.append(len(images) / (time.perf_counter() - began))
    return round(statistics.median(rates), 1)
