"""Reads one digit or rows of them with a trained model: onnxruntime only, no torch.

Deliberately absent: gathering of folders, globs and tables (see `predictions`), and anything printed.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast, final, overload

import numpy as np
from numpy.typing import NDArray

from handigits.abstention import required_certainty
from handigits.artifact import ArtifactMetadata
from handigits.artifact.reading import INPUT, OUTPUT
from handigits.data.split import CLASSES, IMAGE_SIZE
from handigits.errors import DataError, ModelError
from handigits.gate import Gate
from handigits.ink import PolarityChoice, decode, find_ink
from handigits.ink.normalize import native_input
from handigits.ink.segment import Layout, find_layout
from handigits.network import open_model
from handigits.reading import Scores, read_layout

__all__ = [
    "BATCH_SIZE",
    "Box",
    "Expect",
    "ModelInput",
    "PolarityChoice",
    "Prediction",
    "Recognizer",
    "Source",
    "Sources",
    "prepare",
    "shipped_model",
]

Box = tuple[int, int, int, int]
Expect = Literal["any", "one"]
Source = str | Path | bytes | NDArray[Any]
Sources = Source | list[Any] | tuple[Any, ...]  # of Source; a list of paths is no list of Source to a type checker

_SHIPPED_MODEL = Path(__file__).parent / "pretrained" / "model.onnx"

# Larger batches are no faster (30 microseconds an image at 64, 37 at 256, two cores) and take memory: 0.4 MB an image.
BATCH_SIZE = 64

# Of the range from black to white. A page without ink has the grain of its paper; every digit of MNIST has over 0.99.
_MIN_CONTRAST = 0.2
_NO_INK = "no ink: the picture is blank"
_NO_DIGIT = "not a digit"
_NO_DIGITS = "not a digit, nor several: what is written here looks like something else"
_CLEAR = 0.97  # the least certainty about a part of a mark that was cut
_MANY = 3  # digits of a row from which on their neighbours are evidence for each of them
_SIGN = 0.97  # novelty from which on a mark among many digits is a sign between them, not a digit
_MOST_NOVEL = 0.9999  # what the gate is surer of than that weighs no more

_DIGITS = ("mnist", "mnist-5k", "qmnist", "emnist-digits")  # the data whose classes are digits as the gate knows them


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What was read in one picture.

    Attributes:
        file: name of the picture.
        digits: what it says, such as "7" or "2026", row after row without anything between; empty when abstained.
        boxes: (x, y, width, height) in pixels of the upright picture, one for each digit in the order of `digits`.
        probability: that `digits` is right, in [0, 1], if its digits were found rightly: the product of theirs; None
            when abstained.
        probabilities: ten for each digit, in the order of the classes; when abstained, one row all the same: what the
            model would have said.
        abstained: nothing is claimed about this picture.
        reason: why it abstained; empty when it did not.
    """

    file: str
    digits: str
    boxes: tuple[Box, ...]
    probability: float | None
    probabilities: tuple[tuple[float, ...], ...]
    abstained: bool = False
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The same fields as plain values for `json.dumps`."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelInput:
    """A picture as the model will see it.

    Attributes:
        name: of the picture.
        image: all of its ink as one digit: float32 (28, 28) in [0, 1], white ink on black.
        box: where that ink lies in the picture.
        layout: how else it may be read, as several digits; None where it is one digit by definition.
        is_digit: it is a digit by definition, such as a row of a table; the gate is not asked.
        is_small: no larger than MNIST's own: several digits only if it cannot be one.
        notes: what was decided about the picture and is worth telling.
    """

    name: str
    image: NDArray[np.float32]
    box: Box = (0, 0, IMAGE_SIZE, IMAGE_SIZE)
    layout: Layout | None = None
    is_digit: bool = False
    is_small: bool = False
    notes: tuple[str, ...] = ()


