"""What a body holds, before any of it is decoded."""

import io

import pytest
from PIL import Image
from starlette.exceptions import HTTPException

from handigits.serve.limits import Limits
from handigits.serve.pictures import read_pictures


def form(*pictures: bytes) -> tuple[str, bytes]:
    """Its content type, and a body with these pictures."""
    head = b'--x\r\nContent-Disposition: form-data; name="picture"\r\n\r\n'
    return "multipart/form-data; boundary=x", b"".join(head + each + b"\r\n" for each in pictures) + b"--x--\r\n"


def blank(side: int) -> bytes:
    """A file of few bytes with many pixels."""
    file = io.BytesIO()
    Image.new("1", (side, side)).save(file, "PNG")
    return file.getvalue()


def test_pictures_with_too_many_pixels_together_are_refused() -> None:
    limits = Limits(max_megapixels=2)
    assert len(read_pictures(*form(blank(1000), blank(1000)), limits)) == 2
    with pytest.raises(HTTPException, match="3 million pixels; at most 2 million in one request") as refused:
        read_pictures(*form(blank(1000), blank(1000), blank(1000)), limits)
    assert refused.value.status_code == 413


def test_what_is_refused_by_itself_keeps_no_other_picture_from_being_read() -> None:
    assert len(read_pictures(*form(blank(6_000), b"no picture", blank(1000)), Limits(max_megapixels=2))) == 3
