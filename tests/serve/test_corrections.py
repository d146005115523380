"""Corrections over HTTP, and what becomes of them."""

import asyncio
import base64
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray

from handigits.data import load_dataset
from handigits.data.corrections import Corrections
from handigits.recognizer import Recognizer, prepare
from handigits.serve.bodies import Bodies
from handigits.serve.corrections import correction_routes
from handigits.serve.limits import Limits
from handigits.serve.workshop import Busy, Workshop
from handigits.stress.corruptions import corrupt

from .conftest import Service, drawn_sevens, started


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "corrections.sqlite"


@pytest.fixture(scope="module")
def collecting(kept: Path) -> Iterator[Service]:
    with started("--collect", str(kept)) as running:
        yield running


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def close_ones() -> bytes:
    """A PNG of two ones, one wider than high as a digit may be."""
    page = np.full((112, 112), 255, np.uint8)
    page[30:85, 40:48] = page[30:85, 70:78] = 0
    return cv2.imencode(".png", page)[1].tobytes()


def rows(kept: Path) -> int:
    with sqlite3.connect(kept) as database:
        return int(database.execute("SELECT count(*) FROM corrections").fetchone()[0])


def test_a_full_queue_is_told_before_the_correction_is_read(tmp_path: Path) -> None:
    limits = Limits(workers=1, max_waiting=1)
    asked_for: list[str] = []

    async def picture() -> AsyncIterator[bytes]:
        asked_for.append("picture")
        yield b"{}"

    async def play() -> None:
        workshop = Workshop(limits)
        workshop.working = workshop.waiting = 1
        app = FastAPI()
        corrections = Corrections(tmp_path / "corrections.sqlite")
        recognizer = Recognizer.load(threads=1)
        app.include_router(
            correction_routes(corrections, recognizer, limits=limits, bodies=Bodies(limits), workshop=workshop)
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            await client.post("/corrections", content=picture(), headers={"Content-Type": "application/json"})

    with pytest.raises(Busy):
        asyncio.run(play())
    assert asked_for == []


def test_a_correction_becomes_a_labelled_image_to_train_on(collecting: Service, kept: Path, seven: bytes) -> None:
    answer = collecting.post("/corrections", json={"picture": encoded(seven), "digits": "7"})
    assert answer.status_code == 201
    train = load_dataset(kept).train
    assert train.labels[-1] == 7
    np.testing.assert_array_equal(train.images[-1], np.rint(prepare(seven).image * 255))


def test_a_correction_can_be_deleted_by_its_id_once(collecting: Service, kept: Path, seven: bytes) -> None:
    before = rows(kept)
    key = collecting.post("/corrections", json={"picture": encoded(seven), "digits": "7"}).json()["id"]
    assert rows(kept) == before + 1
    assert httpx.delete(f"{collecting.url}/corrections/{key}").status_code == 204
    assert rows(kept) == before
    assert httpx.delete(f"{collecting.url}/corrections/{key}").status_code == 404


def test_corrections_cannot_be_read_over_http(collecting: Service) -> None:
    assert collecting.get("/corrections").status_code == 405


def test_the_card_says_that_corrections_are_taken(collecting: Service) -> None:
    assert collecting.get("/model").json()["takes_corrections"] is True


def test_of_several_digits_each_is_kept_with_its_own_image(collecting: Service, kept: Path) -> None:
    """What was read is 77, and only the labels are what the sender says."""
    picture = drawn_sevens(2)
    key = collecting.post("/corrections", json={"picture": encoded(picture), "digits": "71"}).json()["id"]
    train = load_dataset(kept).train
    assert train.labels[-2:].tolist() == [7, 1]
    np.testing.assert_array_equal(train.images[-1], train.images[-2])  # two sevens drawn alike, not a pair of them
    assert train.images[-1].any()
    before = rows(kept)
    assert httpx.delete(f"{collecting.url}/corrections/{key}").status_code == 204
    assert rows(kept) == before - 2


def test_one_digit_that_was_read_as_two_is_kept_as_the_whole_picture(collecting: Service, kept: Path) -> None:
    picture = close_ones()
    assert collecting.post("/predict", files={"picture": picture}).json()["digits"] == "11"
    assert collecting.post("/corrections", json={"picture": encoded(picture), "digits": "4"}).status_code == 201
    np.testing.assert_array_equal(load_dataset(kept).train.images[-1], np.rint(prepare(picture).image * 255))


def test_a_digit_that_was_read_through_a_filter_is_kept_as_it_was_seen(collecting: Service, kept: Path) -> None:
    """Noise hides it from the search for ink, which finds a blank page."""
    test = load_dataset("auto", offline=True).test
    assert test is not None
    recognizer = Recognizer.load(threads=1)
    noisy = next(
        image
        for image in corrupt(test.images[:50], "noise", 4)
        if not prepare(image).image.any() and read(recognizer, image)
    )
    picture = encoded(cv2.imencode(".png", noisy)[1].tobytes())
    assert collecting.post("/corrections", json={"picture": picture, "digits": "7"}).status_code == 201
    image = load_dataset(kept).train.images[-1]
    assert np.array_equal(image, np.rint(255 * recognizer.read([prepare(noisy)])[0].images[0]))


def test_a_digit_over_paler_lines_is_kept_without_them(collecting: Service, kept: Path) -> None:
    page = np.full((196, 196), 205, np.uint8)
    for height in (40, 80, 120, 160):
        cv2.line(page, (10, height), (190, height + 8), 120, 11)
    cv2.ellipse(page, (95, 70), (32, 30), 0, -150, 90, 25, 12)
    cv2.ellipse(page, (92, 132), (38, 34), 0, -90, 145, 25, 12)
    [reading] = Recognizer.load(threads=1).read([prepare(page)])
    assert reading.given.notes == ("written in two inks: the fainter one left out",)
    picture = encoded(cv2.imencode(".png", page)[1].tobytes())
    assert collecting.post("/corrections", json={"picture": picture, "digits": "3"}).status_code == 201
    np.testing.assert_array_equal(load_dataset(kept).train.images[-1], np.rint(255 * reading.images[0]))


def read(recognizer: Recognizer, image: NDArray[np.uint8]) -> str:
    return recognizer.predict(image).digits


def test_a_blank_page_is_not_kept_as_a_digit(collecting: Service, kept: Path) -> None:
    before = rows(kept)
    blank = cv2.imencode(".png", np.full((50, 50), 255, np.uint8))[1].tobytes()
    answer = collecting.post("/corrections", json={"picture": encoded(blank), "digits": "7"})
    assert answer.status_code == 422
    assert "no ink" in answer.json()["detail"]
    assert rows(kept) == before


@pytest.mark.parametrize(("digits", "status"), [("1", 201), ("0", 422), ("10", 422)])
def test_what_was_squeezed_to_a_1_is_kept_as_nothing_else(
    collecting: Service, kept: Path, digits: str, status: int
) -> None:
    train = load_dataset("mnist-5k").train
    blocks = [filling(32, image) for image in train.images[train.labels == 1]]
    readings = Recognizer.load(threads=1).read([prepare(block) for block in blocks])
    block = next(block for block, reading in zip(blocks, readings, strict=True) if reading.given.is_squeezed)
    before, picture = rows(kept), encoded(cv2.imencode(".png", block)[1].tobytes())
    assert collecting.post("/corrections", json={"picture": picture, "digits": digits}).status_code == status
    assert rows(kept) == before + (status == 201)


def filling(side: int, digit: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A digit in black on white that was stretched to a square."""
    x, y, width, height = cv2.boundingRect((digit > 127).astype(np.uint8))
    large = cv2.resize(digit[y : y + height, x : x + width], (side, side), interpolation=cv2.INTER_CUBIC)
    return np.where(large > 127, np.uint8(0), np.uint8(255))


def test_a_row_is_not_kept_as_one_digit(collecting: Service, kept: Path) -> None:
    before = rows(kept)
    answer = collecting.post("/corrections", json={"picture": encoded(drawn_sevens(3)), "digits": "7"})
    assert answer.status_code == 422
    assert "as a row is" in answer.json()["detail"]
    assert rows(kept) == before


def test_a_polarity_can_be_named_as_to_predict(collecting: Service, kept: Path, seven: bytes) -> None:
    for polarity in ("dark-on-light", "light-on-dark"):
        sent = {"picture": encoded(seven), "digits": "7"}
        assert collecting.post(f"/corrections?polarity={polarity}", json=sent).status_code == 201
    dark, light = load_dataset(kept).train.images[-2:]
    np.testing.assert_array_equal(dark, np.rint(prepare(seven, polarity="dark-on-light").image * 255))
    np.testing.assert_array_equal(light, np.rint(prepare(seven, polarity="light-on-dark").image * 255))
    assert not np.array_equal(dark, light)
    assert collecting.post("/corrections?polarity=sideways", json={}).status_code == 422


def test_more_digits_than_were_read_are_refused_since_nobody_knows_where_they_are(
    collecting: Service, kept: Path
) -> None:
    before = rows(kept)
    answer = collecting.post("/corrections", json={"picture": encoded(drawn_sevens(2)), "digits": "777"})
    assert answer.status_code == 422
    assert "3 digits are named, and 2 digits are read" in answer.json()["detail"]
    assert rows(kept) == before


@pytest.mark.parametrize("digits", ["", "-1", "1.0", "seven", "٣", "7\n", 7, ["7"], True, None, "1" * 101])
def test_digits_that_are_none_are_refused(collecting: Service, kept: Path, digits: object) -> None:
    before = rows(kept)
    answer = collecting.post("/corrections", json={"pixels": [[0, 1], [1, 0]], "digits": digits})
    assert answer.status_code == 422
    assert '"2026"' in answer.json()["detail"]
    assert rows(kept) == before


def test_a_form_of_another_site_is_refused(collecting: Service, seven: bytes) -> None:
    """Browsers send forms to any site without asking it, but not JSON."""
    assert collecting.post("/corrections", files={"picture": seven}, data={"digits": "7"}).status_code == 415
    as_text = collecting.post("/corrections", content=b"{}", headers={"Content-Type": "text/plain"})
    assert as_text.status_code == 415


def test_reading_a_picture_keeps_nothing(collecting: Service, kept: Path, seven: bytes) -> None:
    before = rows(kept)
    collecting.post("/predict", files={"picture": seven})
    assert rows(kept) == before


def test_no_more_digits_are_kept_than_allowed(tmp_path: Path, seven: bytes) -> None:
    kept = tmp_path / "corrections.sqlite"
    with started("--collect", str(kept), "--max-corrections", "2") as full:
        one = {"picture": encoded(seven), "digits": "7"}
        assert full.post("/corrections", json=one).status_code == 201
        answer = full.post("/corrections", json={"picture": encoded(drawn_sevens(2)), "digits": "77"})
        assert answer.status_code == 507
        assert "not kept" in answer.json()["detail"]
        assert full.post("/corrections", json=one).status_code == 201
        assert rows(kept) == 2


def test_pictures_do_not_fill_the_disk(tmp_path: Path, seven: bytes) -> None:
    kept = tmp_path / "corrections.sqlite"
    noise = np.random.default_rng(0).integers(0, 255, (300, 300), np.uint8)
    large = {"picture": encoded(cv2.imencode(".png", noise)[1].tobytes()), "digits": "7"}
    with started("--collect", str(kept), "--max-collected-mb", "0.15") as full:
        first = full.post("/corrections", json=large)
        assert first.status_code == 201
        answer = full.post("/corrections", json=large)
        assert answer.status_code == 507
        assert "no room" in answer.json()["detail"]
        assert str(kept) not in answer.text
        assert full.post("/corrections", json={"picture": encoded(seven), "digits": "7"}).status_code == 201
        assert kept.stat().st_size <= 0.15 * 2**20
        httpx.delete(f"{full.url}/corrections/{first.json()['id']}")
        assert full.post("/corrections", json=large).status_code == 201  # in the room of what was deleted


def test_a_file_that_another_process_holds_is_no_fault_of_the_service(
    collecting: Service, kept: Path, seven: bytes
) -> None:
    with closing(sqlite3.connect(kept, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = collecting.post("/corrections", json={"picture": encoded(seven), "digits": "7"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert str(kept) not in answer.text


def test_the_reference_tells_how_to_correct(collecting: Service) -> None:
    section = collecting.get("/docs").text.partition('id="post-corrections"')[2].partition("</section>")[0]
    assert "<code>polarity</code> (query)" in section
    assert "<b>507</b>" in section
