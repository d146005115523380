"""Digits as large shapes of ink: MNIST's own images enlarged, or drawn along strokes of ours.

Our strokes hold the ways of writing that MNIST has seldom or not at all: crossed sevens, ones with flag and foot, open
fours, looped twos, a five whose bar is apart. Nothing here may be used in training.

A shape is a field, float32 (H, W): how far inside the ink each place lies, negative outside, in heights of the digit.
`HEIGHT` places make one height; all around the digit there are `MARGIN` places.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.data.split import IMAGE_SIZE
from handigits.handwriting.hand import spline
from handigits.handwriting.styles import strokes_of

__all__ = ["HEIGHT", "MARGIN", "STYLES", "draw_strokes", "enlarge"]

HEIGHT = 128
MARGIN = 16

# Ways to write each digit: strokes, divided by slashes, each a smooth curve through points x,y. In hundredths of the
# digit's height; y runs down. A point given twice is a corner.
STYLES: tuple[tuple[str, ...], ...] = (
    (  # 0: from the top; begun at the right
        "30,0 8,18 0,50 10,86 30,100 52,85 60,50 50,14 28,0",
        "40,5 15,5 0,40 8,85 32,100 56,70 55,25 36,0 22,6",
    ),
    (  # 1: a bar; with a flag; with flag and foot
        "10,0 9,50 8,100",
        "0,28 17,13 30,0 30,0 29,50 28,100",
        "4,25 18,12 29,0 29,0 29,50 29,99 / 6,100 30,99 53,100",
    ),
    (  # 2: round; looped; straight
        "3,22 14,4 36,0 55,14 52,38 30,68 0,98 0,98 30,97 62,98",
        "5,20 22,0 48,6 54,32 36,66 12,93 2,90 10,78 28,88 48,100 66,90",
        "3,8 30,0 54,3 52,18 28,55 0,96 0,96 30,97 62,100",
    ),
    (  # 3: round; with a flat top
        "5,12 25,0 48,10 46,34 20,46 20,46 48,54 54,78 34,99 0,90",
        "2,2 28,1 52,0 52,0 38,20 22,40 22,40 48,48 55,75 36,98 2,92",
    ),
    (  # 4: open, in two strokes; closed
        "14,0 6,30 0,60 0,60 30,60 64,58 / 46,20 44,60 42,100",
        "46,100 46,50 46,0 46,0 22,34 0,66 0,66 30,66 66,66",
    ),
    (  # 5: in one stroke; with its bar apart
        "55,2 33,2 12,3 12,3 10,20 8,42 8,42 34,38 55,58 50,86 26,100 0,92",
        "10,5 9,24 6,43 6,43 34,40 52,60 46,88 22,100 0,93 / 18,0 36,0 56,1",
    ),
    (  # 6: curved; with a straight back
        "46,0 20,16 3,48 4,84 26,100 50,86 48,60 26,52 6,68",
        "32,0 14,30 2,62 6,90 26,100 46,88 42,66 22,60 4,76",
    ),
    (  # 7: plain; crossed; with a serif
        "0,2 28,2 56,0 56,0 36,48 20,100",
        "0,4 28,3 58,0 58,0 40,46 24,100 / 12,50 36,48 60,47",
        "0,14 2,2 2,2 30,3 56,0 56,0 42,40 30,100",
    ),
    (  # 8: in one stroke; as two rings
        "46,14 26,0 6,14 14,38 42,58 50,84 26,100 3,84 12,58 42,36 48,12",
        "28,46 9,34 10,10 28,0 46,10 46,34 27,46 / 27,46 3,60 3,88 28,100 52,88 52,60 28,46",
    ),
    (  # 9: with a straight leg; with a curved tail
        "48,14 28,0 4,10 2,36 22,48 44,34 48,10 48,10 47,55 46,100",
        "48,12 26,0 3,12 4,38 26,46 46,28 50,6 50,50 42,88 22,100 3,92",
    ),
)

_JITTER = 0.022  # standard deviation of every point, against the height of the digit
_SLANT = (-0.12, 0.35)  # sideways for each unit up; most people lean to the right
_ASPECT = (0.8, 1.25)
_STEPS = 12  # straight pieces between two points of a curve
_INK = 0.4  # a pixel of an enlarged image with more than this belongs to a stroke
_SOFTEN = 0.5  # pixels of MNIST: rounds off the steps that enlarging leaves


def draw_strokes(digit: int, radius: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """A digit in one of our styles, never twice the same, by a round pen.

    Args:
        digit: 0 to 9.
        radius: of the pen, in heights of the digit.
        generator: chooses the style, and how the hand goes astray.
    """
    styles = STYLES[digit]
    curves = _stray(strokes_of(styles[generator.integers(len(styles))]), generator)
    everything = np.concatenate(curves)
    low, high = everything.min(axis=0), everything.max(axis=0)
    reach = round(radius * HEIGHT)
    scale = (HEIGHT - 1 - 2 * reach) / (high[1] - low[1])
    edge = MARGIN + reach
    paper = np.ones((HEIGHT + 2 * MARGIN, round(scale * (high[0] - low[0])) + 1 + 2 * edge), np.uint8)
    for curve in curves:
        cv2.polylines(paper, [np.rint(scale * (curve - low) + edge).astype(np.int32)], False, 0)
    return np.asarray(radius - cv2.distanceTransform(paper, cv2.DIST_L2, 5) / HEIGHT, np.float32)


def enlarge(image: NDArray[np.uint8], swell: float) -> NDArray[np.float32]:
    """A digit of MNIST, uint8 (28, 28), as if it had been written large.

    Args:
        image: the digit; one without ink gives an empty shape.
        swell: how much broader the pen is than it was, as a share of its width; negative: finer.
    """
    rows = np.flatnonzero((image > 255 * _INK).any(axis=1))
    scale = HEIGHT / (rows[-1] + 1 - rows[0]) if rows.size else 1.0
    size = (round(scale * IMAGE_SIZE),) * 2
    smooth = cv2.resize(image.astype(np.float32) / 255, size, interpolation=cv2.INTER_CUBIC)
    ink = (cv2.GaussianBlur(smooth, (0, 0), _SOFTEN * scale) > _INK).astype(np.uint8)
    if not ink.any():
        return np.full((HEIGHT + 2 * MARGIN, 2 * MARGIN), -1, np.float32)
    ink = _tight(ink)
    inside = cv2.distanceTransform(ink, cv2.DIST_L2, 5)
    width = 4 * float(inside[ink > 0].mean())  # across a straight stroke, the mean distance is a quarter of its width
    field = inside - cv2.distanceTransform(1 - ink, cv2.DIST_L2, 5) + swell * width / 2
    return np.asarray(field / HEIGHT, np.float32)


def _tight(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The ink alone, HEIGHT high, with MARGIN around it."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (max(1, round(ink.shape[1] * HEIGHT / len(ink))), HEIGHT)
    ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    return np.pad(ink, MARGIN)


def _stray(strokes: list[NDArray[np.float64]], generator: np.random.Generator) -> list[NDArray[np.float64]]:
    """Strokes as curves (n, 2), each point a little off, all with the same slant and aspect."""
    slant, aspect = generator.uniform(*_SLANT), generator.uniform(*_ASPECT)
    curves = []
    for stroke in strokes:
        corners = np.flatnonzero((np.diff(stroke, axis=0) == 0).all(axis=1))
        points = stroke + generator.normal(0, _JITTER, stroke.shape)
        points[corners + 1] = points[corners]
        points[:, 0] = aspect * points[:, 0] + slant * (1 - points[:, 1])
        steps = (len(points) - 1) * _STEPS
        curves.append(spline(points, np.linspace(0, len(points) - 1, steps + 1)))
    return curves
