"""Reads digits with a trained model: onnxruntime only, no torch.

Deliberately absent: gathering of folders, globs and tables (see `predictions`), and anything printed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, final, overload

import numpy as np
from numpy.typing import NDArray

from handigits.artifact import ArtifactMetadata
from handigits.artifact.reading import INPUT, OUTPUT
from handigits.data.split import CLASSES, IMAGE_SIZE
from handigits.errors import DataError, ModelError
from handigits.ink.decode import decode
from handigits.ink.normalize import to_input
from handigits.ink.polarity import PolarityChoice
from handigits.network import open_model

__all__ = [
    "BATCH_SIZE",
    "Box",
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
Source = str | Path | bytes | NDArray[Any]
Sources = Source | list[Any] | tuple[Any, ...]  # of Source; a list of paths is no list of Source to a type checker

_SHIPPED_MODEL = Path(__file__).parent / "pretrained" / "model.onnx"

# Larger batches are no faster (30 microseconds an image at 64, 37 at 256, two cores) and take memory: 0.4 MB an image.
BATCH_SIZE = 64

# Of the range from black to white. A page without ink has the grain of its paper; every digit of MNIST has over 0.99.
_MIN_CONTRAST = 0.2
_NO_INK = "no ink: the picture is blank"


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What was read in one picture.

    Attributes:
        file: name of the picture.
        digits: what it says, such as "7"; empty when abstained.
        boxes: (x, y, width, height) in pixels of the upright picture, one for each digit.
        probability: that `digits` is right, in [0, 1]; None when abstained.
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
    """One digit as the model will see it.

    Attributes:
        name: of the picture it comes from.
        image: float32 (28, 28) in [0, 1], white ink on black.
        box: where it lies in that picture.
        notes: what was decided about the picture and is worth telling.
    """

    name: str
    image: NDArray[np.float32]
    box: Box = (0, 0, IMAGE_SIZE, IMAGE_SIZE)
    notes: tuple[str, ...] = ()


def prepare(source: Source, *, name: str | None = None, polarity: PolarityChoice = "auto") -> ModelInput:
    """Make a picture ready for the model; the whole of it is taken for one digit.

    Args:
        source: a path, the bytes of a file, or the pixels of one picture, as `ink.decode` takes them.
        name: what to call it; the path, "bytes" or "array" if not given.
        polarity: which of the two tones is the ink.

    Raises:
        MissingFileError, PictureError: there is no such file, or it is no picture.
    """
    picture = decode(source, name=name)
    height, width = picture.gray.shape
    image = to_input(picture.gray, polarity=polarity)
    name = name or (str(source) if isinstance(source, str | Path) else picture.name)
    return ModelInput(name=name, image=image, box=(0, 0, width, height), notes=picture.notes)


@final
class Recognizer:
    """A loaded model. Holds no state between calls, so threads may share one.

    Example:
        >>> recognizer = Recognizer.load()  # doctest: +SKIP
        >>> recognizer.predict("seven.png").digits  # doctest: +SKIP
        '7'
    """

    def __init__(self, session: Any, metadata: ArtifactMetadata) -> None:
        """Use `Recognizer.load`."""
        self._session = session
        self.metadata = metadata

    @classmethod
    def load(cls, model: str | Path | None = None, *, threads: int | None = None) -> "Recognizer":
        """Load a model and make sure that it may be used.

        Args:
            model: a run directory, an artefact, what `handigits export` wrote in another format, a Keras model made of
                layers that are known here, or None for the model that comes with handigits.
            threads: how many cores one call may use; None for all.

        Raises:
            MissingFileError: there is no such file, or no model in the directory.
            ModelError: the file is no model, damaged, unsafe or too new, or answers otherwise than where it was made.
            MissingExtraError: a package that reads this format is not installed.
        """
        return cls(*open_model(shipped_model() if model is None else model, threads=threads))

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
    def predict(self, source: Source, *, polarity: PolarityChoice = "auto") -> Prediction: ...
    @overload
    def predict(
        self, source: list[Any] | tuple[Any, ...], *, polarity: PolarityChoice = "auto"
    ) -> list[Prediction]: ...
    def predict(self, source: Sources, *, polarity: PolarityChoice = "auto") -> Prediction | list[Prediction]:
        """Read one picture, or a list of pictures.

        Args:
            source: a path, the bytes of a file, or an array (H, W) or (H, W, 3 or 4), each one picture; or a list.
            polarity: which of the two tones is the ink.

        Raises:
            MissingFileError, PictureError: there is no such file, or it is no picture. `predictions.predict` goes on
                with the rest instead.
        """
        if isinstance(source, list | tuple):
            return self.read([prepare(each, polarity=polarity) for each in source])
        return self.read([prepare(source, polarity=polarity)])[0]

    def read(self, inputs: Sequence[ModelInput]) -> list[Prediction]:
        """Read what `prepare` made ready, in the same order."""
        if not inputs:
            return []
        images = np.stack([each.image for each in inputs])
        contrasts = np.ptp(images, axis=(1, 2)).tolist()
        rows = self.probabilities(images).tolist()
        return [_judge(*each) for each in zip(inputs, contrasts, rows, strict=True)]

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


def _judge(given: ModelInput, contrast: float, answer: list[float]) -> Prediction:
    """What may be said of one image, given its contrast and the ten probabilities that the model answered."""
    row = tuple(answer)
    if contrast < _MIN_CONTRAST:
        return Prediction(
            file=given.name,
            digits="",
            boxes=(),
            probability=None,
            probabilities=(row,),
            abstained=True,
            reason=_NO_INK,
        )
    probability = max(row)
    digit = str(row.index(probability))
    return Prediction(file=given.name, digits=digit, boxes=(given.box,), probability=probability, probabilities=(row,))


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
