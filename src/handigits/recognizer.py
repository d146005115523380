"""Reads one digit or rows of them with a trained model: onnxruntime only, no torch.

What goes in and what comes out have files of their own, `model_input` and `judgement`; their names are found here too.
Deliberately absent: gathering of folders, globs and tables (see `predictions`), and anything printed.
"""

from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, cast, final, overload

import numpy as np
from numpy.typing import NDArray

from handigits.abstention import required_certainty
from handigits.artifact import ArtifactMetadata
from handigits.artifact.reading import INPUT, OUTPUT
from handigits.data.split import CLASSES, IMAGE_SIZE
from handigits.errors import DataError, ModelError
from handigits.gate import Gate
from handigits.ink import PolarityChoice
from handigits.judgement import Demands, Expect, Prediction, Reading, is_settled, judge
from handigits.model_input import Box, ModelInput, Source, Sources, prepare
from handigits.network import open_model
from handigits.second_look import is_crowded, makes_no_sense, may_lie, more_than, of_all_changes, of_all_sides

__all__ = [
    "BATCH_SIZE",
    "Box",
    "Expect",
    "ModelInput",
    "PolarityChoice",
    "Prediction",
    "Reading",
    "Recognizer",
    "Source",
    "Sources",
    "prepare",
    "shipped_model",
]

_SHIPPED_MODEL = Path(__file__).parent / "pretrained" / "model.onnx"

# Larger batches are no faster (30 microseconds an image at 64, 37 at 256, two cores) and take memory: 0.4 MB an image.
BATCH_SIZE = 64

_Said = tuple[NDArray[np.float32], NDArray[np.float32]]  # probabilities (N, 10) and novelty (N,)

_DIGITS = ("mnist", "mnist-5k", "qmnist", "emnist-digits")  # the data whose classes are digits as the gate knows them


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
        predictions = []
        for start in range(0, len(sources), BATCH_SIZE):  # memory stays flat however many there are
            inputs = [prepare(each, polarity=polarity) for each in sources[start : start + BATCH_SIZE]]
            predictions += [reading.prediction for reading in self.read(inputs, expect=expect, abstain=abstain)]
        return predictions if isinstance(source, list | tuple) else predictions[0]

    def read(
        self, inputs: Sequence[ModelInput], *, expect: Expect = "any", abstain: float | None = None
    ) -> list[Reading]:
        """Read what `prepare` made ready, in the same order.

        First each picture as a whole; then, while that leaves doubt, its views, and at last its parts. What the gate
        makes no sense of, or one digit of many marks, may lie on its side; if that makes no sense either, the digits
        may be written over something fainter, or cut out without a margin.
        """
        certainty = 0.0 if abstain is None else self._certainty(abstain)
        threshold = self.gate.facts.threshold if self.gate else 1.0
        demands = Demands(novelty=threshold, certainty=certainty, expect=expect)
        readings = self._read(inputs, demands)
        if self.gate and expect == "any":
            readings = [self._upright(reading, demands) if may_lie(reading) else reading for reading in readings]
        return self._changed(readings, demands) if self.gate else readings

    def _upright(self, reading: Reading, demands: Demands) -> Reading:
        """A reading, or one of the same picture turned."""
        return of_all_sides(reading, self._read(reading.given.find_turned(), more_than(demands)))

    def _changed(self, readings: Sequence[Reading], demands: Demands) -> list[Reading]:
        """The readings, or those of the same pictures changed where they make no sense."""
        changed = [
            [given for given in reading.given.find_changed() if not is_crowded(given)]
            if makes_no_sense(reading) and not is_crowded(reading.given)
            else []
            for reading in readings
        ]
        found = iter(self._read([given for each in changed for given in each], more_than(demands)))
        return [
            of_all_changes(reading, [next(found) for _ in each])
            for reading, each in zip(readings, changed, strict=True)
        ]

    def _read(self, inputs: Sequence[ModelInput], demands: Demands) -> list[Reading]:
        if not inputs:
            return []
        said = self._ask([[given.image] for given in inputs])
        for look in (attrgetter("views"), attrgetter("parts")):
            doubtful = [at for at, given in enumerate(inputs) if not is_settled(given, *said[at], demands)]
            more = self._ask([look(inputs[at]) for at in doubtful])
            for at, each in zip(doubtful, more, strict=True):
                said[at] = _joined(said[at], each)
        return [judge(given, *each, demands) for given, each in zip(inputs, said, strict=True)]

    def _ask(self, images: Sequence[Sequence[NDArray[np.float32]]]) -> list[_Said]:
        """What the model and the gate say of some images of each picture."""
        if not images:
            return []
        together = [image for each in images for image in each]
        stacked = np.stack(together) if together else np.empty((0, IMAGE_SIZE, IMAGE_SIZE), np.float32)
        limits = np.cumsum([len(each) for each in images])[:-1]
        answers, novelty = self.probabilities(stacked), self._novelty(stacked)
        return list(zip(np.split(answers, limits), np.split(novelty, limits), strict=True))

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


def _joined(said: _Said, more: _Said) -> _Said:
    return np.concatenate([said[0], more[0]]), np.concatenate([said[1], more[1]])


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
