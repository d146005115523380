"""Medians over rounds, ratios, and the check that all readers read with one network."""

from typing import Any

import pytest

from benchmarks.inference import check_agreement, report


def reader(rate: float, milliseconds: float, answers: str = "7210") -> dict[str, Any]:
    calling = {"median_ms": 9.0, "p99_ms": 10.0}
    return {
        "images_per_second": rate,
        "median_ms": milliseconds,
        "p99_ms": 2 * milliseconds,
        "answers": answers,
        "calling": calling,
    }


@pytest.fixture
def rounds() -> dict[str, list[dict[str, Any]]]:
    return {
        "handigits": [reader(90_000, 0.05), reader(100_000, 0.04), reader(110_000, 0.06)],
        "pytorch": [reader(20_000, 0.5)] * 3,
        "keras": [reader(10_000, 50.0)] * 3,
    }


def test_ratios_are_between_medians(rounds: dict[str, Any], machine: dict[str, Any]) -> None:
    model = {"parameters": 1, "macs": 2, "accuracy": 0.99, "rounds": rounds, "cold_predict_seconds": [0.4, 0.5, 0.9]}
    text = report({**machine, "threads": 2, "models": {"flash": model}})
    (pytorch,) = [line for line in text.splitlines() if "PyTorch" in line]
    assert [cell.strip() for cell in pytorch.strip("|").split("|")][1:] == [
        "20,000",
        "5.0x",
        "0.500 ms",
        "1.000 ms",
        "10x",
    ]
    assert "takes 0.50 s from the shell" in text


def test_a_reader_of_another_network_is_found_out() -> None:
    rounds = {"handigits": [reader(1, 1, "72104")], "keras": [reader(1, 1, "72999")]}
    with pytest.raises(RuntimeError, match="keras reads 3 of 5 digits otherwise"):
        check_agreement(rounds)


def test_the_digits_are_compared_and_then_left_out_of_the_results() -> None:
    rounds = {"handigits": [reader(1, 1)], "keras": [reader(1, 1)]}
    check_agreement(rounds)
    assert all("answers" not in row for rows in rounds.values() for row in rows)
