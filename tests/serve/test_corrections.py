"""Corrections over HTTP, and what becomes of them."""

import base64
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from handigits.data import load_dataset
from handigits.recognizer import prepare

from .conftest import Service, started


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "corrections.sqlite"


@pytest.fixture(scope="module")
def collecting(kept: Path) -> Iterator[Service]:
    with started("--collect", str(kept)) as running:
        yield running


def rows(kept: Path) -> int:
    with sqlite3.connect(kept) as database:
        return int(database.execute("SELECT count(*) FROM corrections").fetchone()[0])


def test_a_correction_becomes_a_labelled_image_to_train_on(collecting: Service, kept: Path, seven: bytes) -> None:
    answer = collecting.post("/corrections", json={"picture": base64.b64encode(seven).decode(), "digit": 7})
    assert answer.status_code == 201
    train = load_dataset(kept).train
    assert train.labels[-1] == 7
    np.testing.assert_array_equal(train.images[-1], np.rint(prepare(seven).image * 255))


def test_a_correction_can_be_deleted_by_its_id_once(collecting: Service, kept: Path, seven: bytes) -> None:
    import httpx

    before = rows(kept)
    key = collecting.post("/corrections", json={"picture": base64.b64encode(seven).decode(), "digit": 7}).json()["id"]
    assert rows(kept) == before + 1
    assert httpx.delete(f"{collecting.url}/corrections/{key}").status_code == 204
    assert rows(kept) == before
    assert httpx.delete(f"{collecting.url}/corrections/{key}").status_code == 404


def test_corrections_cannot_be_read_over_http(collecting: Service) -> None:
    assert collecting.get("/corrections").status_code == 405


def test_the_card_says_that_corrections_are_taken(collecting: Service) -> None:
    assert collecting.get("/model").json()["takes_corrections"] is True


@pytest.mark.parametrize("digit", [10, -1, "7", 7.0, True, None])
def test_a_digit_that_is_none_is_refused(collecting: Service, kept: Path, digit: object) -> None:
    before = rows(kept)
    answer = collecting.post("/corrections", json={"pixels": [[0, 1], [1, 0]], "digit": digit})
    assert answer.status_code == 422
    assert "0 to 9" in answer.json()["detail"]
    assert rows(kept) == before


def test_a_form_of_another_site_is_refused(collecting: Service, seven: bytes) -> None:
    """Browsers send forms to any site without asking it, but not JSON."""
    assert collecting.post("/corrections", files={"picture": seven}, data={"digit": "7"}).status_code == 415
    as_text = collecting.post("/corrections", content=b"{}", headers={"Content-Type": "text/plain"})
    assert as_text.status_code == 415


def test_reading_a_picture_keeps_nothing(collecting: Service, kept: Path, seven: bytes) -> None:
    before = rows(kept)
    collecting.post("/predict", files={"picture": seven})
    assert rows(kept) == before
