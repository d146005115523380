"""Draw the pictures that the Gradio app offers to try: nobody wrote them, so nobody has to be asked.

    python -m benchmarks.examples

They go to `src/handigits/serve/examples`, each named after what it shows.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import handigits
from handigits.handwriting.hand import write
from handigits.handwriting.letters import LETTERS
from handigits.handwriting.pen import HEIGHT, draw
from handigits.handwriting.styles import STYLES, strokes_of

__all__ = ["draw_page", "main"]

Colour = tuple[int, int, int]  # blue, green, red; 0 to 255

_MARGIN = HEIGHT // 2
_GAP = HEIGHT // 4
_GRAIN = 4.0  # of the paper: standard deviation, of 255

_WHITE, _INK, _CREAM, _BLUE, _BOARD, _CHALK = (
    (250, 250, 250), (40, 32, 30), (205, 228, 240), (120, 50, 25), (62, 76, 48), (228, 240, 240),
)  # fmt: skip
_PAGES: dict[str, tuple[int, Sequence[str], Colour, Colour]] = {
    "7": (1, [STYLES[7]["crossed"]], _INK, _WHITE),
    "5": (2, [STYLES[5]["one stroke"]], _CHALK, _BOARD),
    "2026": (3, [STYLES[2]["looped"], STYLES[0]["ring"], STYLES[2]["round"], STYLES[6]["bow"]], _BLUE, _CREAM),
    "letter": (4, [LETTERS["R"]], _INK, _CREAM),
}


def draw_page(styles: Sequence[str], *, ink: Colour, paper: Colour, seed: int) -> NDArray[np.uint8]:
    """What was written in a row on a page: uint8 (H, W, 3)."""
    generator = np.random.default_rng(seed)
    marks = [draw(write(strokes_of(style), generator), generator) for style in styles]
    height = max(mark.shape[0] for mark in marks) + 2 * _MARGIN
    coverage = np.zeros((height, sum(mark.shape[1] + _GAP for mark in marks) - _GAP + 2 * _MARGIN), np.float64)
    left = _MARGIN
    for mark in marks:
        top = (height - mark.shape[0]) // 2
        coverage[top : top + mark.shape[0], left : left + mark.shape[1]] = mark / 255
        left += mark.shape[1] + _GAP
    share = cv2.GaussianBlur(coverage, (0, 0), 1.0)[..., np.newaxis]
    page = (
        np.array(paper) * (1 - share) + np.array(ink) * share + generator.normal(0, _GRAIN, coverage.shape)[..., None]
    )
    return np.rint(np.clip(page, 0, 255)).astype(np.uint8)


def main() -> None:
    """Draw and write all of them."""
    folder = Path(handigits.__file__).parent / "serve" / "examples"
    folder.mkdir(exist_ok=True)
    for name, (seed, styles, ink, paper) in _PAGES.items():
        page = draw_page(styles, ink=ink, paper=paper, seed=seed)
        cv2.imwrite(str(folder / f"{name}.jpg"), page, [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
