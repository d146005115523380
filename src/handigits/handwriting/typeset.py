"""Letters and signs of typefaces, slanted and stretched: as they are printed, or of a typeface made of handwriting."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["PRINTABLE", "WRITABLE", "draw_typeset"]

PRINTABLE = "ABCDEFGHJKLMNPQRTUVWXYabcdefhijkmnprtuvwxy&%#@$?+=*~"
"""What is no digit to the eye, in any typeface: without g and q, I, l and O, S and Z."""

WRITABLE = PRINTABLE + "gq"
"""The same where g and q are written by hand, which most often gives them a tail that no 9 has."""

_PRINTED = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "cmr10",
    "cmss10",
    "cmtt10",
)
_SIZE = 96  # pixels of an em
_PAPER = 240  # pixels a side
_BOLDEST = 5  # pixels by which each edge of a handwritten stroke is moved outwards, at most: most of them are hairlines


def draw_typeset(generator: Generator, signs: str = PRINTABLE, hands: Sequence[Path] = ()) -> NDArray[np.uint8]:
    """One sign, white on black: uint8 (240, 240).

    Args:
        generator: the only source of randomness.
        signs: what to choose from.
        hands: typefaces made of handwriting, as files that FreeType reads; without them, those that matplotlib brings.

    Raises:
        ModuleNotFoundError: there are no `hands`, and matplotlib is not installed.
    """
    from PIL import Image, ImageDraw

    typefaces = hands or _printed()
    paper = Image.new("L", (_PAPER, _PAPER))
    sign = signs[generator.integers(len(signs))]
    typeface = _typeface(typefaces[int(generator.integers(len(typefaces)))])
    bold = int(generator.integers(_BOLDEST + 1)) if hands else 0
    middle = (_PAPER / 2, _PAPER / 2)
    ImageDraw.Draw(paper).text(middle, sign, fill=255, font=typeface, anchor="mm", stroke_width=bold)
    lean, stretch = generator.uniform(-0.3, 0.3), generator.uniform(0.7, 1.3)
    move = np.array([[stretch, lean, (1 - stretch - lean) * _PAPER / 2], [0, 1, 0]], np.float32)
    return np.asarray(cv2.warpAffine(np.asarray(paper), move, (_PAPER, _PAPER)), np.uint8)


def _printed() -> list[Path]:
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return [folder / f"{name}.ttf" for name in _PRINTED]


@cache
def _typeface(path: Path) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(path, _SIZE)
