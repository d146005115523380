"""Digits of other hands: handwritten typefaces, as pictures of four sizes.

    python -m benchmarks.hands [--model MODEL]

No model has learnt from them. The gate has, from four in five (see `gate`); what it refuses counts as wrong. Results go
to `benchmarks/results/hands.json`, unless another model is named than that which comes with handigits.
"""

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.machine import describe_machine
from benchmarks.reading import read, table
from benchmarks.results import write_results
from benchmarks.typefaces import every_typeface
from handigits import Recognizer

__all__ = ["NAME", "main", "measure", "report"]

NAME = "hands"
_SIZES = (16, 28, 64, 200)  # pixels a side
_EM = 0.7  # of the side


@dataclass(frozen=True)
class Settings:
    """What to read them with."""

    model: str | None = None
    """A run or an artefact; none: the model that comes with handigits."""


def main() -> None:
    """Read all of them."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    machine = describe_machine()
    results = {
        "hands": measure(Recognizer.load(settings.model), every_typeface()),
        "machine": machine,
        "date": str(date.today()),
        "command": f"python -m benchmarks.{NAME}",
    }
    if settings.model is None:
        write_results(NAME, results)
    print(report(results))


def measure(recognizer: Recognizer, hands: Sequence[Path]) -> dict[str, dict[str, float]]:
    """For each size how many digits there are, and the shares of them that are read right and refused."""
    found = {}
    for size in _SIZES:
        pictures, digits = zip(*_pictures(hands, size), strict=True)
        found[f"{size} x {size}"] = read(recognizer, pictures, digits)
    return found


def _pictures(hands: Sequence[Path], size: int) -> Iterator[tuple[NDArray[np.uint8], str]]:
    for hand in hands:
        typeface = ImageFont.truetype(hand, round(_EM * size))
        for digit in string.digits:
            paper = Image.new("L", (size, size), 255)
            ImageDraw.Draw(paper).text((size / 2, size / 2), digit, fill=0, font=typeface, anchor="mm")
            yield np.asarray(paper), digit


def report(results: dict[str, Any]) -> str:
    """A table for the README."""
    return table("pictures of", results["hands"], results)


if __name__ == "__main__":
    main()
