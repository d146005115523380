"""`/corrections`: "this was a 7", kept where the operator switched it on.

Of several digits each is kept with the image that the model saw of it; so as many must have been read as are named. A
correction comes as JSON, which no page of another site can send without a permission that it does not get here. What
was sent can be deleted with the id that its sender was told; nothing can be listed or read over HTTP.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import numpy as np
from fastapi import APIRouter, Request
from numpy.typing import NDArray
from starlette.exceptions import HTTPException

from handigits.data.corrections import Corrections, NoRoomError
from handigits.errors import DataError
from handigits.recognizer import PolarityChoice, Recognizer, prepare
from handigits.serve.answers import as_bytes
from handigits.serve.bodies import Bodies
from handigits.serve.limits import Limits
from handigits.serve.pictures import Sent, picture_from, read_json
from handigits.serve.reference import PROBLEMS
from handigits.serve.workshop import Busy, Workshop

__all__ = ["Kept", "correction_routes"]

_MAX_WIDTH = 2.0  # of a digit, in its heights; what is wider is a row


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A correction was kept; `id` deletes it again."""

    id: str


def correction_routes(
    corrections: Corrections, recognizer: Recognizer, *, limits: Limits, bodies: Bodies, workshop: Workshop
) -> APIRouter:
    """The endpoints of corrections; `recognizer` finds where each of several digits is."""
    router = APIRouter(tags=["corrections"])

    @router.post(
        "/corrections",
        status_code=HTTPStatus.CREATED,
        summary="Say what a picture really was",
        openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}, "required": True}},
        responses=PROBLEMS
        | {
            415: {"description": "The body is not application/json."},
            507: {"description": "There is no room for more corrections."},
        },
    )
    async def add(request: Request, polarity: PolarityChoice = "auto") -> Kept:
        """Keeps the picture and the digits that you say are in it, to learn from. The answer's `id` deletes it again.

        Several digits are kept one by one, each with its place in the picture; as many must have been read there. One
        digit is all the ink of the picture, which must not be as wide as a row. `polarity` says which tone is the ink,
        as to `/predict`.
        """
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A correction is application/json.")
        workshop.check_room()
        async with bodies.read(request) as body:
            return Kept(id=await workshop.run(lambda: _keep(corrections, recognizer, body, polarity, limits)))

    @router.delete("/corrections/{key}", status_code=HTTPStatus.NO_CONTENT, summary="Delete a correction")
    async def delete(key: str) -> None:
        """Deletes what was kept under this id."""
        if not await workshop.run(lambda: _delete(corrections, key)):
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no correction with this id.")

    return router


_EXAMPLE = {"picture": "<base64 of a PNG>", "digits": "7"}


def _keep(
    corrections: Corrections, recognizer: Recognizer, body: bytes, polarity: PolarityChoice, limits: Limits
) -> str:
    content = read_json(body)
    digits = content.pop("digits", None) if isinstance(content, dict) else None
    if not isinstance(digits, str) or re.fullmatch("[0-9]{1,100}", digits) is None:
        raise _unusable('\'digits\' is missing or no text of digits; expected such as "7" or "2026".')
    sent = picture_from(content)
    images = _images(recognizer, sent, digits, polarity)
    picture = sent.source if isinstance(sent.source, bytes) else b""
    with _refusals():
        return corrections.add(
            images,
            [int(digit) for digit in digits],
            picture=picture,
            max_digits=limits.max_corrections,
            max_bytes=limits.max_collected,
        )


def _delete(corrections: Corrections, key: str) -> bool:
    with _refusals():
        return corrections.delete(key)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the file does not take, as an answer that does not name it; the operator is told."""
    try:
        yield
    except NoRoomError as err:
        raise HTTPException(
            HTTPStatus.INSUFFICIENT_STORAGE, "There is no room for more corrections here; this one was not kept."
        ) from err
    except DataError as err:
        logging.getLogger(__name__).warning(str(err))
        raise Busy("The corrections cannot be written to at the moment.") from err


def _images(recognizer: Recognizer, sent: Sent, digits: str, polarity: PolarityChoice) -> list[NDArray[np.uint8]]:
    """The images of these digits: of one, all of the ink, or what it was read in instead."""
    count = len(digits)
    (reading,) = recognizer.read([prepare(sent.source, name=sent.name, polarity=polarity)])
    given = reading.given
    if given.is_squeezed and digits != reading.digits:
        raise _unusable("The picture was squeezed to be read as a 1; send it as it was written, with paper around it.")
    if count == 1:
        _, _, width, height = given.box
        if given.layout is not None and width > _MAX_WIDTH * height:
            raise _unusable(
                f"1 digit is named, and the ink is {width} wide and {height} high, as a row is; send one digit at a "
                "time, or say all of them."
            )
        image = as_bytes(reading.images[0] if reading.is_filtered else given.image)
        if not image.any():
            raise _unusable("There is no ink in the picture; a correction says what digit a picture shows.")
        return [image]
    if len(reading.digits) != count:
        read = f"{len(reading.digits)} digits are" if len(reading.digits) != 1 else "1 digit is"
        raise _unusable(f"{count} digits are named, and {read} read; write them farther apart, or one at a time.")
    return [as_bytes(image) for image in reading.images]


def _unusable(detail: str) -> HTTPException:
    return HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
