"""Photographs and scans of written digits, made up: digits from `hands`, pens from here, `paper`, light and `camera`.

Not for training: they are there to be read by what was trained on other things. One row of digits, upright to within a
few degrees; digits do not touch, and letters, sums and crossings-out do not occur.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES, Split
from handigits.stress.camera import photograph, tilt
from handigits.stress.hands import HEIGHT, MARGIN, draw_strokes, enlarge
from handigits.stress.paper import PAPERS, cloud, light, make_page

__all__ = ["Photo", "make_photo", "make_photos"]


@dataclass(frozen=True)
class Pen:
    """What digits are written with.

    Attributes:
        name: what to call it.
        radius: in heights of a digit, from and to.
        swell: how much broader than MNIST's pens, from and to.
        tones: red, green and blue of its inks.
        opacity: how much of the paper the ink hides, from and to.
        grain: share of the ink that rough paper takes away here and there.
    """

    name: str
    radius: tuple[float, float]
    swell: tuple[float, float]
    tones: tuple[tuple[float, float, float], ...]
    opacity: tuple[float, float]
    grain: float


@dataclass(frozen=True)
class Photo:
    """A picture with what it says.

    Attributes:
        content: a JPEG file.
        digits: the truth, such as "2026".
        hand: `MNIST` or `strokes`: whose digits they are.
        pen, paper: their names.
        view: `camera`, or `scanner`: straight and evenly lit.
    """

    content: bytes
    digits: str
    hand: str
    pen: str
    paper: str
    view: str


_BLACK, _BLUE, _RED, _GREEN = (0.08, 0.08, 0.10), (0.10, 0.16, 0.50), (0.70, 0.10, 0.12), (0.05, 0.35, 0.18)

PENS = (
    Pen("ball pen", (0.012, 0.026), (-0.3, -0.1), (_BLUE, _BLUE, _BLACK, _RED), (0.7, 0.95), 0.15),
    Pen("pencil", (0.012, 0.03), (-0.3, -0.1), ((0.25, 0.25, 0.27),), (0.55, 0.85), 0.35),
    Pen("felt pen", (0.028, 0.05), (-0.2, 0.1), (_BLACK, _BLUE, _RED, _GREEN), (0.85, 1.0), 0.05),
    Pen("marker", (0.055, 0.085), (0.0, 0.2), (_BLACK, _BLACK, _BLUE, _RED), (0.9, 1.0), 0.05),
)
CHALK = Pen("chalk", (0.028, 0.05), (-0.1, 0.1), ((0.94, 0.94, 0.92), (0.94, 0.90, 0.60)), (0.75, 0.95), 0.4)

_LONG_SIDE = (320, 1280)  # pixels
_PER_DIGIT = 80  # pixels of the longer side, at least
_ASPECTS = (3 / 4, 1.0, 4 / 3, 4 / 3, 16 / 9)  # width to height
_SINGLE_HEIGHT = (0.25, 0.75)  # of a lone digit, against the shorter side
_STRING_WIDTH = (0.4, 0.8)  # of a row of digits, against the width of the picture
_GAP = (0.1, 0.6)  # between digits, in heights of a digit
_REACH = 0.2  # the most by which a digit is taller or lower than its neighbours, in heights of a digit
_ROW = 1 + 3 * _REACH  # height of the row: the tallest digit, and up and down from the line
_GAP_JITTER, _HEIGHT_JITTER, _BASE_JITTER = 0.06, 0.08, 0.05  # standard deviations, in heights of a digit
_MARGIN = 0.1  # of the longer side, kept free of ink all around, so that a tilted page still shows all of it
_SCAN_SHARE, _DESK_SHARE = 0.2, 0.2  # of the pictures: scanned; with the desk in view beside the paper
_DESK = (0.02, 0.06)  # how much of it, against the longer side
_BLEED = 0.12  # the page reaches beyond the picture by this share of its longer side
_DESKS = ((0.20, 0.14, 0.10), (0.45, 0.32, 0.20), (0.12, 0.12, 0.13))
_PRESSURE, _PRESSURE_STEP = 0.1, 40  # standard deviation of the ink along a stroke, and pixels from more to less


def make_photos(split: Split, lengths: tuple[int, int], count: int, *, seed: int = 0) -> Iterator[Photo]:
    """`count` photographs, one after another.

    Args:
        split: where digits of MNIST's kind come from; half of the pictures hold such ones.
        lengths: of the rows, from and to, both included.
        count: how many.
        seed: the same seed makes the same pictures.
    """
    for index in range(count):
        generator = np.random.default_rng([seed, *lengths, index])
        yield make_photo(split, int(generator.integers(lengths[0], lengths[1] + 1)), generator)


def make_photo(split: Split, length: int, generator: np.random.Generator) -> Photo:
    """One photograph of `length` digits in a row, by one hand with one pen."""
    paper = PAPERS[generator.choice(len(PAPERS), p=[each.share for each in PAPERS])]
    pen = CHALK if paper.is_board else PENS[generator.integers(len(PENS))]
    hand = ("MNIST", "strokes")[generator.integers(2)]
    digits, shapes = _write(split, hand, pen, length, generator)
    is_scan = not paper.is_board and bool(generator.random() < _SCAN_SHARE)
    size = _choose_size(length, generator)
    bleed = 0 if is_scan else round(_BLEED * max(size))
    height, places = _lay_out(shapes, size, generator)
    page_size = (size[0] + 2 * bleed, size[1] + 2 * bleed)
    page = make_page(paper, page_size, height, generator)
    coverage = np.zeros(page_size, np.float32)
    for shape, (x, y, tall) in zip(shapes, places, strict=True):
        _put(coverage, shape, x + bleed, y + bleed, tall)
    _ink(page, coverage, pen, generator)
    if not is_scan:
        if not paper.is_board and generator.random() < _DESK_SHARE:
            _uncover_desk(page, bleed, generator)
        page = _view(page, bleed, generator)
    return Photo(photograph(page, generator), digits, hand, pen.name, paper.name, "scanner" if is_scan else "camera")


def _write(
    split: Split, hand: str, pen: Pen, length: int, generator: np.random.Generator
) -> tuple[str, list[NDArray[np.float32]]]:
    """Which digits, and the shape of each."""
    if hand == "MNIST":
        chosen = generator.integers(0, len(split), length)
        swell = generator.uniform(*pen.swell)
        return "".join(map(str, split.labels[chosen])), [enlarge(split.images[each], swell) for each in chosen]
    digits = generator.integers(0, CLASSES, length)
    radius = generator.uniform(*pen.radius)
    return "".join(map(str, digits)), [draw_strokes(int(digit), radius, generator) for digit in digits]


def _choose_size(length: int, generator: np.random.Generator) -> tuple[int, int]:
    """(height, width); small pictures are as common as large ones."""
    shortest, longest = _LONG_SIDE
    shortest = max(shortest, _PER_DIGIT * length)
    long_side = np.exp(generator.uniform(np.log(shortest), np.log(longest)))
    aspect = _ASPECTS[generator.integers(len(_ASPECTS))]
    return round(long_side / max(1, aspect)), round(long_side * min(1, aspect))


def _lay_out(
    shapes: list[NDArray[np.float32]], size: tuple[int, int], generator: np.random.Generator
) -> tuple[float, list[tuple[float, float, float]]]:
    """The usual height of a digit, and for each its left and upper edge and its own height; all in pixels."""
    height, width = size
    count = len(shapes)
    talls = np.clip(generator.normal(1, _HEIGHT_JITTER, count), 1 - _REACH, 1 + _REACH)
    widths = talls * [(shape.shape[1] - 2 * MARGIN) / HEIGHT for shape in shapes]
    gaps = np.maximum(_GAP[0] / 2, generator.uniform(*_GAP) + generator.normal(0, _GAP_JITTER, count))
    lefts = np.concatenate([[0.0], np.cumsum(widths + gaps)[:-1]])
    total = lefts[-1] + widths[-1]
    if count == 1:
        tall = generator.uniform(*_SINGLE_HEIGHT) * min(size)
    else:
        tall = generator.uniform(*_STRING_WIDTH) * width / total
    bases = np.clip(generator.normal(0, _BASE_JITTER, count), -_REACH, _REACH)
    margin = _MARGIN * max(size)
    tall = min(tall, (width - 2 * margin) / total, (height - 2 * margin) / _ROW)
    left = margin + generator.random() * (width - 2 * margin - tall * total)
    top = margin + generator.random() * (height - 2 * margin - tall * _ROW)
    base = top + tall * (_ROW - _REACH)
    return tall, [
        (left + tall * x, base + tall * (low - own), tall * own)
        for x, low, own in zip(lefts, bases, talls, strict=True)
    ]


def _put(coverage: NDArray[np.float32], shape: NDArray[np.float32], x: float, y: float, tall: float) -> None:
    """Draw a shape, `tall` pixels high, so that the ink's upper left corner lies at (x, y); clipped at the edges."""
    scale = tall / HEIGHT
    size = (max(1, round(shape.shape[1] * scale)), max(1, round(shape.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    ink = np.clip(cv2.resize(shape, size, interpolation=method) * tall + 0.5, 0, 1)
    left, top = round(x - MARGIN * scale), round(y - MARGIN * scale)
    first_row, first_column = max(0, top), max(0, left)
    target = coverage[first_row : max(0, top + size[1]), first_column : max(0, left + size[0])]
    visible = ink[first_row - top :, first_column - left :][: target.shape[0], : target.shape[1]]
    np.maximum(target, visible, out=target)


def _ink(page: NDArray[np.float32], coverage: NDArray[np.float32], pen: Pen, generator: np.random.Generator) -> None:
    """Lay ink on the page, more or less of it as the pen was pressed and the paper is rough."""
    left, top, width, height = cv2.boundingRect((coverage > 0).astype(np.uint8))
    written = (slice(top, top + height), slice(left, left + width))
    size = (height, width)
    rough = np.abs(cv2.GaussianBlur(generator.standard_normal(size, np.float32), (0, 0), 0.7))
    flow = generator.uniform(*pen.opacity) * (1 - 2 * pen.grain * rough) + _PRESSURE * cloud(
        size, _PRESSURE_STEP, generator
    )
    amount = (coverage[written] * np.clip(flow, 0.2, 1))[:, :, None]
    tone = np.array(pen.tones[generator.integers(len(pen.tones))], np.float32)
    page[written] += amount * (tone - page[written])


def _uncover_desk(page: NDArray[np.float32], bleed: int, generator: np.random.Generator) -> None:
    """Let the page end at one side within the picture."""
    depth = bleed + round(generator.uniform(*_DESK) * max(page.shape))
    side = int(generator.integers(4))
    edge = slice(0, depth) if side % 2 else slice(-depth, None)
    page[(slice(None),) * (side // 2) + (edge,)] = _DESKS[generator.integers(len(_DESKS))]


def _view(page: NDArray[np.float32], bleed: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """The part of a tilted and unevenly lit page that the camera sees."""
    height, width = page.shape[:2]
    seen = tilt(page, generator) * light((height, width), generator)[:, :, None]
    return seen[bleed : height - bleed, bleed : width - bleed]
