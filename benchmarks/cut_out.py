"""MNIST's test digits as other datasets hold theirs: cut out without a margin, as pictures of three sizes.

    python -m benchmarks.cut_out [--count 1000] [--model MODEL]

In their own shape, with the longer side touching two edges, as USPS has them; and stretched to a square in black and
white, as Semeion has them, where a 1 becomes a band from corner to corner, or a block. What is refused counts as
wrong. Results go to `benchmarks/results/cut_out.json`, unless another number or another model is asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import cv2
import numpy as np
import tyro
from numpy.typing import NDArray

from benchmarks.machine import describe_machine
from benchmarks.reading import read, table
from benchmarks.results import write_results
from handigits import Recognizer
from handigits.data import Split, load_dataset

__all__ = ["NAME", "SHAPES", "main", "measure", "report"]

NAME = "cut_out"
_SIZES = (16, 32, 64)  # pixels a side

_COUNT = 1_000


@dataclass(frozen=True)
class Settings:
    """How much to read, and with what."""

    count: int = _COUNT
    """Test digits, from the first on."""
    model: str | None = None
    """A run or an artefact; none: the model that comes with handigits."""


def main() -> None:
    """Read all of them."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    machine = describe_machine()
    test = load_dataset("mnist").test
    assert test is not None  # MNIST has both
    digits = test.subset(np.arange(settings.count))
    results = {
        "cut_out": measure(Recognizer.load(settings.model), digits),
        "machine": machine,
        "date": str(date.today()),
        "command": f"python -m benchmarks.{NAME}",
    }
    if settings == Settings():
        write_results(NAME, results)
    print(report(results))


def in_own_shape(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A digit as long as the picture, in its middle: uint8 (size, size)."""
    ink = _tight(image)
    scale = size / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    picture = np.zeros((size, size), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    picture[top : top + height, left : left + width] = _resized(ink, width, height)
    return picture


def stretched(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A digit that fills the picture, in black and white: uint8 (size, size)."""
    return np.where(_resized(_tight(image), size, size) > 127, 255, 0).astype(np.uint8)


SHAPES: dict[str, Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]] = {
    "in its own shape": in_own_shape,
    "stretched": stretched,
}


def _tight(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = np.flatnonzero((image > 100).any(1)), np.flatnonzero((image > 100).any(0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _resized(ink: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    smooth = cv2.resize(ink, (4 * width, 4 * height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def measure(recognizer: Recognizer, digits: Split) -> dict[str, dict[str, float]]:
    """For each shape and size how many digits there are, and the shares that are read right and refused."""
    found = {}
    for shape, cut in SHAPES.items():
        for size in _SIZES:
            pictures = [cut(image, size) for image in digits.images]
            found[f"{size} x {size}, {shape}"] = read(recognizer, pictures, [str(label) for label in digits.labels])
    return found


def report(results: dict[str, Any]) -> str:
    """A table for the README."""
    return table("cut out", results["cut_out"], results)


if __name__ == "__main__":
    main()
