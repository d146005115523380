"""Pages of digits that lie on their side."""

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import load_dataset
from handigits.doctor import diagnose
from handigits.model_input import ModelInput
from handigits.recognizer import Recognizer, prepare


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    return Recognizer.load(threads=1)


@pytest.fixture(scope="module")
def page() -> NDArray[np.uint8]:
    """Two rows of digits that are no others when they lie on their side: dark on light, 2 3 4, 5 7."""
    test = load_dataset("auto", offline=True).test
    assert test is not None
    found = {digit: test.images[test.labels == digit][1] for digit in (2, 3, 4, 5, 7)}
    rows = [np.hstack([found[digit] for digit in row]) for row in ((2, 3, 4), (5, 7))]
    small = np.zeros((80, 100), np.uint8)
    small[6:34, 6:90] = rows[0]
    small[44:72, 6:62] = rows[1]
    return 255 - np.kron(small, np.ones((4, 4), np.uint8))


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_a_page_is_read_whichever_side_it_lies_on(shipped: Recognizer, page: NDArray[np.uint8], turns: int) -> None:
    answer = shipped.predict(np.ascontiguousarray(np.rot90(page, turns)))
    assert answer.digits == "23457"


@pytest.mark.parametrize("turns", [1, 3])
def test_boxes_lie_where_the_digits_of_the_picture_are(
    shipped: Recognizer, page: NDArray[np.uint8], turns: int
) -> None:
    marked = np.zeros(page.shape, np.uint8)
    for number, (x, y, wide, high) in enumerate(shipped.predict(page).boxes, 1):
        marked[y : y + high, x : x + wide] = number
    answer = shipped.predict(np.ascontiguousarray(np.rot90(page, turns)))
    marked = np.rot90(marked, turns)
    for number, (x, y, wide, high) in enumerate(answer.boxes, 1):
        assert (marked[y : y + high, x : x + wide] == number).mean() > 0.95


def test_it_is_told(page: NDArray[np.uint8]) -> None:
    found = diagnose(np.ascontiguousarray(np.rot90(page)))
    assert "the picture lies on its side: turned by a quarter" in [finding.text for finding in found.findings]
    assert [digit.digit for digit in found.read] == list("23457")
    upright = page[::4, ::4].shape  # of which each pixel is four across and down
    assert (found.stages[-1].name, found.stages[-1].image.shape) == ("turned", upright)


def test_a_page_of_one_letter_on_its_side_is_no_page_of_digits(shipped: Recognizer) -> None:
    """An N on its side is a 2, and a page of them would be one of twos."""
    test = load_dataset("auto", offline=True).test
    assert test is not None
    two = np.kron(test.images[test.labels == 2][1], np.ones((4, 4), np.uint8))
    page = 255 - np.pad(np.tile(two, (2, 3)), 20)
    assert shipped.predict(page).digits == "222222"
    assert shipped.predict(np.ascontiguousarray(np.rot90(page))).abstained


def test_without_a_gate_no_picture_lies_on_its_side(shipped: Recognizer, page: NDArray[np.uint8]) -> None:
    """Nobody knows then what makes sense: the model's one answer stands, in however many marks."""
    gateless = Recognizer(shipped._session, shipped.metadata)
    four_marks = np.full((60, 200), 255, np.uint8)
    four_marks[20:40, 20:180:40] = 0
    for picture in (four_marks, np.ascontiguousarray(np.rot90(page))):
        given = prepare(picture)
        (reading,) = gateless.read([given])
        assert reading.given is given


@pytest.mark.parametrize(("turns", "box"), [(0, (10, 20, 3, 5)), (1, (75, 10, 5, 3)), (3, (20, 37, 5, 3))])
def test_a_box_is_turned_back(turns: int, box: tuple[int, int, int, int]) -> None:
    """A picture of 100 x 50."""
    given = ModelInput(name="turned", image=np.zeros((28, 28), np.float32), turns=turns, size=(100, 50))
    assert given.place((10, 20, 3, 5)) == box
