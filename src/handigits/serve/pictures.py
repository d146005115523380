"""The pictures in the body of a request: multipart/form-data, or JSON with base64 or pixels.

A name is a name: nothing that a request says is opened as a path or fetched from the network. Of pictures no more than
their headers is looked at.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.exceptions import HTTPException

from handigits.ink.decode import count_pixels
from handigits.serve.limits import Limits
from handigits.serve.multipart import read_parts

__all__ = ["FIELD", "Sent", "picture_from", "read_json", "read_pictures"]

FIELD = "picture"
_PIXELS = "pixels"

_MAX_NUMBERS = 300_000  # in JSON: reading them stops everything else for 20 ms; larger pictures are files
_MAX_NAME = 300
_EXPECTED = f'expected {{"{FIELD}": "<base64 of a picture>"}} or {{"{_PIXELS}": [[...], ...]}}, with or without "file"'


@dataclass(frozen=True, eq=False)
class Sent:
    """One picture as it was sent: the bytes of a file, or pixels, and what to call it."""

    source: bytes | NDArray[Any]
    name: str


def read_pictures(content_type: str, body: bytes, limits: Limits) -> list[Sent]:
    """Find the pictures in a body.

    Raises:
        HTTPException: another content type (415); a damaged body (400); no pictures, or what stands for one is none
            (422); too many, or too many pixels (413).
    """
    match content_type.partition(";")[0].strip().lower():
        case "multipart/form-data":
            pictures = _from_parts(content_type, body, limits)
        case "application/json":
            pictures = _from_json(read_json(body), limits)
        case other:
            raise HTTPException(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"The content type is {other[:100]!r}; expected multipart/form-data or application/json.",
            )
    if len(pictures) > 1:
        _check_pixels(pictures, limits)
    return pictures


def read_json(body: bytes) -> Any:
    """What a body holds as JSON.

    Raises:
        HTTPException: it is no JSON (400), or holds more numbers than a picture needs (413).
    """
    if body.count(b",") > _MAX_NUMBERS:
        raise HTTPException(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"More than {_MAX_NUMBERS:,} values; send large pictures as files."
        )
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as err:  # a wrong encoding is a ValueError too
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {err}.") from err


def picture_from(content: Any) -> Sent:
    """One picture as JSON holds it.

    Raises:
        HTTPException: it is none (422).
    """
    if not isinstance(content, dict):
        raise _unusable(f"A picture is a JSON {_kind(content)}; {_EXPECTED}.")
    if unknown := sorted(set(content) - {FIELD, _PIXELS, "file"}):
        raise _unusable(f"A picture holds {unknown[0][:100]!r}; {_EXPECTED}.")
    if (FIELD in content) == (_PIXELS in content):
        raise _unusable(f"A picture holds {'both' if FIELD in content else 'neither'}; {_EXPECTED}.")
    name = content.get("file", "")
    if not isinstance(name, str):
        raise _unusable(f"'file' is a JSON {_kind(name)}; expected a name.")
    source = _from_base64(content[FIELD]) if FIELD in content else _from_numbers(content[_PIXELS])
    return Sent(source, _name(name))


def _check_pixels(pictures: list[Sent], limits: Limits) -> None:
    """Of several pictures: small files may hold so many that a worker would be busy with them for half a minute."""
    sources = (each.source for each in pictures)
    total = sum(count_pixels(source) if isinstance(source, bytes) else source.size for source in sources)
    if total > limits.max_megapixels * 1e6:
        raise HTTPException(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"{total / 1e6:,.0f} million pixels; at most {limits.max_megapixels:g} million in one request. "
            "Scale the pictures down, or send them in several requests.",
        )


def _from_parts(content_type: str, body: bytes, limits: Limits) -> list[Sent]:
    parts = read_parts(content_type, body, max_parts=limits.max_pictures)
    if unknown := [part.name for part in parts if part.name != FIELD]:
        raise _unusable(f"There is no field {unknown[0][:100]!r}; pictures go into {FIELD!r}.")
    if not parts:
        raise _unusable(f"The form is empty; expected a picture in {FIELD!r}.")
    return [Sent(bytes(part.content), _name(part.file)) for part in parts]


def _from_json(content: Any, limits: Limits) -> list[Sent]:
    listed = content.get("pictures") if isinstance(content, dict) and "pictures" in content else [content]
    if not isinstance(listed, list) or not listed:
        raise _unusable("'pictures' holds no list of pictures.")
    if len(listed) > limits.max_pictures:
        raise HTTPException(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"{len(listed):,} pictures; at most {limits.max_pictures} in one request.",
        )
    return [picture_from(each) for each in listed]


def _from_base64(text: Any) -> bytes:
    if not isinstance(text, str):
        raise _unusable(f"{FIELD!r} is a JSON {_kind(text)}; expected base64.")
    if text.startswith("data:"):  # as a browser's canvas gives it
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as err:
        raise _unusable(f"{FIELD!r} is no base64: {err}.") from err


def _from_numbers(rows: Any) -> NDArray[Any]:
    """Pixels from 0 to 1, or whole ones from 0 to 255; JSON does not tell 1 from 1.0, so the largest decides."""
    try:
        pixels = np.array(rows)
    except ValueError as err:
        raise _unusable(f"{_PIXELS!r} has rows of different lengths; expected (H, W).") from err
    if pixels.ndim != 2 or not pixels.size or pixels.dtype.kind not in "biuf":
        raise _unusable(f"{_PIXELS!r} has shape {pixels.shape} of {pixels.dtype}; expected numbers (H, W).")
    low, high = float(pixels.min()), float(pixels.max())
    if not (low >= 0 and high <= 255):  # NaN fails too
        raise _unusable(f"{_PIXELS!r} reaches from {low:g} to {high:g}; expected 0 to 1, or 0 to 255.")
    if high <= 1:
        return pixels.astype(np.float32)
    if pixels.dtype.kind == "f" and (pixels % 1).any():
        raise _unusable(f"{_PIXELS!r} holds fractions above 1; expected 0 to 1, or whole numbers from 0 to 255.")
    return pixels.astype(np.uint8)


def _name(text: str) -> str:
    return text[:_MAX_NAME] or FIELD


def _kind(value: Any) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "truth value", type(None): "null"}
    return names.get(type(value), "number")


def _unusable(detail: str) -> HTTPException:
    return HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
