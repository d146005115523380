"""`/corrections`: "this was a 7", kept where the operator switched it on.

Of several digits each is kept with the image that the model saw of it; so as many must have been read as are named. A
correction comes as JSON, which no page of another site can send without a permission that it does not get here. What
was sent can be deleted with the id that its sender was told; nothing can be listed or read over HTTP.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus

import numpy as np
from fastapi import APIRouter, Request
from numpy.typing import NDArray
from starlette.exceptions import HTTPException

from handigits.data.corrections import Corrections
from handigits.recognizer import Recognizer, prepare
from handigits.serve.answers import as_bytes, images_of
from handigits.serve.bodies import Bodies
from handigits.serve.limits import Limits
from handigits.serve.pictures import Sent, picture_from, read_json
from handigits.serve.workshop import Workshop

__all__ = ["Kept", "correction_routes"]


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
    )
    async def add(request: Request) -> Kept:
        """Keeps the picture and the digits that you say are in it, to learn from. The answer's `id` deletes it again.

        Several digits are kept one by one, each with its place in the picture; as many must have been read there.
        """
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A correction is application/json.")
        async with bodies.read(request) as body:
            return Kept(id=await workshop.run(lambda: _keep(corrections, recognizer, body, limits)))

    @router.delete("/corrections/{key}", status_code=HTTPStatus.NO_CONTENT, summary="Delete a correction")
    async def delete(key: str) -> None:
        """Deletes what was kept under this id."""
        if not await workshop.run(lambda: corrections.delete(key)):
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no correction with this id.")

    return router


_EXAMPLE = {"picture": "<base64 of a PNG>", "digits": "7"}


def _keep(corrections: Corrections, recognizer: Recognizer, body: bytes, limits: Limits) -> str:
    content = read_json(body)
    digits = content.pop("digits", None) if isinstance(content, dict) else None
    if not isinstance(digits, str) or re.fullmatch("[0-9]{1,100}", digits) is None:
        raise _unusable('\'digits\' is missing or no text of digits; expected such as "7" or "2026".')
    sent = picture_from(content)
    images = _images(recognizer, sent, len(digits))
    if len(corrections) + len(images) > limits.max_corrections:
        raise HTTPException(HTTPStatus.INSUFFICIENT_STORAGE, "No more corrections are kept here.")
    picture = sent.source if isinstance(sent.source, bytes) else b""
    return corrections.add(images, [int(digit) for digit in digits], picture=picture)


def _images(recognizer: Recognizer, sent: Sent, count: int) -> list[NDArray[np.uint8]]:
    """The images of so many digits: of one, the whole picture, whatever was read in it."""
    given = prepare(sent.source, name=sent.name)
    if count == 1:
        return [as_bytes(given.image)]
    prediction = recognizer.read([given])[0]
    if len(prediction.digits) != count:
        read = f"{len(prediction.digits)} digits are" if len(prediction.digits) != 1 else "1 digit is"
        raise _unusable(f"{count} digits are named, and {read} read; write them farther apart, or one at a time.")
    return [as_bytes(image) for image in images_of(prediction, given)]


def _unusable(detail: str) -> HTTPException:
    return HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
