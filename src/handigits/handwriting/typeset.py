"""Letters and signs as they are printed, in the typefaces that matplotlib brings along, slanted and stretched."""

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["PRINTABLE", "draw_typeset"]

PRINTABLE = "ABCDEFGHJKLMNPQRTUVWXYabcdefhijkmnprtuvwxy&%#@$?+=*~"
"""What is no digit to the eye, in any typeface: without g and q, I, l and O, S and Z."""

_TYPEFACES = (
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
_PAPER = 180  # pixels a side


def draw_typeset(generator: Generator) -> NDArray[np.uint8]:
    """One of `PRINTABLE`, white on black: uint8 (180, 180).

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
    """
    from PIL import Image, ImageDraw

    paper = Image.new("L", (_PAPER, _PAPER))
    sign = PRINTABLE[generator.integers(len(PRINTABLE))]
    typeface = _typeface(_TYPEFACES[generator.integers(len(_TYPEFACES))])
    ImageDraw.Draw(paper).text((_PAPER / 2, _PAPER / 2), sign, fill=255, font=typeface, anchor="mm")
    lean, stretch = generator.uniform(-0.3, 0.3), generator.uniform(0.7, 1.3)
    move = np.array([[stretch, lean, (1 - stretch - lean) * _PAPER / 2], [0, 1, 0]], np.float32)
    return np.asarray(cv2.warpAffine(np.asarray(paper), move, (_PAPER, _PAPER)), np.uint8)


@cache
def _typeface(name: str) -> Any:
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", _SIZE)
