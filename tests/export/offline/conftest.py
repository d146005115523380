"""The page that needs no network, in a browser that has none.

Skipped where there is no Chromium; with HANDIGITS_REQUIRE_BROWSER set, its absence is a failure.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from handigits.artifact.golden import choose_golden
from handigits.data import load_dataset
from handigits.export.html import write_html
from handigits.network.onnx_graph import from_onnx
from handigits.recognizer import Recognizer, shipped_model

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    return Recognizer.load(threads=1)


@pytest.fixture(scope="module")
def test_images() -> NDArray[np.uint8]:
    """1,000 of MNIST, or of the part of it that comes with a dependency."""
    test = load_dataset("auto", offline=True).test
    assert test is not None
    return test.images[:1000]


@pytest.fixture(scope="module")
def pad(tmp_path_factory: pytest.TempPathFactory, shipped: Recognizer, test_images: NDArray[np.uint8]) -> Path:
    """The page with the model that comes with handigits."""
    path = tmp_path_factory.mktemp("pad") / "pad.html"
    network = from_onnx(shipped_model().read_bytes())
    write_html(network, shipped, choose_golden(test_images, shipped.probabilities(test_images)), path)
    return path


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Opens a page from the disk, offline; what it asks of a network, and what goes wrong in it, fails the test."""
    windows, problems = [], []

    def open_page(path: Path, **context: Any) -> Page:
        window = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, "offline": True} | context)
        windows.append(window)
        page = window.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        asked = ("http:", "https:", "ws:", "wss:")
        page.on("request", lambda request: problems.append(request.url) if request.url.startswith(asked) else None)
        page.goto(path.as_uri())
        expect(page.locator("html[data-check]")).to_have_count(1, timeout=30_000)
        return page

    yield open_page
    for window in windows:
        window.close()
    assert problems == []
