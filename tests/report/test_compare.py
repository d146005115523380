"""The page, the table and the picture of a comparison."""

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import Split
from handigits.evaluation import (
    Comparison,
    Contender,
    Cost,
    HeldOut,
    compare_pairs,
    disagreements,
    evaluate_probabilities,
)
from handigits.report.compare_files import write_comparison_csv, write_pareto
from handigits.report.compare_page import comparison_page
from handigits.report.compare_plots import plot_pareto
from handigits.report.scatter import log_ticks

NAUGHTY = "<script>alert(1)</script>"


@pytest.fixture
def comparison(split: Split, probabilities: NDArray[np.float32]) -> Comparison:
    """A model, and one that answers every third digit wrong; the second has two seeds and a naughty name."""
    worse = probabilities.copy()
    worse[::3] = np.roll(worse[::3], 1, axis=1)
    read = {"good": [probabilities], NAUGHTY: [worse, worse]}
    right = {name: np.stack([each.argmax(axis=1) == split.labels for each in rows]) for name, rows in read.items()}
    shown, disputed = disagreements({name: rows[0] for name, rows in read.items()}, split, limit=5)
    return Comparison(
        contenders=tuple(
            Contender(
                name=name,
                models=tuple(f"runs/{seed}" for seed in range(len(rows))),
                seeds=tuple(range(len(rows))),
                evaluations={
                    split.name: tuple(
                        evaluate_probabilities(each, split.labels, split_name=split.name) for each in rows
                    )
                },
                cost=Cost(
                    training_seconds=10.0**place,
                    latency_ms=0.05 * (place + 1),
                    size_mb=0.1,
                    parameters=12_345,
                    macs=678_900,
                    images_per_second=30_000,
                ),
                held_out=HeldOut(0.9 - place / 10, 0.1, (50, "x")),
            )
            for place, (name, rows) in enumerate(read.items())
        ),
        tests=compare_pairs(right),
        disagreements=shown,
        images=split.images[[each.index for each in shown]],
        disputed=disputed,
        choice="good",
        notice="Mind <the> gap.",
    )


def test_the_page_is_well_formed_and_needs_nothing_else(comparison: Comparison) -> None:
    page = comparison_page(comparison, command="handigits compare a b")
    checker = _Checker()
    checker.feed(page)
    assert not checker.open
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)


def test_names_cannot_play_tricks_on_the_page(comparison: Comparison) -> None:
    page = comparison_page(comparison, command=f"handigits compare {NAUGHTY}")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_says_what_was_found_and_chosen(comparison: Comparison) -> None:
    page = comparison_page(comparison, command="handigits compare a b")
    assert "good is better than the other (p &lt; 0.05 after correction)." in page
    assert "Chosen: good." in page
    assert "50 training images" in page
    assert "Mind &lt;the&gt; gap." in page


def test_every_model_has_its_matrix_and_every_disagreement_its_picture(comparison: Comparison) -> None:
    page = comparison_page(comparison, command="handigits compare a b")
    assert page.count('class="confusion small"') == 2
    assert page.count('<img class="digit"') == len(comparison.disagreements)
    assert "misread in 2 seeds together" in page


def test_the_table_has_shares_and_costs_and_no_formula(comparison: Comparison, tmp_path: Path) -> None:
    write_comparison_csv(comparison, tmp_path / "compare.csv")
    good, worse = csv.DictReader((tmp_path / "compare.csv").read_text().splitlines())
    split = comparison.splits[0]
    assert float(good["accuracy"]) == pytest.approx(comparison.contenders[0].mean("accuracy", split))
    assert (good["accuracy_sd"], worse["accuracy_sd"]) == ("", "0.0")
    assert float(worse["training_seconds"]) == 10


def test_the_plot_shows_each_model_at_its_cost(comparison: Comparison) -> None:
    ax = plot_pareto(comparison, "training_seconds")
    split = comparison.splits[0]
    markers = {line.get_xdata()[0]: line.get_ydata()[0] for line in ax.lines if line.get_marker() == "o"}  # type: ignore[index]
    assert markers == {each.cost.training_seconds: 100 * each.mean("accuracy", split) for each in comparison.contenders}
    assert [text.get_text() for text in ax.texts] == ["1", "2"]


def test_the_picture_has_its_numbers_beside_it(comparison: Comparison, tmp_path: Path) -> None:
    write_pareto(comparison, tmp_path / "pareto.png")
    assert [row["name"] for row in json.loads((tmp_path / "pareto.json").read_text())] == ["good", NAUGHTY]


@pytest.mark.parametrize("values", [[0.004], [1.0], [3, 3.1], [0.02, 7e5], [9.99, 10.01]])
def test_ticks_enclose_what_they_are_for(values: list[float]) -> None:
    ticks = log_ticks(values)
    assert ticks[0] <= min(values)
    assert ticks[-1] >= max(values)
    assert len(ticks) <= 12


class _Checker(HTMLParser):
    """Keeps the elements that are open; fails on one that is closed out of turn."""

    VOID = ("meta", "img", "br", "input")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
