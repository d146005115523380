"""What people learn at the pad, and what it learns from them: corrections, reasons, facts about the model."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from handigits.data import load_dataset

from .conftest import started
from .hands import ONE, SEVEN, answer_always, draw, expect_digit, hold, opened, release, wait_until


def correct(page: Page) -> None:
    """Draw a 1, and say that it is a 7."""
    draw(page, ONE)
    expect_digit(page, "1")
    page.get_by_role("button", name="It is a 7").click()


def test_a_correction_is_kept_and_can_be_taken_back(browser: Browser, tmp_path: Path) -> None:
    kept = tmp_path / "corrections.sqlite"
    with started("--collect", str(kept)) as collecting, opened(browser, collecting) as page:
        correct(page)
        expect(page.locator("#kept")).to_contain_text("Kept as a 7")
        assert load_dataset(kept).train.labels.tolist() == [7]
        page.get_by_role("button", name="Delete it again").click()
        expect(page.locator("#kept")).to_have_text("Deleted.")
        draw(page, ONE)
        expect(page.locator("#kept")).to_contain_text("are kept here")


def test_a_deletion_that_failed_is_told_and_can_be_tried_again(browser: Browser, tmp_path: Path) -> None:
    kept = tmp_path / "corrections.sqlite"
    with started("--collect", str(kept)) as collecting, opened(browser, collecting) as page:
        correct(page)
        undo = page.get_by_role("button", name="Delete it again")
        page.route("**/corrections/*", lambda route: route.abort())
        undo.click()
        expect(page.locator("#kept")).to_contain_text("It may still be kept: The service does not answer.")
        page.unroute("**/corrections/*")
        answers = [404, 500]
        page.route(
            "**/corrections/*", lambda route: route.fulfill(status=answers.pop(), json={"detail": "Out of order."})
        )
        undo.click()
        expect(page.locator("#kept")).to_contain_text("It may still be kept: Out of order.")
        undo.click()
        expect(page.locator("#kept")).to_have_text("It was deleted already.")


def test_several_digits_are_corrected_as_what_is_written(browser: Browser, tmp_path: Path) -> None:
    kept = tmp_path / "corrections.sqlite"
    with started("--collect", str(kept)) as collecting, opened(browser, collecting) as page:
        page.get_by_role("button", name="A row of digits").click()
        written = page.get_by_label("Say what is written.")
        expect(written).to_have_value("2026")
        expect(page.get_by_role("button", name="It is a 7")).to_be_hidden()
        written.fill("2027")
        written.press("Enter")
        expect(page.locator("#kept")).to_contain_text("Kept as 2027")
        assert load_dataset(kept).train.labels.tolist() == [2, 0, 2, 7]
        written.fill("20264")
        page.get_by_role("button", name="Keep").click()
        expect(page.locator("#kept")).to_contain_text("5 digits are named, and 4 digits are read")


def test_two_digits_may_be_meant_where_one_or_none_was_read(browser: Browser, tmp_path: Path) -> None:
    with started("--collect", str(tmp_path / "corrections.sqlite")) as collecting, opened(browser, collecting) as page:
        draw(page, ONE)
        expect_digit(page, "1")
        written = page.get_by_label("Say what is written.")
        expect(page.get_by_role("button", name="It is a 7")).to_be_visible()
        written.fill("11")
        written.press("Enter")
        expect(page.locator("#kept")).to_contain_text("2 digits are named, and 1 digit is read")
        written.blur()
        refused = {"digits": "", "boxes": [], "probability": None, "probabilities": [[0.1] * 10], "abstained": True}
        answer_always(page, refused | {"reason": "not a digit"})
        draw(page, SEVEN)
        expect(page.locator("#sureness")).to_have_text("Not a digit.")
        expect(page.get_by_role("button", name="It is a 7")).to_be_visible()
        expect(written).to_have_value("")
        expect(page.get_by_role("button", name="Keep")).to_be_visible()


def test_no_correction_is_offered_where_none_is_kept(page: Page) -> None:
    draw(page, ONE)
    expect_digit(page, "1")
    expect(page.locator("#correction")).to_be_hidden()


def test_why_it_is_read_so_is_told_on_demand(page: Page) -> None:
    draw(page, [(x / 3, 0.02 + y / 3) for x, y in ONE])  # small, and in a corner
    expect_digit(page, "1")
    expect(page.locator("#findings")).to_contain_text("Its middle lies at")  # without asking
    page.get_by_role("button", name="Why?").click()
    told = page.locator("#why-told")
    expect(told).to_contain_text("Blue speaks for a 1")
    evidence = page.get_by_role("img", name="What speaks for a 1")
    assert evidence.evaluate("image => image.decode().then(() => image.naturalWidth)") == 28
    page.get_by_role("button", name="Clear").click()
    expect(told).to_be_empty()
    expect(page.locator("#findings")).to_be_empty()
    expect(page.get_by_role("button", name="Why?")).to_be_disabled()


def test_what_was_the_matter_with_another_drawing_is_not_told_beside_a_newer_one(page: Page) -> None:
    hold(page, "explain")
    draw(page, ONE)
    wait_until(page, "held.length === 1")
    page.get_by_role("button", name="Why?").click()
    wait_until(page, "held.length === 2")
    page.get_by_role("button", name="Clear").click()
    release(page, {"findings": ["it is stale"], "digit": 1, "evidence": ""})
    expect(page.locator("#findings")).to_be_empty()
    expect(page.locator("#why-told")).to_be_empty()


def test_the_model_is_told_about_in_words(page: Page) -> None:
    page.get_by_role("link", name="About the model").click()
    about = page.get_by_role("dialog", name="About the model")
    expect(about).to_contain_text("of 10,000")
    expect(about).to_contain_text("With 95 % confidence")
    page.keyboard.press("Escape")
    expect(about).to_be_hidden()
