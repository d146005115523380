"""What a model sees of a picture, what is the matter with the picture, and what was done about it.

Computes; `report.doctor_strip` draws, and the command line prints. Deliberately absent: another way of reading. The
answer is `Recognizer.read`'s, on the very input that is shown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.ink import Finding, Ink, Stage, decode, find_ink
from handigits.ink.marks import find_marks
from handigits.ink.normalize import BOX_SIZE
from handigits.model_input import prepare_picture
from handigits.recognizer import Box, ModelInput, PolarityChoice, Prediction, Reading, Recognizer, Source

__all__ = ["Diagnosis", "ReadDigit", "diagnose"]

_OFF_CENTRE = 0.15  # of a side: how far the ink's middle may lie from the picture's
_TINY = 0.2  # of the picture's longer side
_THIN, _THICK = 1.2, 4.5  # pixels of stroke where the ink is 20 pixels long; MNIST's digits lie between
_RUNNERS_UP = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadDigit:
    """One digit of the answer.

    Attributes:
        digit: what it was read as.
        probability: how sure the model is of that, in [0, 1].
        box: x, y, width and height in pixels of the upright picture.
        image: what the model saw of it: float32 (28, 28) in [0, 1], white ink on black.
        runners_up: the digits that came next, with their probabilities, best first.
    """

    digit: str
    probability: float
    box: Box
    image: NDArray[np.float32]
    runners_up: tuple[tuple[str, float], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "digit": self.digit,
            "probability": self.probability,
            "box": list(self.box),
            "runners_up": _named(self.runners_up),
            "input": _rows(self.image),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Diagnosis:
    """Everything about one picture.

    Attributes:
        size: width and height of the upright picture in pixels.
        findings: what was found and what was done about it.
        stages: the picture after each step, uint8 (H, W); as it came, where the model was given it pixel by pixel. The
            last is the ink that was read: of a picture that was turned or changed, after that.
        input: the picture as it was made ready for the model: turned or changed, if it was read so.
        prediction: what it answered.
        read: the digits of the answer, one by one; none when it abstained.
        runners_up: of one digit or none: the digits that came next, with their probabilities, best first.
    """

    size: tuple[int, int]
    findings: tuple[Finding, ...]
    stages: tuple[Stage, ...]
    input: ModelInput
    prediction: Prediction
    read: tuple[ReadDigit, ...]
    runners_up: tuple[tuple[str, float], ...]

    @property
    def image(self) -> NDArray[np.float32]:
        """What the model saw of the only digit, or of several or none as a whole: float32 (28, 28) in [0, 1]."""
        return self.read[0].image if len(self.read) == 1 else self.input.image

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`; of the pictures, the 28x28 that the model saw as rows of 0 to 255."""
        return {
            **self.prediction.to_json(),
            "size": list(self.size),
            "findings": [{"kind": finding.kind, "text": finding.text} for finding in self.findings],
            "stages": [stage.name for stage in self.stages],
            "read": [digit.to_json() for digit in self.read],
            "runners_up": _named(self.runners_up),
            "input": _rows(self.image),
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
    given = prepare_picture(picture, name=name or picture.name, polarity=polarity, ink=ink)
    (reading,) = recognizer.read([given])
    prediction = reading.prediction
    height, width = picture.gray.shape
    notes = tuple(Finding("note", note) for note in reading.given.notes)
    is_untouched = given.layout is None and bool(given.image.any())  # framed as MNIST's are: the ink was not looked for
    remarks: Iterable[Finding] = ()
    if reading.given is not given:
        remarks = _of_the_picture(ink)  # the rest was found in what was read in vain
    elif reading.is_filtered:
        remarks = _filtered(ink)
    elif not is_untouched:
        remarks = (*ink.findings, *_geometry(ink, prediction), *_left_out(ink, prediction))
    stages = (Stage("picture", picture.gray),) if is_untouched else ink.stages
    return Diagnosis(
        size=(width, height),
        findings=(*notes, *remarks),
        stages=(*stages, reading.given.stage) if reading.given.stage else stages,
        input=reading.given,
        prediction=prediction,
        read=tuple(_digits(reading)),
        runners_up=_runners_up(prediction),
    )


def _digits(reading: Reading) -> Iterator[ReadDigit]:
    """The digits of the answer, each with the image that the model saw of it."""
    answered = zip(reading.digits, reading.boxes, reading.probabilities, reading.images, strict=False)
    for digit, box, row, image in answered:  # none, where it abstained
        ranked = _ranked(row)
        yield ReadDigit(
            digit=digit,
            probability=ranked[0][1],
            box=box,
            image=image,
            runners_up=ranked[1 : 1 + _RUNNERS_UP],
        )


def _of_the_picture(ink: Ink) -> Iterator[Finding]:
    """What was found before any ink was."""
    yield from (finding for finding in ink.findings if finding.kind in ("enlarged", "inverted"))


def _filtered(ink: Ink) -> Iterator[Finding]:
    """What is said of a picture that was read in another way than by the ink that was found in it."""
    yield from _of_the_picture(ink)
    yield Finding("filtered", "what was found of its ink is less like a digit than the picture seen through a filter")


def _left_out(ink: Ink, prediction: Prediction) -> Iterator[Finding]:
    """The marks that the answer makes nothing of: they lie outside the boxes of its digits."""
    if prediction.abstained:
        return
    marks = find_marks(ink.strength)
    owned = np.zeros(ink.strength.shape, np.bool_)
    for x, y, width, height in prediction.boxes:
        left, top, right, bottom = (round(side * ink.scale) for side in (x, y, x + width, y + height))
        owned[top:bottom, left:right] = True
    inside = np.bincount(marks.labels[owned], minlength=len(marks.areas))
    if count := int((2 * inside < marks.areas)[1:].sum()):
        yield Finding("left-out", f"marks that are no digits, such as signs or dots: {count} left out")


def _geometry(ink: Ink, prediction: Prediction) -> Iterator[Finding]:
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
    digits = [max(width, height) * ink.scale for _, _, width, height in prediction.boxes]
    stroke = ink.stroke_width * BOX_SIZE / (float(np.median(digits)) if digits else longer)
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
    ranked = _ranked(prediction.probabilities[0])
    first = 0 if prediction.abstained else 1
    return ranked[first : first + _RUNNERS_UP]


def _ranked(row: Sequence[float]) -> tuple[tuple[str, float], ...]:
    """All digits with their probabilities, the likeliest first."""
    return tuple((str(digit), row[digit]) for digit in sorted(range(len(row)), key=row.__getitem__, reverse=True))


def _named(ranked: tuple[tuple[str, float], ...]) -> list[dict[str, Any]]:
    return [{"digit": digit, "probability": probability} for digit, probability in ranked]


def _rows(image: NDArray[np.float32]) -> list[list[int]]:
    """An image in [0, 1] as rows of 0 to 255."""
    rows: list[list[int]] = np.rint(image * 255).astype(int).tolist()
    return rows
