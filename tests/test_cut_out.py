"""Digits that were cut out so tightly that their ink touches the edge of the picture."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.recognizer import Recognizer


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    return Recognizer.load(threads=1)


def drawn(sign: str, side: int, margin: int = 0) -> NDArray[np.uint8]:
    """A sign, dark on light, stretched over a square picture but for a margin."""
    paper = np.zeros((200, 200), np.uint8)
    cv2.putText(paper, sign, (40, 150), cv2.FONT_HERSHEY_SIMPLEX, 5, 255, 20, cv2.LINE_AA)
    x, y, width, height = cv2.boundingRect(paper)
    inner = cv2.resize(paper[y : y + height, x : x + width], (side - 2 * margin,) * 2, interpolation=cv2.INTER_AREA)
    return np.asarray(235 - 0.8 * np.pad(inner, margin), np.uint8)


@pytest.mark.parametrize("digit", ["0", "2", "3", "5", "8"])
@pytest.mark.parametrize("side", [20, 32, 64])
def test_a_digit_that_touches_the_edge_is_read_in_either_tone(shipped: Recognizer, digit: str, side: int) -> None:
    answer = shipped.predict(drawn(digit, side))
    assert answer.digits == digit
    x, y, width, height = answer.boxes[0]
    assert x >= 0 and y >= 0 and x + width <= side and y + height <= side
    assert width >= 0.8 * side and height >= 0.8 * side
    assert shipped.predict(255 - drawn(digit, side)).digits == digit


@pytest.mark.parametrize("letter", ["A", "E", "K", "M", "R"])
def test_a_letter_that_touches_the_edge_is_no_digit(shipped: Recognizer, letter: str) -> None:
    assert shipped.predict(drawn(letter, 32)).abstained
    assert shipped.predict(255 - drawn(letter, 32)).abstained
