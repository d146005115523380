"""Pictures on the pad: files, the clipboard, the camera, and those that are there to try."""

import base64

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Service
from .hands import SEVEN, draw, expect_digit, opened, wait_until


def test_an_uploaded_picture_is_read(page: Page, seven: bytes) -> None:
    page.locator("#file").set_input_files({"name": "seven.png", "mimeType": "image/png", "buffer": seven})
    expect_digit(page, "7")


def test_an_upload_that_is_no_picture_is_told(page: Page) -> None:
    page.locator("#file").set_input_files({"name": "letter.png", "mimeType": "image/png", "buffer": b"Dear Sir"})
    expect(page.get_by_role("alert")).to_contain_text("is not a picture")


def test_a_pasted_picture_is_read(page: Page, seven: bytes) -> None:
    page.evaluate(
        """async (encoded) => {
            const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
        }""",
        base64.b64encode(seven).decode(),
    )
    expect_digit(page, "7")


def test_a_dropped_picture_is_read(page: Page, seven: bytes) -> None:
    page.evaluate(
        """async (encoded) => {
            const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
            document.getElementById("paper").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
        }""",
        base64.b64encode(seven).decode(),
    )
    expect_digit(page, "7")


def test_what_is_drawn_over_a_picture_is_read_with_it(page: Page, seven: bytes) -> None:
    page.locator("#file").set_input_files({"name": "seven.png", "mimeType": "image/png", "buffer": seven})
    expect_digit(page, "7")
    draw(page, [(0.85, 0.25), (0.85, 0.75)])
    expect_digit(page, "71")
    page.get_by_role("button", name="Undo").click()
    expect_digit(page, "7")


def test_a_picture_to_try_is_read_and_what_was_done_to_it_told(page: Page) -> None:
    page.get_by_role("button", name="Chalk on a blackboard").click()
    expect_digit(page, "5")
    expect(page.locator("#findings")).to_contain_text("Light strokes on dark")
    page.get_by_role("button", name="A row of digits").click()
    expect_digit(page, "2026")
    page.get_by_role("button", name="A letter").click()
    expect(page.locator("#sureness")).to_have_text("Not a digit.")


def test_a_picture_to_try_that_is_not_there_is_told(page: Page) -> None:
    page.route("**/examples/7.jpg", lambda route: route.fulfill(status=404))
    page.get_by_role("button", name="A seven with a bar").click()
    expect(page.get_by_role("alert")).to_contain_text("the service answered 404")
    page.route("**/examples/5.jpg", lambda route: route.abort())
    page.get_by_role("button", name="Chalk on a blackboard").click()
    expect(page.get_by_role("alert")).to_contain_text("Is the service still running?")


def test_pictures_to_try_are_shown(page: Page) -> None:
    shown = page.locator("#examples img")
    expect(shown).to_have_count(4)
    widths = shown.evaluate_all(
        "images => Promise.all(images.map(each => each.decode().then(() => each.naturalWidth)))"
    )
    assert min(widths) > 0


def test_the_camera_takes_a_picture_and_is_off_afterwards(browser: Browser, service: Service) -> None:
    with opened(browser, service, permissions=["camera"]) as page:
        page.get_by_role("button", name="Camera").click()
        video = page.locator("#finder video")
        expect(video).to_be_visible()
        page.evaluate("window.track = document.querySelector('#finder video').srcObject.getTracks()[0]")
        page.get_by_role("button", name="Take the picture").click()
        expect(page.locator("#timing")).to_contain_text("Read in")
        expect(video).to_be_hidden()
        assert page.evaluate("window.track.readyState") == "ended"
        expect(page.get_by_role("button", name="Clear")).to_be_enabled()


def test_the_camera_is_off_once_it_is_cancelled(browser: Browser, service: Service) -> None:
    with opened(browser, service, permissions=["camera"]) as page:
        page.get_by_role("button", name="Camera").click()
        expect(page.get_by_role("button", name="Take the picture")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#finder")).to_be_hidden()
        expect(page.get_by_role("button", name="Camera")).to_be_focused()
        assert page.evaluate("document.querySelector('#finder video').srcObject") is None


@pytest.fixture
def watched(page: Page) -> Page:
    """The pad with a camera whose streams are in `streams`; it gives none before `give` is called."""
    page.evaluate(
        """() => {
            window.streams = [];
            const given = new Promise(done => (window.give = done));
            navigator.mediaDevices.getUserMedia = async () => {
                const stream = document.createElement("canvas").captureStream();
                streams.push(stream);
                await given;
                return stream;
            };
            window.areOff = () => streams.every(each => each.getTracks().every(track => track.readyState === "ended"));
        }"""
    )
    return page


def test_a_camera_is_opened_once_however_often_it_is_asked_for(watched: Page) -> None:
    watched.evaluate("for (let n = 0; n < 3; n++) document.getElementById('camera').click()")
    assert watched.evaluate("streams.length") == 1


def test_a_camera_that_does_not_play_is_off_again_and_told(watched: Page) -> None:
    watched.evaluate(
        "() => { HTMLMediaElement.prototype.play = async () => { throw new Error('no picture comes'); }; }"
    )
    watched.evaluate("give()")
    watched.get_by_role("button", name="Camera").click()
    expect(watched.get_by_role("alert")).to_contain_text("no picture comes")
    assert watched.evaluate("areOff()")
    watched.get_by_role("button", name="Camera").click()  # may be tried again
    wait_until(watched, "streams.length === 2 && areOff()")


def test_a_camera_that_comes_after_the_page_was_left_is_off_at_once(watched: Page) -> None:
    watched.get_by_role("button", name="Camera").click()
    watched.evaluate("dispatchEvent(new Event('pagehide'))")
    watched.evaluate("give()")
    wait_until(watched, "areOff()")
    expect(watched.locator("#finder")).to_be_hidden()


def test_a_camera_that_is_not_allowed_is_told(browser: Browser, service: Service) -> None:
    with opened(browser, service) as page:
        page.evaluate(
            """() => {
                navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError"); };
            }"""
        )
        page.get_by_role("button", name="Camera").click()
        expect(page.get_by_role("alert")).to_contain_text("allow it in your browser")
        draw(page, SEVEN)
        expect(page.get_by_role("alert")).to_be_hidden()
