"""Images of what is no digit, normalised as digits are, to teach a network to refuse: letters, signs, scribbles, noise.

What a network is to refuse must be shown to it; what it then refuses goes far beyond what it was shown. No test of
handigits uses these images.

Reference: D. Hendrycks et al., "Deep Anomaly Detection with Outlier Exposure", 2019.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handigits.data.split import IMAGE_SIZE
from handigits.handwriting.hand import write
from handigits.handwriting.letters import LETTERS, SIGNS
from handigits.handwriting.pen import draw
from handigits.handwriting.styles import strokes_of
from handigits.handwriting.typeset import WRITABLE, draw_typeset
from handigits.ink import normalize

__all__ = ["FAMILIES", "cut", "draw_outliers"]

Ink = NDArray[np.uint8]

_SIZE = 84  # pixels of things that are drawn without a pen; three times the 28 of MNIST
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYabcdefhijkmnprtuvwxy"  # none that is a digit to the eye
_LEAST_WIDTH = 0.4  # of the height of a part: ones are slimmer
_IS_PAPER = 127
_PIECES = 0.7  # share of papers of which one piece is taken
_LEAST_PIECE = 0.03  # of the whole paper
_TRIES = 20
_ASPECTS = (0.4, 1.1)  # of a letter that was squeezed or stretched: its width in heights
_SHARE_OF_HANDS = 0.4  # beside the shares of `FAMILIES`, which are 1.25 together
_MIRRORED = (2, 3, 4, 5, 7)  # no digits in a mirror; turned by a quarter, no digits either


def draw_outliers(
    count: int, seed: int, *, digits: NDArray[np.uint8], labels: NDArray[np.int64], hands: Sequence[Path] = ()
) -> NDArray[np.uint8]:
    """Draw images of what is no digit.

    Args:
        count: how many.
        seed: decides everything.
        digits: real digits, uint8 (N, 28, 28), N >= 1, of which some outliers are made: two in one, turned, in part.
        labels: int64 (N,), what they are.
        hands: typefaces made of handwriting, whose letters are one more family where there are some.

    Returns:
        uint8 (count, 28, 28).
    """
    generator = np.random.default_rng(seed)
    families = [*FAMILIES.values(), *([(_of_hands(hands), _SHARE_OF_HANDS)] if hands else [])]
    shares = np.array([share for _, share in families])
    chosen = generator.choice(len(families), count, p=shares / shares.sum())
    images = np.zeros((count, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for image, family in zip(images, chosen, strict=True):
        make, _ = families[family]
        image[:] = np.rint(normalize(make(generator, digits, labels)) * 255)
    return images


def _from_table(table: Mapping[str, str]) -> Callable[[Generator, Ink, NDArray[np.int64]], Ink]:
    parsed = [strokes_of(strokes) for strokes in table.values()]

    def make(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
        return draw(write(parsed[generator.integers(len(parsed))], generator), generator)

    return make


def _printed(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """A letter of one of OpenCV's fonts, slanted and stretched."""
    letter = _LETTERS[generator.integers(len(_LETTERS))]
    paper = np.zeros((140, 180), np.uint8)
    pen = int(generator.integers(2, 14))
    cv2.putText(paper, letter, (45, 100), _FONTS[generator.integers(len(_FONTS))], 3, 255, pen, cv2.LINE_AA)
    lean, stretch = generator.uniform(-0.3, 0.3), generator.uniform(0.7, 1.3)
    move = np.array([[stretch, lean, 90 - 90 * stretch - 70 * lean], [0, 1, 0]], np.float32)
    return np.asarray(cv2.warpAffine(paper, move, (180, 140)), np.uint8)


