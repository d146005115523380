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


def test_what_is_written_beside_a_box_is_read_too() -> None:
    test = load_mnist_5k().test
    assert test is not None
    boxed_digit, other = framed(paper(test.images[700])), paper(test.images[350])
    page = np.full((300, 560), 230, np.uint8)
    page[30:256, 20:226], page[33:253, 320:520] = boxed_digit, other
    assert Recognizer.load().predict(page).digits == f"{test.labels[700]}{test.labels[350]}"


@pytest.mark.parametrize("speck", [3, 8, 16])
def test_a_zero_with_a_speck_in_it_is_a_zero(speck: int) -> None:
    page = np.full((240, 200), 230, np.uint8)
    cv2.line(page, (100, 85), (100, 155), 40.0, 90, cv2.LINE_AA)
    cv2.line(page, (100, 85), (100, 155), 230.0, 64, cv2.LINE_AA)
    cv2.circle(page, (104, 110), speck // 2, 40.0, -1)
    assert Recognizer.load().predict(page).digits == "0"


@pytest.mark.parametrize("degrees", [0, 1.5])
def test_blank_squared_paper_says_nothing(degrees: float) -> None:
    page = np.full((500, 620), 225, np.uint8)
    page[12::24] = page[13::24] = 150
    page[:, 12::24] = page[:, 13::24] = 150
    turn = cv2.getRotationMatrix2D((310, 250), degrees, 1)
    assert Recognizer.load().predict(cv2.warpAffine(page, turn, (620, 500))[70:430, 70:550]).abstained


def test_a_dotted_digit_that_fills_its_picture_is_read() -> None:
    test = load_mnist_5k().test
    assert test is not None
    right = 0
    for image, label in zip(test.images[::40], test.labels[::40], strict=True):
        rows, columns = np.flatnonzero((image > 60).any(1)), np.flatnonzero((image > 60).any(0))
        tight = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        large = cv2.resize(tight, (7 * tight.shape[1], 7 * tight.shape[0]), interpolation=cv2.INTER_LINEAR)
        large[::18] = large[1::18] = 0
        right += Recognizer.load().predict(np.pad(255 - large, 2, constant_values=255)).digits == str(label)
    assert right >= 0.8 * len(test.labels[::40])
