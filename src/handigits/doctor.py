"""What a model sees of a picture, what is the matter with the picture, and what was done about it.

Computes; `report.doctor_strip` draws, and the command line prints. Deliberately absent: another way of reading. The
answer is `Recognizer.read`'s, on the very input that is shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.ink import Finding, Ink, Stage, decode, find_ink
from handigits.ink.normalize import BOX_SIZE
from handigits.recognizer import ModelInput, PolarityChoice, Prediction, Recognizer, Source, prepare

__all__ = ["Diagnosis", "diagnose"]

_OFF_CENTRE = 0.15  # of a side: how far the ink's middle may lie from the picture's
_TINY = 0.2  # of the picture's longer side
_THIN, _THICK = 1.2, 4.5  # pixels of stroke where the ink is 20 pixels long; MNIST's digits lie between
_RUNNERS_UP = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Diagnosis:
    """Everything about one picture.

    Attributes:
        size: width and height of the upright picture in pixels.
        findings: what was found and what was done about it.
        stages: the picture after each step, uint8 (H, W).
        input: what the model saw.
        prediction: what it answered.
        runners_up: the digits that came next, with their probabilities, best first.
    """

    size: tuple[int, int]
    findings: tuple[Finding, ...]
    stages: tuple[Stage, ...]
    input: ModelInput
    prediction: Prediction
    runners_up: tuple[tuple[str, float], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`; of the pictures, the 28x28 that the model saw as rows of 0 to 255."""
        return {
            **self.prediction.to_json(),
            "size": list(self.size),
            "findings": [{"kind": finding.kind, "text": finding.text} for finding in self.findings],
            "stages": [stage.name for stage in self.stages],
            "runners_up": [{"digit": digit, "probability": probability} for digit, probability in self.runners_up],
            "input": np.rint(self.input.image * 255).astype(int).tolist(),
        }


def diagnose(
    source: Source, *, model: Recognizer | None = None, name: str | None = None, polarity: PolarityChoice = "auto"
) -> Diagnosis:
    """Read one picture and keep what happened on the way.

    Args:
        source: a path, the bytes of a file, or the pixels of one picture.
        model: who reads; none: the model that comes with handigits.
        name: what to call the picture.
        polarity: which tone is the ink.

    Raises:
        MissingFileError, PictureError: there is no such file, or it is no picture.
    """
    recognizer = model or Recognizer.load()
    picture = decode(source, name=name)
    ink = find_ink(picture.gray, polarity=polarity, keep_stages=True)
    given = prepare(source, name=name, polarity=polarity)
    (prediction,) = recognizer.read([given])
    height, width = picture.gray.shape
    notes = tuple(Finding("note", note) for note in picture.notes)
    return Diagnosis(
        size=(width, height),
        findings=(*notes, *ink.findings, *_geometry(ink)),
        stages=ink.stages,
        input=given,
        prediction=prediction,
        runners_up=_runners_up(prediction),
    )


def _geometry(ink: Ink) -> Iterator[Finding]:
    """What is remarkable about where the ink lies and how thick it is."""
    if not ink.strength.any():
        return
    height, width = ink.strength.shape
    left, top, right, bottom = _box(ink.strength)
    longer = max(right - left, bottom - top)
    if longer < _TINY * max(height, width):
        yield Finding("tiny", f"the writing takes {longer / max(height, width):.0%} of the picture's length: enlarged")
    middle = np.array([(left + right) / 2 / width, (top + bottom) / 2 / height])
    if np.abs(middle - 0.5).max() > _OFF_CENTRE:
        yield Finding("off-centre", f"its middle lies at {middle[0]:.0%} across, {middle[1]:.0%} down: centred")
    stroke = ink.stroke_width * BOX_SIZE / longer
    if stroke < _THIN:
        yield Finding("thin", f"strokes are {stroke:.1f} pixels wide at a height of {BOX_SIZE}: widened")
    if stroke > _THICK:
        yield Finding("thick", f"strokes are {stroke:.1f} pixels wide at a height of {BOX_SIZE}: thinned")
    sides = {"left": left == 0, "top": top == 0, "right": right == width, "bottom": bottom == height}
    if touched := [side for side, touches in sides.items() if touches]:
        yield Finding("clipped", f"ink touches the {' and '.join(touched)} of the picture: something may be cut off")


def _box(strength: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the ink; right and bottom are the first pixels beyond it."""
    rows, columns = np.flatnonzero(strength.any(1)), np.flatnonzero(strength.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _runners_up(prediction: Prediction) -> tuple[tuple[str, float], ...]:
    """The likeliest digits after the answer; of a picture that was not answered, the likeliest of all."""
    if len(prediction.probabilities) != 1:
        return ()
    (row,) = prediction.probabilities
    ranked = sorted(range(len(row)), key=row.__getitem__, reverse=True)
    first = 0 if prediction.abstained else 1
    return tuple((str(digit), row[digit]) for digit in ranked[first : first + _RUNNERS_UP])
