"""What digits are written on, and the light that falls on it.

Pages are float32 (H, W, 3), red, green and blue from 0 to 1. Nothing here may be used in training.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["PAPERS", "Paper", "cloud", "light", "make_page"]


@dataclass(frozen=True)
class Paper:
    """A kind of page.

    Attributes:
        name: what to call it.
        share: of the pages, so many are of this kind.
        darkest, lightest: red, green and blue of the page lie between these.
        grain: standard deviation of its texture.
        ruling: `none`, `lines` or `squares`.
        is_board: takes chalk instead of ink.
    """

    name: str
    share: float
    darkest: tuple[float, float, float]
    lightest: tuple[float, float, float]
    grain: float = 0.01
    ruling: str = "none"
    is_board: bool = False


PAPERS = (
    Paper("plain", 0.35, (0.82, 0.82, 0.80), (0.98, 0.98, 0.97)),
    Paper("ruled", 0.15, (0.86, 0.86, 0.84), (0.98, 0.98, 0.98), ruling="lines"),
    Paper("squared", 0.2, (0.86, 0.86, 0.84), (0.98, 0.98, 0.98), ruling="squares"),
    Paper("coloured", 0.1, (0.75, 0.68, 0.40), (0.96, 0.90, 0.75)),
    Paper("cardboard", 0.08, (0.60, 0.48, 0.34), (0.76, 0.64, 0.50), grain=0.03),
    Paper("board", 0.12, (0.06, 0.10, 0.08), (0.20, 0.28, 0.24), grain=0.02, is_board=True),
)

_TINT = 0.012  # standard deviation of each colour of a page
_BLOTCHES = 30  # unevenly dark places along the longer side of a page
_LINE_STEP = (0.9, 1.8)  # from ruled line to ruled line, in heights of a digit
_SQUARE_STEP = (0.4, 0.9)
_LINE_WIDTH = 0.02  # in heights of a digit, and at least one pixel
_LINE_TONES = ((0.55, 0.68, 0.88), (0.70, 0.74, 0.78), (0.84, 0.66, 0.66))
_LIGHT_GRID = 128  # light is worked out on so many places across and down
_SLOPE = 0.25  # the most that the light changes from one end of the picture to the other, up or down
_SHADOW_SHARE = 0.35  # of the pictures
_SHADOW = (0.45, 0.85)  # light that is left in a shadow
_OFFSET = 0.35  # the farthest that its edge is from the middle, against the size of the picture
_BEND = 0.6  # the most that the edge is bent: so many times the square of the way along it
_SOFTNESS = (0.01, 0.12)  # width of the edge, against the size of the picture


def make_page(
    paper: Paper, size: tuple[int, int], digit_height: float, generator: np.random.Generator
) -> NDArray[np.float32]:
    """An empty page of `size` (height, width); its ruling fits digits of that height, in pixels."""
    low, high = np.array(paper.darkest), np.array(paper.lightest)
    tone = low + generator.random() * (high - low) + generator.normal(0, _TINT, 3)
    page = np.broadcast_to(tone.astype(np.float32), (*size, 3)).copy()
    if paper.ruling != "none":
        _rule(page, paper.ruling, digit_height, generator)
    fine = generator.standard_normal(size, np.float32)
    coarse = cloud(size, max(size) // _BLOTCHES, generator)
    texture = paper.grain * (cv2.GaussianBlur(fine, (0, 0), 0.8) + coarse / 2)
    return np.asarray(page + texture[:, :, None], np.float32)


def light(size: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
    """How much light reaches each place, float32 (height, width): more at one end, and here and there a shadow."""
    y, x = np.mgrid[-0.5 : 0.5 : _LIGHT_GRID * 1j, -0.5 : 0.5 : _LIGHT_GRID * 1j]
    angle = generator.uniform(0, 2 * np.pi)
    falling = 1 + generator.uniform(0, 2 * _SLOPE) * (x * np.cos(angle) + y * np.sin(angle))
    if generator.random() < _SHADOW_SHARE:
        falling *= _shadow(x, y, generator)
    return np.asarray(cv2.resize(falling.astype(np.float32), size[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def cloud(size: tuple[int, int], grain: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise with standard deviation of about 1, `grain` pixels from hill to hill; float32 of `size`."""
    coarse = generator.standard_normal((size[0] // grain + 2, size[1] // grain + 2), np.float32)
    return np.asarray(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _rule(page: NDArray[np.float32], ruling: str, digit_height: float, generator: np.random.Generator) -> None:
    step = digit_height * generator.uniform(*(_LINE_STEP if ruling == "lines" else _SQUARE_STEP))
    width = max(1, round(_LINE_WIDTH * digit_height))
    tone = _LINE_TONES[generator.integers(len(_LINE_TONES))]
    starts = [range(page.shape[0]), range(page.shape[1])] if ruling == "squares" else [range(page.shape[0])]
    for axis, places in enumerate(starts):
        lines = np.arange(generator.uniform(0, step), len(places), step).astype(int)
        for line in lines:
            page[(slice(None),) * axis + (slice(line, line + width),)] = tone


def _shadow(x: NDArray[np.float64], y: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """A hand's or a telephone's: everything beyond a slightly bent line, with a soft edge."""
    angle, offset = generator.uniform(0, 2 * np.pi), generator.uniform(-_OFFSET, _OFFSET)
    bend, softness = generator.uniform(-_BEND, _BEND), generator.uniform(*_SOFTNESS)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    inside = 1 / (1 + np.exp(-np.clip((along + bend * across**2 - offset) / softness, -50, 50)))
    return np.asarray(1 - (1 - generator.uniform(*_SHADOW)) * inside)
