import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.lines import drop_lines


def squared(end: int) -> NDArray[np.uint8]:
    """Strength of thin lines, down and across, that break off before the right edge."""
    strength = np.zeros((300, 300), np.uint8)
    strength[20::50, :end] = 255
    strength[:, 20:end:50] = 255
    return strength


def test_lines_that_break_off_are_dropped_and_a_bold_stroke_across_them_is_kept() -> None:
    stroke = cv2.line(np.zeros((300, 300), np.uint8), (100, 60), (140, 240), (255.0,), 14)
    rest, text = drop_lines(np.maximum(squared(200), stroke))
    assert text == "ruled lines: removed"
    assert np.mean((rest > 0) == (stroke > 0)) > 0.995


def test_thin_strokes_alone_are_writing() -> None:
    strength = np.zeros((300, 300), np.uint8)
    for x in range(40, 260, 50):
        strength[0:140, x : x + 3] = 255
    rest, text = drop_lines(strength)
    assert text == ""
    assert np.array_equal(rest, strength)
