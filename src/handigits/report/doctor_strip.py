"""A diagnosis as one picture: each stage side by side, and last what the model saw."""

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from handigits.doctor import Diagnosis

__all__ = ["doctor_strip"]

_TILE = 224  # pixels: 28 times 8
_MARGIN, _CAPTION = 12, 28
_PAPER, _TEXT, _LINE = (255, 255, 255), (32, 32, 36), (200, 200, 204)


def doctor_strip(diagnosis: "Diagnosis") -> Image.Image:
    """Draw the stages of a diagnosis in a row, each with its name below; last the 28x28 the model saw of each digit."""
    tiles = [(stage.name, _fit(stage.image)) for stage in diagnosis.stages]
    if len(diagnosis.read) > 1:
        tiles += [(f"{each.digit}, {each.probability:.1%} sure", _enlarged(each.image)) for each in diagnosis.read]
    else:
        answer = diagnosis.prediction.digits or "no answer"
        tiles.append((f"the model's 28x28: {answer}", _enlarged(diagnosis.image)))
    width = _MARGIN + len(tiles) * (_TILE + _MARGIN)
    strip = Image.new("RGB", (width, _TILE + 2 * _MARGIN + _CAPTION), _PAPER)
    draw, font = ImageDraw.Draw(strip), ImageFont.load_default(15)
    for number, (name, tile) in enumerate(tiles):
        left = _MARGIN + number * (_TILE + _MARGIN)
        strip.paste(Image.fromarray(tile), (left, _MARGIN))
        draw.rectangle((left - 1, _MARGIN - 1, left + _TILE, _MARGIN + _TILE), outline=_LINE)
        draw.text((left + _TILE / 2, _MARGIN + _TILE + 6), name, fill=_TEXT, font=font, anchor="ma")
    return strip


def _enlarged(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A 28x28 in [0, 1] as large as a tile, pixel by pixel."""
    pixels = np.rint(image * 255).astype(np.uint8)
    return np.asarray(cv2.resize(pixels, (_TILE, _TILE), interpolation=cv2.INTER_NEAREST), np.uint8)


def _fit(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale (H, W) into a square tile, its aspect kept, on gray."""
    scale = _TILE / max(image.shape)
    height, width = (max(1, round(side * scale)) for side in image.shape)
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
    tile = np.full((_TILE, _TILE), 236, np.uint8)
    top, left = (_TILE - height) // 2, (_TILE - width) // 2
    tile[top : top + height, left : left + width] = small
    return tile
