"""Digits that other people wrote, eight pixels high: the 1,797 of the UCI set that scikit-learn holds, enlarged.

    python -m benchmarks.optdigits [--model MODEL]

Nothing has learnt from them. The first half was looked at while the reading of small pictures was worked on; the
second, which is measured, has decided nothing. Each is as high as its picture. What is refused counts as wrong. Results
go to `benchmarks/results/optdigits.json`, unless another model is named than that which comes with handigits.

Reference: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import cv2
import numpy as np
import tyro
from sklearn.datasets import load_digits

from benchmarks.machine import describe_machine
from benchmarks.reading import read, table
from benchmarks.results import write_results
from handigits import Recognizer

__all__ = ["NAME", "main", "measure", "report"]

NAME = "optdigits"
_SIZES = (16, 32, 64)  # pixels a side
_WAYS = {"smoothly": cv2.INTER_CUBIC, "pixel by pixel": cv2.INTER_NEAREST}
_STRONGEST = 16  # of the values of a pixel
_DECIDED_NOTHING = slice(900, None)


@dataclass(frozen=True)
class Settings:
    """What to read them with."""

    model: str | None = None
    """A run or an artefact; none: the model that comes with handigits."""


def main() -> None:
    """Read the second half."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    machine = describe_machine()
    results = {
        "optdigits": measure(Recognizer.load(settings.model)),
        "machine": machine,
        "date": str(date.today()),
        "command": f"python -m benchmarks.{NAME}",
    }
    if settings.model is None:
        write_results(NAME, results)
    print(report(results))


def measure(recognizer: Recognizer, chosen: slice = _DECIDED_NOTHING) -> dict[str, dict[str, float]]:
    """For each way of enlarging and each size what `read` finds in the chosen digits."""
    found = load_digits()
    digits = [str(digit) for digit in found.target[chosen]]
    small = np.asarray(found.images[chosen] * (255 / _STRONGEST), np.float32)
    return {
        f"{size} x {size}, {way}": read(
            recognizer,
            [
                np.clip(np.rint(cv2.resize(image, (size, size), interpolation=method)), 0, 255).astype(np.uint8)
                for image in small
            ],
            digits,
        )
        for way, method in _WAYS.items()
        for size in _SIZES
    }


def report(results: dict[str, Any]) -> str:
    """A table for the README."""
    return table("enlarged to", results["optdigits"], results)


if __name__ == "__main__":
    main()
