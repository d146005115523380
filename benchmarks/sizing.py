"""What 100 million images, or 500 trainings, would cost on 10 and on 100 machines: arithmetic on what was measured.

    python -m benchmarks.sizing

Nothing is measured here, and nothing so large was run: these are the numbers that
`cluster` measured of two workers on one machine, multiplied.
"""

import math
from typing import Any

from benchmarks import cluster
from benchmarks.results import read_results
from benchmarks.tables import markdown_table, seconds
from handigits.recipes import measured

__all__ = ["main", "report"]

_MACHINES = (10, 100)
_CORES = 16
_IMAGES = 100_000_000
_TRAININGS = 500
_RECIPE = "standard"
_TRAIN, _ALL, _PIXELS = 60_000, 70_000, 784  # of MNIST


def main() -> None:
    """Print it."""
    print(report(read_results(cluster.NAME)))


def report(results: dict[str, Any]) -> str:
    """Two tables, and what breaks first, in Markdown."""
    return "\n\n".join([*_prediction(results), *_sweep(results)])


def _prediction(results: dict[str, Any]) -> tuple[str, str, str]:
    workers, size = results["workers_2"], results["bytes_per_image"]
    each = workers["workers_cpu_seconds"] / workers["images"]
    times = [_IMAGES * each / (_CORES * machines) for machines in _MACHINES]
    pieces = _IMAGES / cluster.SHARD
    few, many = results["memory"]
    handing = many["driver_cpu_seconds"] - few["driver_cpu_seconds"]
    handed = max(cluster.SHARD * handing / (many["images"] - few["images"]), 1e-4)  # below, it was not to be seen
    large = 10 ** max(1, math.ceil(math.log10(pieces / times[-1] * handed)))  # so many times the images in a shard
    load, memory = results["model_load_seconds"], _CORES * workers["worker_peak_mb"]
    rows = [
        [f"compute: 100 M x {1e3 * each:.2g} ms = {_IMAGES * each / 3600:.0f} core-hours", *map(_time, times)],
        _rate_row("read", size["shard"], times),
        _rate_row("written", size["answer"], times),
        [f"model load: {load:.2g} s a worker, of all compute", *(f"{100 * load / time:.2g} %" for time in times)],
        [f"memory: {_CORES} x {workers['worker_peak_mb']:,} MB", *[f"{memory / 1e3:.1f} GB each"] * 2],
        [
            f"pieces: 100 M / {cluster.SHARD:,} = {pieces:,.0f}, in that time",
            *(f"{pieces / time:.0f} a second" for time in times),
        ],
    ]
    head = ["", *(f"{machines} machines" for machines in _MACHINES)]
    return (
        f"**100 million images**, in shards as above, on machines of {_CORES} such cores, one worker a core:",
        markdown_table(head, rows),
        f"The one process that hands out the pieces took {1e3 * handed:.0f} ms of its processor for each, waiting for "
        "the workers included, which is longer on a busy machine: no more than "
        f"{1 / handed:.0f} a second. {_verdict(1 / handed, [pieces / time for time in times])} Shards of "
        f"{large * cluster.SHARD:,} images make it {pieces / large / times[-1]:.2g} a second on {_MACHINES[-1]} "
        f"machines; a piece then takes a core {_time(large * cluster.SHARD * each)}, which is also what the last one "
        f"keeps the others waiting. Storage comes next: scans of 100 kB instead of digits of {size['shard'] / 1e3:.0f} "
        f"kB would be 10 TB, {_IMAGES * 1e5 / times[-1] / 1e9:.0f} GB/s in the same time, and would take longer to "
        "decode than to recognise.",
    )


def _verdict(limit: float, wanted: list[float]) -> str:
    broken = [machines for machines, rate in zip(_MACHINES, wanted, strict=True) if rate > limit]
    return f"That is what breaks first, on {broken[0]} machines." if broken else "That is enough for both."


def _sweep(results: dict[str, Any]) -> tuple[str, str, str]:
    found = measured(_RECIPE)
    assert found is not None  # it is one of the recipes that are measured
    training = 2 * found["training_seconds"]
    rounds = [math.ceil(_TRAININGS / (_CORES * machines)) for machines in _MACHINES]
    images, storage = _TRAIN * _PIXELS / 1e6, _TRAININGS * results["run_bytes"] / 1e9
    pairs = _TRAININGS * (_TRAININGS - 1) // 2
    image, pair = (results["comparison"][f"seconds_per_{thing}"] for thing in ("image", "pair"))
    reading, testing = _TRAININGS * _ALL * image, pairs * pair
    slots = " and ".join(f"{_TRAININGS} / {_CORES * machines:,}" for machines in _MACHINES)
    rows = [
        [f"compute: {slots}, in whole rounds of {training:.0f} s", *(_time(count * training) for count in rounds)],
        [f"network: the images once a machine, {images:.0f} MB", *(f"{m * images / 1e3:.1f} GB" for m in _MACHINES)],
        [f"storage: {results['run_bytes'] / 1e6:.1f} MB a run", *[f"{storage:.1f} GB"] * 2],
        ["the comparison in the end, on one machine", *[_time(reading + testing)] * 2],
    ]
    return (
        f"**A sweep of {_TRAININGS} trainings**, `{_RECIPE}` on MNIST. `handigits recipes` gives "
        f"{seconds(found['training_seconds'])} on two quiet cores: at most {training:.0f} s on one, {_TRAININGS} x "
        f"{training:.0f} s = {_TRAININGS * training / 3600:.1f} core-hours.",
        markdown_table(["", *(f"{machines} machines" for machines in _MACHINES)], rows),
        f"The comparison breaks first: the machine that holds the command reads {_ALL:,} images with each of "
        f"{_TRAININGS} models, one after the other ({1e6 * image:.0f} µs of a core each with the shipped one, "
        f"{_time(reading)}), and tests {pairs:,} pairs of them ({1e3 * pair:.1f} ms each, {_time(testing)}), a "
        "table nobody reads. `--split test` "
        f"makes the first {_time(reading / 7)}; `--trials` leaves fewer to compare. Beyond {_TRAININGS} / {_CORES} = "
        f"{math.ceil(_TRAININGS / _CORES)} machines the others idle.",
    )


def _rate_row(what: str, size: float, times: list[float]) -> list[str]:
    rates = [_IMAGES * size / time / 1e6 for time in times]
    total = _IMAGES * size / 1e9
    return [
        f"{what}: 100 M x {size:,} bytes = {total:.3g} GB, in that time",
        *(f"{float(f'{rate:.2g}'):g} MB/s" for rate in rates),
    ]


def _time(value: float) -> str:
    return f"{value / 60:.2g} min" if value >= 100 else f"{value:.0f} s"


if __name__ == "__main__":
    main()