def prepare(source: Source, *, name: str | None = None, polarity: PolarityChoice = "auto") -> ModelInput:
    """Make a picture ready for the model. One that is framed as MNIST's are is one digit; others may hold several.

    Args:
        source: a path, the bytes of a file, or the pixels of one picture, as `ink.decode` takes them.
        name: what to call it; the path, "bytes" or "array" if not given.
        polarity: which of the two tones is the ink.

    Raises:
        MissingFileError, PictureError: there is no such file, or it is no picture.
    """
    picture = decode(source, name=name)
    name = name or (str(source) if isinstance(source, str | Path) else picture.name)
    height, width = picture.gray.shape
    native = native_input(picture.gray, polarity=polarity)
    if native is not None:
        return ModelInput(name=name, image=native, notes=picture.notes)
    layout = find_layout(find_ink(picture.gray, polarity=polarity))
    if layout is None:
        blank = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
        return ModelInput(name=name, image=blank, box=(0, 0, width, height), notes=picture.notes)
    whole = layout.whole
    return ModelInput(
        name=name,
        image=whole.image,
        box=whole.box,
        layout=layout,
        is_small=max(height, width) <= IMAGE_SIZE,
        notes=picture.notes,
    )


@final
class Recognizer:
    """A loaded model. Holds no state between calls, so threads may share one.

    Attributes:
        metadata: what the model says about itself.
        gate: what keeps out pictures that are no digit; None where nobody knows what the model's classes look like.

    Example:
        >>> recognizer = Recognizer.load()  # doctest: +SKIP
        >>> recognizer.predict("seven.png").digits  # doctest: +SKIP
        '7'
    """

    def __init__(self, session: Any, metadata: ArtifactMetadata, gate: Gate | None = None) -> None:
        """Use `Recognizer.load`."""
        self._session = session
        self.gate = gate
        self.metadata = metadata

    @classmethod
    def load(cls, model: str | Path | None = None, *, threads: int | None = None) -> "Recognizer":
        """Load a model and make sure that it may be used.

        Before a model of MNIST or its kin stands the gate, which keeps out what is no digit. What other data hold,
        nobody knows here: their models answer whatever they are shown.

        Args:
            model: a run directory, an artefact, what `handigits export` wrote in another format, a Keras model made of
                layers that are known here, or None for the model that comes with handigits.
            threads: how many cores one call may use; None for all.

        Raises:
            MissingFileError: there is no such file, or no model in the directory.
            ModelError: the file is no model, damaged, unsafe or too new, or answers otherwise than where it was made.
            MissingExtraError: a package that reads this format is not installed.
        """
        session, metadata = open_model(shipped_model() if model is None else model, threads=threads)
        gate = Gate.load(threads=threads) if metadata.data in _DIGITS else None
        return cls(session, metadata, gate)

    def probabilities(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """The probability of each digit for each image; memory stays flat however many images there are.

        Args:
            images: white ink on black, (N, 28, 28) or (N, 1, 28, 28): uint8 in 0..255 or float in [0, 1].

        Returns:
            float32 (N, 10); each row sums to 1.

        Raises:
            DataError: another shape, type or range.
        """
        _check_kind(images)
        batches = [self._run(images[start : start + BATCH_SIZE]) for start in range(0, len(images), BATCH_SIZE)]
        return np.concatenate([np.empty((0, CLASSES), np.float32), *batches])

    @overload
    def predict(
        self,
        source: Source,
        *,
        polarity: PolarityChoice = "auto",
        expect: Expect = "any",
        abstain: float | None = None,
    ) -> Prediction: ...
    @overload
    def predict(
        self,
        source: list[Any] | tuple[Any, ...],
        *,
        polarity: PolarityChoice = "auto",
        expect: Expect = "any",
        abstain: float | None = None,
    ) -> list[Prediction]: ...
    def predict(
        self,
        source: Sources,
        *,
        polarity: PolarityChoice = "auto",
        expect: Expect = "any",
        abstain: float | None = None,
    ) -> Prediction | list[Prediction]:
        """Read one picture, or a list of pictures.

        Args:
            source: a path, the bytes of a file, or an array (H, W) or (H, W, 3 or 4), each one picture; or a list.
            polarity: which of the two tones is the ink.
            expect: `one` claims nothing about a picture with several digits.
            abstain: the share of digits that may be answered wrongly, such as 0.001; what is not sure enough for that
                is left unanswered. None answers all. It holds on average, for digits like those of the training.

        Raises:
            MissingFileError, PictureError: there is no such file, or it is no picture. `predictions.predict` goes on
                with the rest instead.
            ConfigError: `abstain` is no share, or smaller than this model can vouch for.
            ModelError: `abstain` is given and nothing was held out from this model's training.
        """
        sources = source if isinstance(source, list | tuple) else [source]
        inputs = [prepare(each, polarity=polarity) for each in sources]
        predictions = self.read(inputs, expect=expect, abstain=abstain)
        return predictions if isinstance(source, list | tuple) else predictions[0]

    def read(
        self, inputs: Sequence[ModelInput], *, expect: Expect = "any", abstain: float | None = None
    ) -> list[Prediction]:
        """Read what `prepare` made ready, in the same order; every candidate of every picture in one go."""
        certainty = 0.0 if abstain is None else self._certainty(abstain)
        if not inputs:
            return []
        images = [_images(given) for given in inputs]
        together = np.concatenate(images)
        limits = np.cumsum([len(each) for each in images])[:-1]
        answers = np.split(self.probabilities(together), limits)
        novelty = np.split(self._novelty(together), limits)
        demands = _Demands(self.gate.facts.threshold if self.gate else 1.0, certainty, expect)
        return [_judge(*each, demands) for each in zip(inputs, answers, novelty, strict=True)]

    def _certainty(self, rate: float) -> float:
        """How sure of a digit this model must be, so that no more than this share is answered wrongly."""
        if not self.metadata.held_out:
            raise ModelError(
                "No digits were held out from this model's training, so nobody knows how sure it must be for a rate of "
                "wrong answers. Train one with --validation 5000, or leave the rate out."
            )
        return required_certainty(rate, mistakes=self.metadata.mistakes, count=self.metadata.held_out)

    def _novelty(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.gate.novelty(images) if self.gate else np.zeros(len(images), np.float32)

    def _run(self, images: NDArray[Any]) -> NDArray[np.float32]:
        batch = images.reshape(-1, 1, IMAGE_SIZE, IMAGE_SIZE).astype(np.float32)
        if images.dtype == np.uint8:
            batch /= 255
        elif not (batch.min() >= 0 and batch.max() <= 1):  # NaN fails too
            raise DataError(
                f"Images hold values from {batch.min():g} to {batch.max():g}; expected 0 to 1. "
                "Divide them by 255, or pass uint8."
            )
        return cast(NDArray[np.float32], self._session.run([OUTPUT], {INPUT: batch})[0])


def _images(given: ModelInput) -> NDArray[np.float32]:
    """The image of each candidate, of which the first is the whole: float32 (N, 28, 28)."""
    if given.layout is None:
        return given.image[np.newaxis]
    return np.stack([candidate.image for candidate in given.layout.candidates])


@dataclass(frozen=True)
class _Demands:
    """What must be fulfilled before anything is claimed.

    Attributes:
        novelty: from here on an image is no digit.
        certainty: the probability of each digit must exceed this.
        expect: whether several digits may be answered.
    """

    novelty: float
    certainty: float
    expect: Expect


def _judge(
    given: ModelInput, answers: NDArray[np.float32], novelty: NDArray[np.float32], demands: _Demands
) -> Prediction:
    """What may be said of one picture, given what was said of each of its N images.

    Args:
        given: the picture; its first image is the whole of it.
        answers: (N, 10), the model's probabilities.
        novelty: (N,), the gate's.
        demands: what must be fulfilled.
    """
    whole = (tuple(answers[0].tolist()),)
    if np.ptp(given.image) < _MIN_CONTRAST:
        return _abstain(given.name, whole, _NO_INK)
    numbers, boxes = [0], [given.box]
    if given.layout is not None and not (given.is_small and novelty[0] < demands.novelty):
        numbers = read_layout(given.layout, Scores(answers, np.log1p(-np.minimum(novelty, _MOST_NOVEL))))
        boxes = [given.layout.candidates[number].box for number in numbers]
    if not given.is_digit:
        strange = [bool(novelty[number] >= demands.novelty) for number in numbers]
        if 2 * sum(strange) > len(numbers) or _is_letter_in_parts(given, numbers, answers, novelty, demands.novelty):
            return _abstain(given.name, whole, _NO_DIGIT if len(numbers) == 1 else _NO_DIGITS)
        if len(numbers) >= _MANY and given.layout is not None:
            cuts = [given.layout.candidates[number].cut for number in numbers]
            strange = [bool(novelty[number] >= _SIGN) and not cut for number, cut in zip(numbers, cuts, strict=True)]
        boxes = [box for box, is_strange in zip(boxes, strange, strict=True) if not is_strange]
        numbers = [number for number, is_strange in zip(numbers, strange, strict=True) if not is_strange]
    if demands.expect == "one" and len(numbers) > 1:
        return _abstain(given.name, whole, f"{len(numbers)} digits where one was asked")
    rows = answers[numbers]
    digits = "".join(str(digit) for digit in rows.argmax(1))
    if rows.max(1).min() <= demands.certainty:
        return _abstain(given.name, whole, f"not sure enough: {digits} at {rows.max(1).min():.1%}")
    return Prediction(
        file=given.name,
        digits=digits,
        boxes=tuple(boxes),
        probability=math.prod(rows.max(1).tolist()),
        probabilities=tuple(tuple(row) for row in rows.tolist()),
    )


def _is_letter_in_parts(
    given: ModelInput,
    numbers: list[int],
    answers: NDArray[np.float32],
    novelty: NDArray[np.float32],
    threshold: float,
) -> bool:
    """Whether a mark was cut that is no digit in one piece, and its parts are no clear digits either.

    Among many digits the half of such parts may be unclear: letters come apart in two or three.
    """
    if given.layout is None:
        return False
    parts = [number for number in numbers if given.layout.candidates[number].cut > 0]
    unclear = sum(novelty[number] >= threshold / 4 or answers[number].max() < _CLEAR for number in parts)
    return bool(2 * unclear > len(parts) if len(numbers) >= _MANY else unclear)


def _abstain(name: str, probabilities: tuple[tuple[float, ...], ...], reason: str) -> Prediction:
    return Prediction(
        file=name,
        digits="",
        boxes=(),
        probability=None,
        probabilities=probabilities,
        abstained=True,
        reason=reason,
    )


def _check_kind(images: NDArray[Any]) -> None:
    square = (IMAGE_SIZE, IMAGE_SIZE)
    has_shape = images.ndim in (3, 4) and images.shape[1:] in (square, (1, *square))
    if not has_shape or not (images.dtype == np.uint8 or np.issubdtype(images.dtype, np.floating)):
        raise DataError(
            f"Images are {images.dtype} {images.shape}; expected uint8 in 0..255 or float32 in [0, 1], "
            "of shape (N, 28, 28) or (N, 1, 28, 28)."
        )


def shipped_model() -> Path:
    """The file of the model that comes with handigits.

    Raises:
        ModelError: this installation has none.
    """
    if not _SHIPPED_MODEL.is_file():
        raise ModelError(
            "This installation has no model of its own. Train one with `handigits train` and name it with --model, or "
            "reinstall handigits."
        )
    return _SHIPPED_MODEL
