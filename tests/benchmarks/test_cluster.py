"""What Ray costs, as the tables show it, and the arithmetic to many machines."""

from typing import Any

import pytest

from benchmarks import cluster, sizing


@pytest.fixture
def results(machine: dict[str, Any]) -> dict[str, Any]:
    """Two milliseconds of a worker for each picture, and ten of the command itself for each piece of 2,000."""
    row = {"images_per_second": 500, "driver_cpu_seconds": 5.0, "driver_peak_mb": 280, "worker_peak_mb": 250}
    rows = [
        row | {"images": 10_000, "workers_cpu_seconds": 20.0, "driver_cpu_seconds": 5.0},
        row | {"images": 1_010_000, "workers_cpu_seconds": 200.0, "driver_cpu_seconds": 10.0, "worker_peak_mb": 260},
    ]
    plain = {"images": 2_000, "images_per_second": 200, "driver_cpu_seconds": 8.0, "driver_peak_mb": 120}
    return {
        **machine,
        "model_load_seconds": 0.5,
        "comparison": {"seconds_per_image": 2e-5, "seconds_per_pair": 1e-3},
        "run_bytes": 1_000_000,
        "bytes_per_image": {"shard": 1_000, "answer": 30.0},
        "plain": plain,
        "workers_1": rows[0],
        "workers_2": rows[0],
        "memory": rows,
    }


def cells(text: str, word: str) -> list[str]:
    """Of the table's row that begins with a word."""
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {word}")]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_the_table_has_the_workers_processor_and_the_commands_own(results: dict[str, Any]) -> None:
    text = cluster.report(results)
    assert cells(text, "plain")[1:] == ["2,000", "200", "4", "–", "120", "–"]
    assert cells(text, "Ray, 1 worker,")[1:] == ["10,000", "500", "2", "5.0", "280", "250"]
    assert "101 times as many images took +10 MB in a worker and +0 MB in the command itself" in text


def test_a_hundred_million_images_follow_from_one(results: dict[str, Any]) -> None:
    text = sizing.report(results)
    assert cells(text, "compute: 100 M") == ["compute: 100 M x 2 ms = 56 core-hours", "21 min", "2.1 min"]
    assert cells(text, "read")[1:] == ["80 MB/s", "800 MB/s"]  # 100 GB in 1,250 and 125 seconds
    assert cells(text, "model load")[1:] == ["0.04 %", "0.4 %"]
    assert cells(text, "memory")[1:] == ["4.0 GB each"] * 2
    assert cells(text, "pieces")[1:] == ["40 a second", "400 a second"]


def test_what_breaks_first_is_where_more_pieces_are_wanted_than_one_process_hands_out(results: dict[str, Any]) -> None:
    assert "no more than 100 a second. That is what breaks first, on 100 machines." in sizing.report(results)
    results["memory"][1]["driver_cpu_seconds"] = 5.5  # ten times as fast
    assert "no more than 1000 a second. That is enough for both." in sizing.report(results)


def test_a_sweep_takes_whole_rounds_and_ends_with_a_comparison(
    results: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizing, "measured", lambda recipe: {"training_seconds": 50.0})
    text = sizing.report(results)
    assert cells(text, "compute: 500")[1:] == ["6.7 min", "1.7 min"]  # four rounds of 100 s, and one
    assert cells(text, "the comparison")[1:] == ["14 min", "14 min"]  # 700 s of reading, 125 s of testing
    assert "500 / 16 = 32 machines" in text
