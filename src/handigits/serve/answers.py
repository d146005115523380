"""What is answered about a picture: the prediction, as everywhere, with what the model saw and how long it took.

Runs in a worker thread. Does not know HTTP.
"""

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.errors import PictureError
from handigits.recognizer import Expect, PolarityChoice, Prediction, Recognizer, prepare
from handigits.serve.pictures import Sent

__all__ = ["Answer", "Unread", "answer", "answer_each", "as_bytes", "png_of"]


@dataclass(frozen=True, kw_only=True)
class Answer(Prediction):
    """A prediction and how it came about.

    Attributes:
        notes: what was decided about the picture, such as that only its first frame was read.
        seen: what the model saw of each digit: PNGs of 28x28 in base64, white ink on black. When abstained, one all the
            same.
        milliseconds: from the bytes of the picture to this answer; waiting and the network are not in it.
    """

    notes: tuple[str, ...]
    seen: tuple[str, ...]
    milliseconds: float


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A picture of a batch that could not be read, and why; the others are answered all the same."""

    file: str
    error: str


def answer(recognizer: Recognizer, sent: Sent, *, polarity: PolarityChoice = "auto", expect: Expect = "any") -> Answer:
    """Read one picture.

    Raises:
        PictureError: it is none.
    """
    began = time.perf_counter()
    given = prepare(sent.source, name=sent.name, polarity=polarity)
    (reading,) = recognizer.read([given], expect=expect)
    seen = tuple(png_of(as_bytes(image)) for image in reading.images)
    milliseconds = round((time.perf_counter() - began) * 1000, 2)
    return Answer(**reading.to_json(), notes=reading.given.notes, seen=seen, milliseconds=milliseconds)


def answer_each(
    recognizer: Recognizer, pictures: Sequence[Sent], *, polarity: PolarityChoice = "auto", expect: Expect = "any"
) -> list[Answer | Unread]:
    """Read several pictures; one that cannot be read leaves the others alone."""

    def answer_or_why(sent: Sent) -> Answer | Unread:
        try:
            return answer(recognizer, sent, polarity=polarity, expect=expect)
        except PictureError as err:
            return Unread(file=sent.name, error=str(err))

    return [answer_or_why(sent) for sent in pictures]


def as_bytes(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What the model sees as bytes: uint8 (28, 28) in 0..255."""
    return np.rint(image * 255).astype(np.uint8)


def png_of(image: NDArray[np.uint8]) -> str:
    """A picture, uint8 (H, W) or (H, W, 3) as blue, green and red, as a PNG in base64."""
    encoded = cv2.imencode(".png", image)[1]
    return base64.b64encode(encoded.tobytes()).decode("ascii")
