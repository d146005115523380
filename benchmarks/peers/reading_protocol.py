"""What the readers have in common: their arguments, and what they write about themselves."""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.protocol import load_images
from benchmarks.peers.stopwatch import latency, throughput

__all__ = ["ReadingOptions", "measure_reader", "parse_reading_options"]

_COMPARED = 500


@dataclass(frozen=True)
class ReadingOptions:
    """What to read, and how.

    Attributes:
        run: a run directory of handigits.
        images: uint8 (N, 28, 28), MNIST's test images.
        threads: CPU threads.
        calls: for the latency, at most so many.
    """

    run: Path
    images: NDArray[np.uint8]
    threads: int
    calls: int


def parse_reading_options() -> ReadingOptions:
    """The command line of a reader."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--calls", type=int, default=2000)
    given = parser.parse_args()
    return ReadingOptions(given.run, load_images(given.images).test_images, given.threads, given.calls)


def measure_reader(
    options: ReadingOptions,
    read_one: Callable[[NDArray[np.uint8]], object],
    read_all: Mapping[str, Callable[[NDArray[np.uint8]], NDArray[np.float32]]],
) -> None:
    """Write the measurements of a reader as a line of JSON.

    Args:
        options: from `parse_reading_options`.
        read_one: takes uint8 (1, 28, 28).
        read_all: ways to read uint8 (N, 28, 28), such as batch sizes, by name; the fastest counts.
    """
    one = options.images[:1]
    rates = {name: throughput(read, options.images) for name, read in read_all.items()}
    fastest = max(rates, key=lambda name: rates[name])
    answers = read_all[fastest](options.images[:_COMPARED]).argmax(axis=1)
    measured = latency(lambda: read_one(one), calls=options.calls)
    row = {"images_per_second": rates[fastest], "way": fastest, **measured, "answers": "".join(map(str, answers))}
    print(json.dumps(row), flush=True)
