"""The pages on paper, as Chromium lays them out for print: A4 less its margins."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from handigits.evaluation import Comparison
from handigits.report import RunFacts, report_page
from handigits.report.compare_page import comparison_page

A4 = {"width": 718, "height": 1047}  # less 10 mm on each side, in CSS pixels


@pytest.fixture(params=["a run", "a comparison"])
def paper(
    browser: Browser, facts: RunFacts, comparison: Comparison, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Page]:
    page = (
        report_page(facts) if request.param == "a run" else comparison_page(comparison, command="handigits compare a b")
    )
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    context = browser.new_context(viewport=A4)  # type: ignore[arg-type]
    opened = context.new_page()
    opened.emulate_media(media="print")
    opened.goto((tmp_path / "page.html").as_uri())
    yield opened
    context.close()


def test_no_table_is_cut_off_at_the_edge_of_the_paper(paper: Page) -> None:
    right = "tables => tables.map(table => table.getBoundingClientRect().right)"
    edges = paper.locator("table").evaluate_all(right)
    assert edges
    assert max(edges) <= A4["width"]


def test_averages_stand_once_below_a_table_of_two_pages(paper: Page) -> None:
    kinds = paper.locator("tfoot").evaluate_all("feet => feet.map(foot => getComputedStyle(foot).display)")
    assert set(kinds) == {"table-row-group"}  # a footer group is repeated at the end of every page


def test_a_table_goes_on_over_pages(paper: Page) -> None:
    overflow = paper.locator(".wide").evaluate_all("boxes => boxes.map(box => getComputedStyle(box).overflowX)")
    assert set(overflow) == {"visible"}  # what scrolls is not broken, and leaves half a page empty


def test_paper_is_not_asked_to_be_clicked(paper: Page) -> None:
    text = paper.locator("body").inner_text()
    assert "Click" not in text
    assert "hover" not in text
