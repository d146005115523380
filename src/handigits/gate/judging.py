"""Is it a digit at all? A small network of its own that stands before every model and judges pictures, not answers.

The certainty of a digit model says nothing here: it was never shown anything but digits, and is sure of a chicken. The
gate was shown both, real, drawn and typeset (see `handwriting.outliers`), and so works for models that users train as
well. Deliberately absent: its training (see `training`), and torch.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, final

import numpy as np
from numpy.typing import NDArray

from handigits.artifact.reading import named, open_unchecked, read_content
from handigits.errors import ModelError

__all__ = ["GATE_INPUT", "GATE_KEY", "GATE_OUTPUT", "SHIPPED_GATE", "Gate", "GateFacts"]

GATE_INPUT, GATE_OUTPUT, GATE_KEY = "images", "novelty", "handigits.gate"

SHIPPED_GATE = Path(__file__).parents[1] / "pretrained" / "gate.onnx"
"""The gate that comes with handigits."""

_BATCH = 16  # images asked about at once: two columns take memory


@dataclass(frozen=True, kw_only=True)
class GateFacts:
    """What the file of a gate says about itself.

    Attributes:
        threshold: novelty from which on a picture is refused, in [0, 1].
        refused: share of real digits, held out from training, that this threshold refuses.
        data: what the digits were.
        seed: of the training.
    """

    threshold: float
    refused: float
    data: str
    seed: int

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))


@final
class Gate:
    """A loaded gate; holds no state between calls.

    Attributes:
        facts: what its file says.
    """

    def __init__(self, session: Any, facts: GateFacts) -> None:
        """Use `Gate.load`."""
        self._session = session
        self.facts = facts

    @classmethod
    def load(cls, path: Path | None = None, *, threads: int | None = None) -> "Gate":
        """Load a gate.

        Args:
            path: its file; None for the one that comes with handigits.
            threads: how many cores one call may use; None for all.

        Raises:
            MissingFileError: there is no such file.
            ModelError: it is no gate, or this installation has none: without it, whatever is shown would be a digit.
        """
        if path is None and not SHIPPED_GATE.is_file():
            raise ModelError(
                "This installation has no gate (pretrained/gate.onnx), which refuses what is no digit. Reinstall "
                "handigits; in a checkout, make one with `python -m benchmarks.gate`."
            )
        file = path or SHIPPED_GATE
        with named(file):
            session, entries = open_unchecked(read_content(file), threads=threads)
            try:
                return cls(session, GateFacts(**json.loads(entries[GATE_KEY])))
            except (KeyError, TypeError, ValueError) as err:
                raise ModelError("this is not a gate; make one with `python -m benchmarks.gate`.") from err

    def novelty(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """How unlike a digit each image is.

        Args:
            images: float32 (N, 28, 28) in [0, 1], white ink on black.

        Returns:
            float32 (N,) in [0, 1]; `facts.threshold` and above is no digit.
        """
        batches = [images[start : start + _BATCH, np.newaxis] for start in range(0, len(images), _BATCH)]
        answers = [self._session.run([GATE_OUTPUT], {GATE_INPUT: batch})[0] for batch in batches]
        return cast(NDArray[np.float32], np.concatenate([np.empty(0, np.float32), *answers]))
