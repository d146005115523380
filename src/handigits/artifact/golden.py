"""Golden examples: a few pictures, and what the model answered when its file was written.

Every file that handigits writes carries them, and every reader asks the model again: a runtime, a processor or a
conversion that answers otherwise is found out before it reads anybody's digits. It takes a millisecond.

Deliberately absent: protection from people. Who changes a model can change its golden examples too.
"""

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.errors import ModelError

__all__ = ["GOLDEN_COUNT", "GOLDEN_KEY", "GOLDEN_TOLERANCE", "Golden", "choose_golden"]

GOLDEN_KEY = "handigits.golden"
"""Under which name a file carries them."""

GOLDEN_COUNT = 10
GOLDEN_TOLERANCE = 1e-3
"""Ten times what a conversion may differ by: other processors and runtimes add up in another order."""

_MAX_TOLERANCE = 0.05  # a file that asks for more does not want to be checked
_PIXELS = 28 * 28


@dataclass(frozen=True, eq=False)
class Golden:
    """Pictures and the answers that belong to them.

    Attributes:
        images: uint8 (N, 28, 28), white ink on black, 1 <= N <= 10.
        probabilities: float32 (N, 10).
        tolerance: by how much an answer may differ in one probability.
    """

    images: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    tolerance: float = GOLDEN_TOLERANCE

    @property
    def tensors(self) -> NDArray[np.float32]:
        """The pictures as a model takes them: float32 (N, 1, 28, 28) in [0, 1]."""
        return self.images[:, np.newaxis].astype(np.float32) / np.float32(255)

    def check(self, answers: NDArray[np.float32]) -> None:
        """Compare with what a model answers to `tensors` now.

        Raises:
            ModelError: it answers otherwise.
        """
        if answers.shape != self.probabilities.shape:
            raise ModelError(f"it answers {answers.shape} to {len(self.images)} pictures; export it again.")
        difference = float(np.abs(answers - self.probabilities).max())
        if not difference <= self.tolerance:  # NaN fails too
            raise ModelError(
                f"here it answers its golden examples otherwise than where it was written: a probability differs by "
                f"{difference:.2g}, and {self.tolerance:g} is allowed. Upgrade onnxruntime, or export the model again."
            )

    def to_json(self) -> str:
        """One line of JSON: `images` is base64 of zlib of N * 784 bytes, row by row."""
        return json.dumps(
            {
                "images": base64.b64encode(zlib.compress(self.images.tobytes(), 9)).decode("ascii"),
                "probabilities": [[float(f"{each:.6g}") for each in row] for row in self.probabilities],
                "tolerance": self.tolerance,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Golden":
        """Read what `to_json` wrote.

        Raises:
            ModelError: it is something else.
        """
        try:
            values = json.loads(text)
            probabilities = np.array(values["probabilities"], np.float32)
            tolerance = values["tolerance"]
            images = np.frombuffer(_unpack(values["images"]), np.uint8).reshape(-1, 28, 28)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError, zlib.error) as err:
            raise ModelError(f"its golden examples are damaged ({type(err).__name__}); export it again.") from err
        is_number = isinstance(tolerance, float) and 0 < tolerance <= _MAX_TOLERANCE
        if not is_number or not len(images) or probabilities.shape != (len(images), 10):
            raise ModelError(
                f"its golden examples are {len(images)} pictures with answers {probabilities.shape} and a tolerance of "
                f"{tolerance!r}; expected (N, 10) and at most {_MAX_TOLERANCE}. Export it again."
            )
        return cls(images, probabilities, tolerance)


def choose_golden(images: NDArray[np.uint8], probabilities: NDArray[np.float32]) -> Golden:
    """Ten of the images with their answers: of each digit the one that the model is least sure of, then the next such.

    A doubtful answer moves with every small fault; a sure one would stay the same under many.

    Args:
        images: uint8 (N, 28, 28), N >= 1; all of them where there are no ten.
        probabilities: float32 (N, 10), what the model answers to them.
    """
    by_doubt = np.argsort(probabilities.max(axis=1), kind="stable")
    _, first = np.unique(probabilities[by_doubt].argmax(axis=1), return_index=True)
    others = np.setdiff1d(np.arange(len(images)), first)
    chosen = by_doubt[np.concatenate([first, others])][:GOLDEN_COUNT]
    return Golden(images[chosen], probabilities[chosen])


def _unpack(text: Any) -> bytes:
    """The bytes of the images; never more than ten images' worth, whatever the text claims."""
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(base64.b64decode(text, validate=True), GOLDEN_COUNT * _PIXELS)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("too many images, or the end is missing")
    return content
