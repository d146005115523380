"""Digits that were written over something fainter."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.doctor import diagnose
from handigits.recognizer import Recognizer, prepare

SIZE = 196


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    return Recognizer.load(threads=1)


def written_over_lines(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Dark ink, uint8 (196, 196), on a page on which pale wavy lines were drawn before."""
    paper = np.full((SIZE, SIZE), 205, np.float32)
    for height in (40, 80, 120, 160):
        points = [(x, round(height + 12 * np.sin(x / 25 + height))) for x in range(10, SIZE, 6)]
        cv2.polylines(paper, [np.array(points, np.int32)], False, 120, 11, cv2.LINE_AA)
    share = ink.astype(np.float32) / 255
    return (paper * (1 - share) + 25 * share).astype(np.uint8)


@pytest.fixture(scope="module")
def three() -> NDArray[np.uint8]:
    ink = np.zeros((SIZE, SIZE), np.uint8)
    cv2.ellipse(ink, (95, 70), (32, 30), 0, -150, 90, 255, 12, cv2.LINE_AA)
    cv2.ellipse(ink, (92, 132), (38, 34), 0, -90, 145, 255, 12, cv2.LINE_AA)
    return ink


def test_a_digit_over_paler_lines_is_read(shipped: Recognizer, three: NDArray[np.uint8]) -> None:
    answer = shipped.predict(written_over_lines(three))
    assert answer.digits == "3"
    [(x, y, width, height)] = answer.boxes
    assert 100 < height < 160 and width < 160 and x > 20 and y > 15


def test_it_is_told(three: NDArray[np.uint8]) -> None:
    found = diagnose(written_over_lines(three))
    assert [finding.text for finding in found.findings] == ["written in two inks: the fainter one left out"]
    assert found.image.any(axis=1).sum() <= 22  # of the digit alone
    assert [stage.name for stage in found.stages][-2:] == ["writing", "darker ink"]
    before, after = (np.count_nonzero(stage.image) for stage in found.stages[-2:])
    assert after < before / 2


def test_one_digit_may_be_asked_for(shipped: Recognizer, three: NDArray[np.uint8]) -> None:
    assert shipped.predict(written_over_lines(three), expect="one").digits == "3"


def test_a_letter_over_paler_lines_is_no_digit_still(shipped: Recognizer) -> None:
    letter = np.zeros((SIZE, SIZE), np.uint8)
    cv2.putText(letter, "K", (40, 150), cv2.FONT_HERSHEY_SIMPLEX, 5, 255, 14, cv2.LINE_AA)
    page = prepare(written_over_lines(letter))
    assert len(page.find_changed()) == 1  # it was looked at, and is a letter
    assert shipped.read([page])[0].abstained
