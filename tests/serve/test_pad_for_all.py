"""The pad for everybody: contrast, names, what a screen reader hears, no motion for those who do not want it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Service
from .hands import ONE, draw, expect_digit, opened

TEXT, SIGN = 4.5, 3.0  # least contrast of text, and of what is no text but needed (WCAG 2.2, 1.4.3 and 1.4.11)
PAIRS = [
    ("--ink", "--back", TEXT),
    ("--ink", "--panel", TEXT),
    ("--faint", "--back", TEXT),
    ("--faint", "--panel", TEXT),
    ("--first", "--panel", TEXT),
    ("--second", "--panel", TEXT),
    ("--on-first", "--first", TEXT),
    ("--first", "--back", SIGN),  # the ring around what has the focus
    ("--first", "--track", SIGN),  # a bar before its ground
    ("--faint", "--track", SIGN),
    ("--edge", "--panel", SIGN),  # the frame of a field to write in
]


def luminance(colour: str) -> float:
    """As WCAG defines it, of "#rrggbb"."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_the_contrast_that_people_need(browser: Browser, service: Service, scheme: str) -> None:
    with opened(browser, service, color_scheme=scheme) as page:
        names = sorted({name for pair in PAIRS for name in pair[:2]})
        colours = page.evaluate(
            "(names) => names.map((name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim())",
            names,
        )
        colour_of = dict(zip(names, colours, strict=True))
        weak = {
            (one, other): round(contrast(colour_of[one], colour_of[other]), 2)
            for one, other, least in PAIRS
            if contrast(colour_of[one], colour_of[other]) < least
        }
        assert weak == {}


def test_every_control_and_picture_has_a_name(page: Page) -> None:
    draw(page, ONE)
    expect_digit(page, "1")
    nameless = page.locator("button, a, input, canvas, img:not([alt])").evaluate_all(
        """elements => elements.filter(each => {
            const words = each.getAttribute("aria-label") ?? each.labels?.[0]?.textContent ?? each.textContent;
            return !words.trim() && !each.querySelector("img[alt]");
        }).map(each => each.outerHTML)"""
    )
    assert nameless == []


def test_a_screen_reader_hears_each_answer_once(page: Page) -> None:
    page.evaluate(
        """() => {
            window.said = [];
            const spoken = document.getElementById("spoken");
            new MutationObserver(() => window.said.push(spoken.textContent)).observe(spoken, { childList: true });
        }"""
    )
    draw(page, ONE)
    expect(page.locator("#spoken")).to_contain_text("Reads 1")
    assert len(page.evaluate("window.said")) == 1
    assert page.locator("#spoken").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("wish", ["reduce", "no-preference"])
def test_nothing_moves_for_who_does_not_want_it(browser: Browser, service: Service, wish: str) -> None:
    with opened(browser, service, reduced_motion=wish) as page:
        moving = page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((each) => {
                const { animationName, transitionDuration } = getComputedStyle(each);
                return animationName !== "none" || parseFloat(transitionDuration) > 0;
            }).length"""
        )
        assert (moving == 0) == (wish == "reduce")


def test_at_320_pixels_nothing_is_cut_off(browser: Browser, service: Service) -> None:
    """As wide as a window of 1280 at four times the size (WCAG 2.2, 1.4.10)."""
    size = {"width": 320, "height": 640}
    with opened(browser, service, viewport=size, has_touch=True, is_mobile=True) as page:
        draw(page, ONE)
        expect_digit(page, "1")
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        expect(page.get_by_role("button", name="Camera")).to_be_visible()  # by its sign, the word being unseen
