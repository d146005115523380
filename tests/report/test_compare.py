"""The page, the table and the picture of a comparison."""

import csv
import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from handigits.evaluation import Comparison
from handigits.report.compare_files import write_comparison_csv, write_pareto
from handigits.report.compare_page import comparison_page
from handigits.report.compare_plots import plot_pareto
from handigits.report.scatter import log_ticks


def test_the_page_is_well_formed_and_needs_nothing_else(comparison: Comparison) -> None:
    page = comparison_page(comparison, command="handigits compare a b")
    checker = _Checker()
    checker.feed(page)
    assert not checker.open
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)


def test_names_cannot_play_tricks_on_the_page(comparison: Comparison, naughty: str) -> None:
    page = comparison_page(comparison, command=f"handigits compare {naughty}")
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


@pytest.mark.parametrize("unknown", [1, 2])
def test_models_whose_cost_is_not_known_are_in_the_tables_alone(
    comparison: Comparison, tmp_path: Path, unknown: int
) -> None:
    contenders = tuple(
        dataclasses.replace(each, cost=dataclasses.replace(each.cost, training_seconds=0.0))
        if place < unknown
        else each
        for place, each in enumerate(comparison.contenders)
    )
    changed = dataclasses.replace(comparison, contenders=contenders)
    page = comparison_page(changed, command="handigits compare a b")
    charts = re.findall(r'<svg class="chart scatter".*?</svg>', page, re.DOTALL)
    assert [chart.count("<title>") for chart in charts] == [2 - unknown, 2, 2][unknown - 1 :]
    write_pareto(changed, tmp_path / "pareto.png")
    ax = plot_pareto(changed, "training_seconds")
    assert [text.get_text() for text in ax.texts] == ["2"][unknown - 1 :]


def test_the_plot_shows_each_model_at_its_cost(comparison: Comparison) -> None:
    ax = plot_pareto(comparison, "training_seconds")
    split = comparison.splits[0]
    markers = {line.get_xdata()[0]: line.get_ydata()[0] for line in ax.lines if line.get_marker() == "o"}  # type: ignore[index]
    assert markers == {each.cost.training_seconds: 100 * each.mean("accuracy", split) for each in comparison.contenders}
    assert [text.get_text() for text in ax.texts] == ["1", "2"]


def test_the_picture_has_its_numbers_beside_it(comparison: Comparison, naughty: str, tmp_path: Path) -> None:
    write_pareto(comparison, tmp_path / "pareto.png")
    assert [row["name"] for row in json.loads((tmp_path / "pareto.json").read_text())] == ["good", naughty]


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
