"""The page of a run in a real browser: it is looked through with mouse, keyboard and finger, or without a script.

Skipped where there is no Chromium; with HANDIGITS_REQUIRE_BROWSER set, its absence is a failure.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from handigits.evaluation import Gallery
from handigits.report import RunFacts, write_report


@pytest.fixture
def report(facts: RunFacts, tmp_path: Path) -> str:
    path = tmp_path / "report.html"
    write_report(facts, path)
    return path.as_uri()


def opened(context: BrowserContext, address: str) -> Iterator[Page]:
    """The page; what it complains about, and what it asks the network for, fails the test."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    page.on("request", lambda request: None if request.url.startswith(("data:", "file:")) else problems.append("net"))
    page.goto(address)
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def page(browser: Browser, report: str) -> Iterator[Page]:
    yield from opened(browser.new_context(viewport={"width": 1100, "height": 800}), report)


@pytest.fixture
def phone(browser: Browser, report: str) -> Iterator[Page]:
    size = {"width": 390, "height": 844}
    yield from opened(browser.new_context(viewport=size, has_touch=True, is_mobile=True), report)  # type: ignore[arg-type]


@pytest.fixture
def plain(browser: Browser, report: str) -> Iterator[Page]:
    yield from opened(browser.new_context(java_script_enabled=False), report)


def shown(page: Page) -> list[str]:
    """What the pictures say that are to be seen behind the cells."""
    return [picture.get_attribute("alt") or "" for picture in page.locator("#cells img:visible").all()]


def expected(cells: Gallery, true: int, predicted: int) -> list[str]:
    rows = [row for row in cells.rows if (row.label, row.predicted) == (true, predicted)]
    return [f"digit {row.index}, labelled {true}, read as {predicted}" for row in rows]


def commonest(cells: Gallery) -> tuple[int, int]:
    wrong = [(row.label, row.predicted) for row in cells.rows if not row.is_correct]
    return max(wrong, key=wrong.count)


def test_a_click_on_a_cell_shows_the_digits_behind_it(page: Page, cells: Gallery) -> None:
    true, predicted = commonest(cells)
    page.locator(f'#confusion a[href="#cell-{true}-{predicted}"]').click()
    assert shown(page) == expected(cells, true, predicted)
    assert page.locator("#filter-true").input_value() == str(true)


def test_a_cell_of_the_diagonal_shows_what_was_read_correctly(page: Page, cells: Gallery) -> None:
    page.locator('#confusion a[href="#cell-3-3"]').click()
    assert shown(page) == expected(cells, 3, 3) != []


def test_a_filter_keeps_what_was_read_as_one_digit(page: Page, cells: Gallery) -> None:
    _, predicted = commonest(cells)
    page.locator("#filter-read").select_option(str(predicted))
    wanted = sum(row.predicted == predicted != row.label for row in cells.rows)
    expect(page.locator("#cells-told")).to_have_text(f"1 to {wanted} of {wanted}")
    assert all(each.endswith(f"read as {predicted}") for each in shown(page))


def test_pages_together_show_every_mistake_once(page: Page, cells: Gallery) -> None:
    seen = shown(page)
    while page.locator("#cells-on").is_enabled():
        page.locator("#cells-on").click()
        seen += shown(page)
    mistakes = [f"digit {row.index}," for row in cells.rows if not row.is_correct]
    assert len(mistakes) > 24  # else there is nothing to turn
    assert sorted(each.split(" labelled")[0] for each in seen) == sorted(mistakes)


def test_what_the_mouse_is_over_is_told(page: Page) -> None:
    cell = page.locator("#confusion td.hit").first
    cell.hover()
    expect(page.locator("#cell-told")).to_have_text(cell.get_attribute("title") or "nothing")


def test_a_phone_is_wide_enough(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    phone.locator("#confusion td.miss a").first.tap()
    assert shown(phone)


def test_without_a_script_a_cell_unfolds_its_list(plain: Page, cells: Gallery) -> None:
    true, predicted = commonest(cells)
    assert shown(plain) == []
    plain.locator(f'#confusion a[href="#cell-{true}-{predicted}"]').click()
    assert shown(plain) == expected(cells, true, predicted)


def test_dark_is_dark_and_print_is_paper(browser: Browser, report: str) -> None:
    context = browser.new_context(color_scheme="dark")
    for page in opened(context, report):
        colour = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(colour) == "rgb(19, 19, 22)"
        page.emulate_media(media="print")
        assert page.evaluate(colour) == "rgb(255, 255, 255)"
        expect(page.locator("#cells")).to_be_hidden()
        expect(page.locator("#mistakes")).to_be_visible()
