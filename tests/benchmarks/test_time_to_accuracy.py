"""Who reached 99 %, after how long, and how many times as long as the fastest of ours."""

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.time_to_accuracy import headline, report, summarize

Contender = Callable[..., dict[str, Any]]


def row_of(text: str, name: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith("|") and name in line]
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture
def results(machine: dict[str, Any], contender: Contender) -> dict[str, Any]:
    contenders = {
        "flash": contender([(1, 1.0, 0.991)], [(1, 2.0, 0.990)], [(1, 3.0, 0.9899)]),
        "standard": contender([(8, 40.0, 0.996)], [(8, 40.0, 0.996)], [(8, 40.0, 0.996)]),
        "pytorch-example": contender(
            [(1, 100.0, 0.98), (2, 200.0, 0.991)], [(1, 100.0, 0.98), (2, 300.0, 0.99)], [(1, 400.0, 0.99)]
        ),
        "keras-convnet": contender([(15, 90.0, 0.98)], [(15, 90.0, 0.989)], [(9, 60.0, 0.99)]),
    }
    return {**machine, "target": 0.99, "contenders": contenders}


def test_a_recipe_counts_by_its_mean_accuracy(contender: Contender) -> None:
    runs = contender([(1, 1.0, 0.9920)], [(1, 1.0, 0.9899)], [(1, 1.0, 0.9899)])
    assert summarize("flash", runs, 0.99).reached
    assert not summarize("flash", runs, 0.991).reached


def test_a_peer_counts_by_most_of_its_rounds(contender: Contender) -> None:
    runs = contender([(14, 1.0, 0.95)], [(14, 1.0, 0.989)], [(4, 1.0, 0.999)])
    assert not summarize("pytorch-example", runs, 0.98999).reached
    assert summarize("pytorch-example", runs, 0.98).reached


def test_times_are_medians_and_memory_is_the_highest(contender: Contender) -> None:
    summary = summarize("flash", contender([(1, 1.0, 0.99)], [(1, 9.0, 0.99)], [(1, 2.0, 0.99)]), 0.99)
    assert (summary.seconds, summary.peak_memory_mb) == (2.0, 403.0)


def test_ratios_are_to_the_fastest_recipe_that_reached_the_target(results: dict[str, Any]) -> None:
    text = report(results)
    assert row_of(text, "`flash`")[4] == "1.0x"
    assert row_of(text, "`standard`")[4] == "20x"
    assert row_of(text, "PyTorch")[4] == "150x"


def test_a_peer_that_missed_the_target_has_no_ratio_and_is_named(results: dict[str, Any]) -> None:
    text = report(results)
    assert row_of(text, "Keras")[4] == "–"
    assert "Not at 99.0 %: keras-convnet." in text


def test_a_recipe_that_missed_the_target_is_not_what_others_are_compared_to(
    results: dict[str, Any], contender: Contender
) -> None:
    results["contenders"]["flash"] = contender([(1, 1.0, 0.98)])
    assert row_of(report(results), "PyTorch")[4] == "7.5x"


def test_the_headline_tells_only_what_was_reached(results: dict[str, Any], contender: Contender) -> None:
    assert "`flash` reaches 99.03 %" in headline(results)
    assert "PyTorch's MNIST example takes 300 s, 150x as long" in headline(results)
    assert "Keras" not in headline(results)
    results["contenders"] = {"flash": contender([(1, 1.0, 0.98)])}
    assert headline(results) == "No recipe reached 99.0 % in the last measurement."


def test_the_report_says_where_it_was_measured_and_how_to_repeat_it(results: dict[str, Any]) -> None:
    text = report(results)
    assert "2 cores of Abacus" in text
    assert "`python -m benchmarks.x`" in text
