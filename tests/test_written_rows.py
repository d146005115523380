"""What people do when they write several digits, drawn stroke by stroke and read by the shipped model."""

import cv2
import numpy as np
import pytest

from handigits.handwriting.hand import spline
from handigits.recognizer import Recognizer, prepare

# Strokes, divided by slashes, through points x,y; a point given twice is a corner.
SEVEN = "0,4 28,3 58,0 58,0 40,46 24,100"
BAR = "12,50 36,48 66,47"  # of a crossed seven: it reaches over to the next digit
FIVE = "10,5 9,24 6,43 6,43 34,40 52,60 46,88 22,100 0,93"
ROOF = "12,0 36,0 60,1"  # of a five, apart from the rest
TWO = "3,22 14,4 36,0 55,14 52,38 30,68 0,98 0,98 30,97 62,98"
ZERO = "28,0 8,18 2,50 8,84 28,100 46,84 52,50 46,18 28,0"
SIX = "46,0 20,16 3,48 4,84 26,100 50,86 48,60 26,52 6,68"
THREE = "5,12 25,0 48,10 46,34 20,46 20,46 48,54 54,78 34,99 0,90"
EIGHT_ABOVE, EIGHT_BELOW = "28,46 9,34 10,10 28,0 46,10 46,34 27,46", "27,54 3,66 3,88 28,100 52,88 52,66 27,54"


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(threads=1)


def written(*digits: tuple[str, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A page with strokes, each digit with the place of its upper left corner."""
    page = np.full((420, 520), 225, np.uint8)
    for strokes, x, y in digits:
        for stroke in strokes.split("/"):
            points = np.array([tuple(map(float, point.split(","))) for point in stroke.split()])
            parts = np.split(points, 1 + np.flatnonzero((points[1:] == points[:-1]).all(1)))
            for part in parts:
                curve = spline(part, np.linspace(0, len(part) - 1, 12 * len(part))) + np.array([x, y])
                cv2.polylines(page, [np.rint(curve).astype(np.int32)], False, 40, 8, cv2.LINE_AA)
    return page


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        pytest.param([(TWO, 60, 100), (f"{FIVE}/{ROOF}", 150, 100), (SIX, 240, 100)], "256", id="roof apart"),
        pytest.param([(f"{SEVEN}/{BAR}", 60, 100), (SIX, 118, 100), (TWO, 200, 100)], "762", id="crossed seven"),
        pytest.param([(TWO, 60, 220), (SIX, 150, 170), (THREE, 240, 120)], "263", id="climbing"),
        pytest.param([(TWO, 60, 60), (SIX, 150, 60), (THREE, 60, 240), (SEVEN, 150, 240)], "2637", id="two rows"),
        pytest.param(
            [(TWO, 60, 100), (f"{EIGHT_ABOVE}/{EIGHT_BELOW}", 150, 100), (SIX, 240, 100)], "286", id="broken eight"
        ),
        pytest.param([(TWO, 60, 100), (SIX, 118, 100), (THREE, 164, 100)], "263", id="touching"),
    ],
)
def test_a_row_is_read(recognizer: Recognizer, digits: list[tuple[str, int, int]], expected: str) -> None:
    found = recognizer.predict(written(*digits))
    assert (found.digits, found.reason) == (expected, "")


def test_what_was_seen_of_each_digit_is_what_was_read(recognizer: Recognizer) -> None:
    page = written((TWO, 60, 100), (SIX, 150, 100), (ZERO, 240, 100))
    cv2.circle(page, (265, 150), 6, 40, -1)  # inside the zero: its box is that of the zero with the dot, too
    (reading,) = recognizer.read([prepare(page)])
    assert reading.digits == "260"
    again = recognizer.probabilities(reading.images)
    np.testing.assert_allclose(again, reading.probabilities, atol=1e-6)
