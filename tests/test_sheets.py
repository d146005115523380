"""Digits on sheets, in boxes and in frames are read as those on plain paper are; so are rows of them in tables."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data.embedded import load_mnist_5k
from handigits.recognizer import Recognizer

Picture = NDArray[np.uint8]
FEWEST = 0.95  # of fifty digits


def paper(digit: Picture) -> Picture:
    """A digit, (28, 28) white on black, written on 220 x 200 of paper."""
    large = cv2.resize(digit, (140, 140), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    page = np.full((220, 200), 230, np.float32)
    page[40:180, 30:170] -= 180 * large
    return page.astype(np.uint8)


def on_a_desk(page: Picture, desk: int) -> Picture:
    return cv2.copyMakeBorder(page, 60, 40, 50, 80, cv2.BORDER_CONSTANT, value=(float(desk),))


def askew(page: Picture) -> Picture:
    corners = np.array([[0, 0], [199, 0], [199, 219], [0, 219]], np.float32)
    seen = np.array([[60, 45], [270, 70], [250, 300], [40, 270]], np.float32)
    return cv2.warpPerspective(page, cv2.getPerspectiveTransform(corners, seen), (320, 340), borderValue=(70.0,))


def framed(page: Picture) -> Picture:
    return cv2.copyMakeBorder(page, 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=(0.0,))


def boxed(page: Picture) -> Picture:
    return cv2.copyMakeBorder(framed(page), 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=(230.0,))


def lit_from_the_side(page: Picture) -> Picture:
    return (page * np.linspace(0.45, 1, page.shape[1])).astype(np.uint8)


@pytest.mark.parametrize(
    "scene",
    [
        lambda page: on_a_desk(page, 40),
        lambda page: on_a_desk(page, 150),
        lambda page: lit_from_the_side(on_a_desk(page, 40)),
        lambda page: 255 - on_a_desk(page, 40),
        askew,
        framed,
        boxed,
        lit_from_the_side,
    ],
    ids=["dark desk", "pale desk", "desk lit from the side", "negative", "askew", "frame", "box", "lit from the side"],
)
def test_a_digit_on_a_sheet_is_read(scene: Callable[[Picture], Picture]) -> None:
    test = load_mnist_5k().test
    assert test is not None
    answers = Recognizer.load().predict([scene(paper(image)) for image in test.images[:50]])
    right = [answer.digits == str(label) for answer, label in zip(answers, test.labels[:50], strict=True)]
    assert np.mean(right) >= FEWEST


def test_the_place_of_a_digit_on_a_sheet_is_that_in_the_picture() -> None:
    test = load_mnist_5k().test
    assert test is not None
    ((x, y, width, height),) = Recognizer.load().predict(on_a_desk(paper(test.images[0]), 40)).boxes
    assert 50 + 30 <= x < x + width <= 50 + 170
    assert 60 + 40 <= y < y + height <= 60 + 180


def in_cells(digits: NDArray[np.uint8], *, margin: int, line: int) -> Picture:
    """Digits, (N, 28, 28), each in a cell of a table of one row."""
    cells = []
    for digit in digits:
        cell = np.full((120, 100), 230, np.float32)
        cell[20:100, 10:90] -= 180 * (cv2.resize(digit, (80, 80), interpolation=cv2.INTER_CUBIC) / np.float32(255))
        cells.append(cv2.copyMakeBorder(cell, line, line, 0, line, cv2.BORDER_CONSTANT, value=(40.0,)))
    table = cv2.copyMakeBorder(np.hstack(cells), 0, 0, line, 0, cv2.BORDER_CONSTANT, value=(40.0,))
    return cv2.copyMakeBorder(table, *[margin] * 4, cv2.BORDER_CONSTANT, value=(230.0,)).astype(np.uint8)


@pytest.mark.parametrize("margin", [0, 40])
@pytest.mark.parametrize("line", [2, 5])
@pytest.mark.parametrize("length", [2, 4, 7])
def test_a_row_in_the_cells_of_a_table_is_read(margin: int, line: int, length: int) -> None:
    test = load_mnist_5k().test
    assert test is not None
    rows = [np.arange(start, len(test.images), 97)[:length] for start in range(20)]
    answers = Recognizer.load().predict([in_cells(test.images[row], margin=margin, line=line) for row in rows])
    right = [
        answer.digits == "".join(str(label) for label in test.labels[row])
        for answer, row in zip(answers, rows, strict=True)
    ]
    assert np.mean(right) >= 0.85
