"""Digits that were cut out so tightly that their ink touches the edge of the picture."""

import pickle

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import load_dataset
from handigits.doctor import diagnose
from handigits.model_input import Box, ModelInput
from handigits.recognizer import Recognizer, prepare


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


@pytest.mark.parametrize("side", [16, 32, 64])
@pytest.mark.parametrize("width", [0.2, 0.35, 0.5])
@pytest.mark.parametrize("lean", [1, -1])
def test_a_leaning_1_that_was_stretched_to_a_band_is_read_in_either_tone(
    shipped: Recognizer, side: int, width: float, lean: int
) -> None:
    corners = np.array([[0, 1], [width, 1], [1, 0], [1 - width, 0]]) * 8 * side
    large = np.full((8 * side, 8 * side), 235, np.uint8)
    cv2.fillPoly(large, [corners.astype(np.int32)], (30,))
    picture = np.asarray(cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA), np.uint8)[:, ::lean]
    assert shipped.predict(255 - picture).digits == "1"
    assert shipped.predict(picture).digits == "1"


@pytest.mark.parametrize("side", [16, 32, 64])
def test_most_real_ones_are_read_though_they_were_stretched_to_bands_and_blocks(shipped: Recognizer, side: int) -> None:
    train = load_dataset("mnist-5k").train
    pictures = [stretched_to(side, image) for image in train.images[train.labels == 1][::5]]
    readings = shipped.read([prepare(picture) for picture in pictures])
    assert np.mean([reading.digits == "1" for reading in readings]) > 0.88
    squeezed = [reading for reading in readings if reading.given.is_squeezed]
    assert len(squeezed) > 0.05 * len(pictures)
    for reading in squeezed:
        [(x, y, width, height)] = reading.boxes
        assert x >= 0 and y >= 0 and 0.9 * side <= min(width, height) and max(x + width, y + height) <= side


def stretched_to(side: int, digit: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A digit in black and white that fills a square."""
    x, y, width, height = cv2.boundingRect((digit > 127).astype(np.uint8))
    large = cv2.resize(digit[y : y + height, x : x + width], (4 * side, 4 * side), interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)
    return np.where(small > 127, np.uint8(0), np.uint8(255))


@pytest.mark.parametrize("letter", ["A", "E", "K", "M", "R"])
@pytest.mark.parametrize("flip", [0, 255])
def test_a_letter_that_touches_the_edge_is_no_digit(shipped: Recognizer, letter: str, flip: int) -> None:
    given = prepare(drawn(letter, 32) ^ np.uint8(flip))
    squeezed = [each.is_squeezed for each in given.find_changed()]
    assert squeezed.count(False) == 2  # it was looked at with a margin of either tone
    assert any(squeezed) == (letter == "R")  # the others are not so bold
    assert shipped.read([given])[0].abstained


def test_a_polarity_that_was_asked_for_has_one_margin() -> None:
    [changed] = prepare(drawn("3", 32), polarity="light-on-dark").find_changed()
    assert (changed.margin, changed.notes) == (16, ("cut out tightly: read with a margin, as light-on-dark",))


@pytest.mark.parametrize(
    ("box", "placed"),
    [((9, 10, 20, 4), (1, 2, 20, 4)), ((2, 8, 60, 40), (0, 0, 32, 32)), ((42, 1, 3, 3), (31, 0, 1, 1))],
    ids=["inside", "around", "in the margin"],
)
def test_a_box_lies_within_the_picture(box: Box, placed: Box) -> None:
    given = ModelInput(name="with a margin", image=np.zeros((28, 28), np.float32), margin=8, size=(32, 32))
    assert given.place(box) == placed


def test_what_is_made_ready_can_be_sent_to_another_process() -> None:
    given = pickle.loads(pickle.dumps(prepare(drawn("3", 32))))  # noqa: S301  # our own
    assert len(given.find_changed()) == 2


@pytest.fixture(scope="module")
def stretched() -> tuple[list[NDArray[np.uint8]], list[str]]:
    """Real digits in black and white, each stretched over 32x32 pixels, and what they are: ten of each but one."""
    digits = load_dataset("mnist-5k").train
    digits = digits.subset(np.flatnonzero(digits.labels != 1)[::40])  # an upright 1 becomes a block
    pictures = []
    for image in digits.images:
        x, y, width, height = cv2.boundingRect((image > 100).astype(np.uint8))
        large = cv2.resize(image[y : y + height, x : x + width], (32, 32), interpolation=cv2.INTER_LINEAR)
        pictures.append(np.where(large > 127, 255, 0).astype(np.uint8))
    return pictures, [str(label) for label in digits.labels]


def test_digits_that_make_no_sense_without_a_margin_are_read_with_one(
    shipped: Recognizer, stretched: tuple[list[NDArray[np.uint8]], list[str]]
) -> None:
    readings = shipped.read([prepare(picture) for picture in stretched[0]])
    with_margin = [
        (reading, label) for reading, label in zip(readings, stretched[1], strict=True) if reading.given.margin
    ]
    assert len(with_margin) >= 2
    assert all(reading.digits == label for reading, label in with_margin)
    for reading, _ in with_margin:
        [(x, y, width, height)] = reading.boxes
        assert x >= 0 and y >= 0 and x + width <= 32 and y + height <= 32
        assert max(width, height) >= 28


def test_it_is_told(shipped: Recognizer, stretched: tuple[list[NDArray[np.uint8]], list[str]]) -> None:
    readings = shipped.read([prepare(picture) for picture in stretched[0]])
    number = next(number for number, reading in enumerate(readings) if reading.given.margin)
    found = diagnose(stretched[0][number], model=shipped)
    [finding] = [each for each in found.findings if each.kind != "inverted"]
    assert finding.text.startswith("cut out tightly: read with a margin, as ")
    assert found.read[0].digit == stretched[1][number]
    assert (found.stages[-1].name, found.stages[-1].image.shape) == ("with a margin", (64, 64))
