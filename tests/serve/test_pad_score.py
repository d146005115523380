"""The score of one's own handwriting: thirty digits, asked for one by one."""

from playwright.sync_api import Page, expect

from handigits.ink import decode

from .hands import SEVEN, draw, expect_digit, hold, release, wait_until


def score_all(page: Page, write: list[tuple[float, float]]) -> None:
    """Answer all thirty prompts by writing the same."""
    page.get_by_role("button", name="Score my handwriting").click()
    for number in range(1, 31):
        expect(page.locator("#score")).to_contain_text(f"{number} of 30")
        draw(page, write)
        page.get_by_role("button", name="Next").click()


def test_a_score_of_thirty_digits_has_an_interval_confusions_and_a_picture_to_keep(page: Page) -> None:
    score_all(page, SEVEN)  # three of the thirty are asked to be sevens
    score = page.locator("#score")
    expect(score).to_contain_text("3 of 30")
    expect(score).to_contain_text("3 to 26 %")  # Wilson's, for 3 of 30
    expect(score).to_contain_text("1 as 7 (3 times)")
    with page.expect_download() as download:
        page.get_by_role("link", name="Keep the picture").click()
    picture = decode(download.value.path().read_bytes()).gray
    assert picture.shape == (696, 720)
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#answer")).to_be_visible()


def test_enter_goes_on_to_the_next_digit(page: Page) -> None:
    page.get_by_role("button", name="Score my handwriting").click()
    draw(page, SEVEN)
    expect(page.get_by_role("button", name="Next")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.locator("#score")).to_contain_text("2 of 30")


def test_the_answer_is_not_shown_while_digits_are_asked_for(page: Page) -> None:
    page.get_by_role("button", name="Score my handwriting").click()
    expect(page.locator("#answer")).to_be_hidden()
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#answer")).to_be_visible()


def test_on_a_phone_the_score_fits_the_screen(phone: Page) -> None:
    phone.get_by_role("button", name="Score my handwriting").click()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_an_answer_that_comes_after_the_end_asks_for_no_more_digits(page: Page) -> None:
    hint = page.locator("#hint")
    before = hint.text_content() or ""
    page.get_by_role("button", name="Score my handwriting").click()
    draw(page, SEVEN)
    expect(page.get_by_role("button", name="Next")).to_be_enabled()
    hold(page, "predict")
    page.get_by_role("button", name="Next").click()
    wait_until(page, "held.length > 0")
    page.get_by_role("button", name="Stop").click()
    release(page, {"digits": "7", "boxes": [[0, 0, 9, 9]]})
    expect(hint).to_have_text(before)
    draw(page, SEVEN)
    expect_digit(page, "7")
