"""`/corrections`: "this was a 7", kept where the operator switched it on.

A correction comes as JSON, which no page of another site can send without a permission that it does not get here. What
was sent can be deleted with the id that its sender was told; nothing can be listed or read over HTTP.
"""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from handigits.data.corrections import Corrections
from handigits.recognizer import prepare
from handigits.serve.answers import as_bytes
from handigits.serve.bodies import Bodies
from handigits.serve.limits import Limits
from handigits.serve.pictures import picture_from, read_json
from handigits.serve.workshop import Workshop

__all__ = ["Kept", "correction_routes"]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A correction was kept; `id` deletes it again."""

    id: str


def correction_routes(corrections: Corrections, *, limits: Limits, bodies: Bodies, workshop: Workshop) -> APIRouter:
    """The endpoints of corrections."""
    router = APIRouter(tags=["corrections"])

    @router.post(
        "/corrections",
        status_code=HTTPStatus.CREATED,
        summary="Say what a picture really was",
        openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}, "required": True}},
    )
    async def add(request: Request) -> Kept:
        """Keeps the picture and the digit that you say it is, to learn from. The answer's `id` deletes it again."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A correction is application/json.")
        async with bodies.read(request) as body:
            return Kept(id=await workshop.run(lambda: _keep(corrections, body, limits)))

    @router.delete("/corrections/{key}", status_code=HTTPStatus.NO_CONTENT, summary="Delete a correction")
    async def delete(key: str) -> None:
        """Deletes what was kept under this id."""
        if not await workshop.run(lambda: corrections.delete(key)):
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no correction with this id.")

    return router


_EXAMPLE = {"picture": "<base64 of a PNG>", "digit": 7}


def _keep(corrections: Corrections, body: bytes, limits: Limits) -> str:
    content = read_json(body)
    digit = content.pop("digit", None) if isinstance(content, dict) else None
    if type(digit) is not int or not 0 <= digit <= 9:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "'digit' is missing or no number; expected 0 to 9.")
    sent = picture_from(content)
    image = as_bytes(prepare(sent.source, name=sent.name).image)
    if len(corrections) >= limits.max_corrections:
        raise HTTPException(HTTPStatus.INSUFFICIENT_STORAGE, "No more corrections are kept here.")
    return corrections.add([image], [digit], picture=sent.source if isinstance(sent.source, bytes) else b"")
