"""The Gradio app in a real browser. Skipped where Gradio is not installed."""

import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from .conftest import Service, started
from .hands import SEVEN

pytestmark = pytest.mark.skipif(find_spec("gradio") is None, reason="Gradio is not installed")


@pytest.fixture(scope="module")
def gradio() -> Iterator[Service]:
    with started("--gradio", "--max-body-mb", "1", warnings="ignore") as running:
        yield running


def test_our_pad_is_inside_and_reads(browser: Browser, gradio: Service) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(gradio.url + "/gradio/")
    pad = page.frame_locator("iframe[title='Drawing pad']").locator("#pad")
    expect(pad).to_be_visible(timeout=20_000)
    box = pad.bounding_box()
    assert box is not None
    for at, (x, y) in enumerate(SEVEN):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=8)
        if at == 0:
            page.mouse.down()
    page.mouse.up()
    expect(page.frame_locator("iframe[title='Drawing pad']").locator("#digits")).to_have_text("7")
    page.close()


@pytest.mark.parametrize(("width", "least"), [(1200, 1000), (390, 340)])
def test_our_pad_gets_the_width_of_the_window(browser: Browser, gradio: Service, width: int, least: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(gradio.url + "/gradio/")
    frame = page.locator("iframe[title='Drawing pad']")
    expect(frame).to_be_visible(timeout=20_000)
    box = frame.bounding_box()
    assert box is not None
    assert box["width"] > least
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


def test_an_uploaded_picture_is_read(browser: Browser, gradio: Service, seven: bytes) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(gradio.url + "/gradio/")
    page.get_by_role("tab", name="Picture or webcam").click(timeout=20_000)
    upload: FilePayload = {"name": "seven.png", "mimeType": "image/png", "buffer": seven}
    page.locator("input[type=file]").first.set_input_files(upload)
    expect(page.get_by_test_id("label-output-value")).to_have_text("7", timeout=20_000)
    page.close()


def test_a_picture_to_try_is_shown_and_read(browser: Browser, gradio: Service) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(gradio.url + "/gradio/")
    page.get_by_role("tab", name="Picture or webcam").click(timeout=20_000)
    page.locator(".gallery-item").first.click()
    expect(page.get_by_test_id("label-output-value")).to_have_text("2026", timeout=20_000)
    shown = page.get_by_test_id("image").locator("img").first
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.close()


def test_an_upload_over_the_limit_is_refused(gradio: Service) -> None:
    answer = gradio.post("/gradio/gradio_api/upload", files={"files": os.urandom(3 * 2**20)})
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/etc/passwd", __file__])
def test_files_of_the_machine_are_not_handed_out(gradio: Service, path: str) -> None:
    assert gradio.get(f"/gradio/gradio_api/file={path}").status_code == 403


def test_it_takes_less_than_300_mb(gradio: Service) -> None:
    assert gradio.memory_mb() < 300