def _typeset(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """A letter or a sign of a typeface."""
    return draw_typeset(generator)


def _of_hands(hands: Sequence[Path]) -> Callable[[Generator, Ink, NDArray[np.int64]], Ink]:
    """A letter or a sign of a typeface made of handwriting."""

    def make(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
        return draw_typeset(generator, WRITABLE, hands)

    return make


def _stretched(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """A letter that was made to fit a box, or squeezed back into the shape of a digit."""
    make = _LETTERS_OF_PENS if generator.random() < 0.5 else _typeset
    letter = cut(make(generator, digits, labels))
    width = max(1, round(letter.shape[0] * generator.uniform(*_ASPECTS)))
    method = cv2.INTER_AREA if width < letter.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(letter, (width, letter.shape[0]), interpolation=method), np.uint8)


def _paper(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """The paper around and inside a letter or a digit that was cut out without a margin, taken for ink: all or a piece.

    No piece is slim and upright, as a 1 is.
    """
    is_letter = generator.random() < 0.5
    ink = _LETTERS_OF_PENS(generator, digits, labels) if is_letter else digits[generator.integers(len(digits))]
    paper = 255 - cut(ink)
    count, pieces = cv2.connectedComponents((paper > _IS_PAPER).astype(np.uint8))
    for _ in range(_TRIES if generator.random() < _PIECES and count > 1 else 0):
        piece = cut(np.where(pieces == generator.integers(1, count), paper, np.uint8(0)))
        if piece.shape[1] >= _LEAST_WIDTH * piece.shape[0] and piece.size >= _LEAST_PIECE * paper.size:
            return piece
    return paper


def _scribble(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """A curve through random points, in one to four strokes."""
    strokes = [generator.uniform(0, 1, (generator.integers(4, 14), 2)) for _ in range(generator.integers(1, 5))]
    return draw(write(strokes, generator), generator)


def _page(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """Several letters, or several digits, in a row or in rows."""
    parsed = [strokes_of(strokes) for strokes in LETTERS.values()]
    rows, columns = generator.integers(1, 4), generator.integers(2, 6)
    of_digits = generator.random() < 0.5

    def sign() -> Ink:
        if of_digits:
            return cut(digits[generator.integers(len(digits))])
        return draw(write(parsed[generator.integers(len(parsed))], generator), generator)

    return np.vstack([np.hstack([_in_cell(sign()) for _ in range(columns)]) for _ in range(rows)])


def _several_digits(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """Two or three digits side by side, apart or touching."""
    count = 2 if generator.random() < 0.7 else 3
    gap = int(generator.integers(-3, 6))
    parts = [cut(digits[generator.integers(len(digits))]) for _ in range(count)]
    height = 28
    paper = np.zeros((height, sum(part.shape[1] + max(gap, 0) for part in parts) + 4), np.uint8)
    left = 0
    for part in parts:
        top = int(generator.integers(0, height - part.shape[0] + 1))
        place = paper[top : top + part.shape[0], left : left + part.shape[1]]
        np.maximum(place, part, out=place)
        left += max(1, part.shape[1] + gap)
    return paper


def _part(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """What lies on one side of a cut through a letter or a digit: not where little but an upright stroke is left."""
    parsed = [strokes_of(strokes) for strokes in LETTERS.values()]
    for _ in range(_TRIES):
        if generator.random() < 0.5:
            whole = cut(draw(write(parsed[generator.integers(len(parsed))], generator), generator))
        else:
            whole = cut(digits[generator.integers(len(digits))])
        height, width = whole.shape
        edge = (
            width * generator.uniform(0.35, 0.65) + np.linspace(-1, 1, height) * generator.uniform(-0.15, 0.15) * width
        )
        is_left = np.arange(width) < edge[:, np.newaxis]
        part = cut(np.where(is_left if generator.random() < 0.5 else ~is_left, whole, np.uint8(0)))
        if part.shape[1] >= _LEAST_WIDTH * part.shape[0]:
            return part
    return whole[:1, :1]


def _turned(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """A digit turned by a quarter, or in a mirror, where that leaves no digit."""
    candidates = np.flatnonzero(np.isin(labels, _MIRRORED))
    image = digits[candidates[generator.integers(len(candidates))]] if len(candidates) else digits[0]
    if generator.random() < 0.5:
        return np.ascontiguousarray(np.rot90(image, int(generator.choice([1, 3]))))
    return np.ascontiguousarray(image[:, ::-1])


def _overlaid(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """Two different digits written over each other."""
    first = generator.integers(len(digits))
    others = np.flatnonzero(labels != labels[first])
    second = others[generator.integers(len(others))] if len(others) else first
    shift = np.roll(digits[second], generator.integers(-4, 5, 2), axis=(0, 1))
    return np.asarray(np.maximum(digits[first], shift), np.uint8)


def _blob(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """A filled outline with a texture, as a photo of a thing leaves it."""
    corners = generator.integers(4, 12)
    angles = np.sort(generator.uniform(0, 2 * np.pi, corners))
    radii = generator.uniform(0.3, 1, corners) * _SIZE / 2
    x = _SIZE / 2 + radii * np.cos(angles) * generator.uniform(0.4, 1)
    y = _SIZE / 2 + radii * np.sin(angles)
    if generator.random() < 0.5:  # the two sides alike, as most things are
        x, y = np.concatenate([x, _SIZE - x[::-1]]), np.concatenate([y, y[::-1]])
    paper = np.zeros((_SIZE, _SIZE), np.uint8)
    cv2.fillPoly(paper, [np.stack([x, y], 1).astype(np.int32)], 255)
    tones = cv2.resize(generator.uniform(0.2, 1, (generator.integers(1, 9),) * 2).astype(np.float32), (_SIZE, _SIZE))
    return np.asarray(paper * np.clip(tones, 0, 1), np.uint8)


def _noise(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """Grain, coarse or fine, dense or sparse."""
    cells = int(generator.integers(4, 29))
    grain = generator.random((cells, cells)).astype(np.float32)
    share = generator.uniform(0.05, 0.7)
    tones = np.where(grain < share, generator.uniform(0.4, 1, grain.shape), 0) if generator.random() < 0.7 else grain
    method = cv2.INTER_NEAREST if generator.random() < 0.5 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(tones.astype(np.float32), (_SIZE, _SIZE), interpolation=method) * 255, np.uint8)


def _lines(generator: Generator, digits: Ink, labels: NDArray[np.int64]) -> Ink:
    """Straight lines or dots; one upright line alone would be a 1."""
    paper = np.zeros((_SIZE, _SIZE), np.uint8)
    pen = int(generator.integers(2, 12))
    if generator.random() < 0.3:
        for x, y in generator.integers(10, _SIZE - 10, (generator.integers(2, 7), 2)).tolist():
            cv2.circle(paper, (x, y), pen, 255, -1, cv2.LINE_AA)
        return paper
    if generator.random() < 0.3:
        cv2.line(paper, (4, 40), (_SIZE - 4, 40 + int(generator.integers(-14, 15))), 255, pen, cv2.LINE_AA)
        return paper
    for x0, y0, x1, y1 in generator.integers(2, _SIZE - 2, (generator.integers(3, 7), 4)).tolist():
        cv2.line(paper, (x0, y0), (x1, y1), 255, pen, cv2.LINE_AA)
    return paper


_LETTERS_OF_PENS = _from_table(LETTERS)

FAMILIES: dict[str, tuple[Callable[[Generator, Ink, NDArray[np.int64]], Ink], float]] = {
    "letters": (_LETTERS_OF_PENS, 0.40),
    "printed letters": (_printed, 0.06),
    "typeset letters": (_typeset, 0.10),
    "stretched letters": (_stretched, 0.10),
    "paper around letters": (_paper, 0.04),
    "signs": (_from_table(SIGNS), 0.10),
    "scribbles": (_scribble, 0.06),
    "pages": (_page, 0.06),
    "parts": (_part, 0.03),
    "several digits": (_several_digits, 0.06),
    "turned digits": (_turned, 0.05),
    "overlaid digits": (_overlaid, 0.04),
    "blobs": (_blob, 0.06),
    "noise": (_noise, 0.05),
    "lines": (_lines, 0.04),
}
"""What there is to refuse, how it is drawn, and its share."""


def cut(image: Ink) -> Ink:
    """The ink of an image (28, 28) without the paper around it."""
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else image[:1, :1]


def _in_cell(ink: Ink) -> Ink:
    """A letter or a digit in a cell of 40 x 48 pixels."""
    scale = min(36 / ink.shape[1], 40 / ink.shape[0])
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    small = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.uint8)
    cell = np.zeros((48, 40), np.uint8)
    top, left = 44 - small.shape[0], (40 - small.shape[1]) // 2
    cell[top : top + small.shape[0], left : left + small.shape[1]] = small
    return cell
