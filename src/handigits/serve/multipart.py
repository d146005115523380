"""The parts of a multipart/form-data body, in memory: uploads never touch the disk.

Parsing is python-multipart's. Does not know what a part is for.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

__all__ = ["Part", "read_parts"]

_MAX_HEADERS = 8  # of one part; browsers send two


@dataclass
class Part:
    """One part: the name of its form field, its file name ("" without one) and what it holds."""

    name: str = ""
    file: str = ""
    content: bytearray = field(default_factory=bytearray)


def read_parts(content_type: str, body: bytes, *, max_parts: int) -> list[Part]:
    """Take a body apart.

    Raises:
        HTTPException: no such body, or damaged (400); too many parts (413).
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The content type names no boundary; let your HTTP library set it.")
    collector = _Collector(max_parts)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": collector.begin_part,
                "on_part_data": collector.add_content,
                "on_header_field": collector.add_to_name,
                "on_header_value": collector.add_to_value,
                "on_header_end": collector.end_header,
            },
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as err:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"The multipart body is damaged or cut short ({err}).") from err
    if not collector.has_ended(body, boundary):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The multipart body is cut short: it does not end in its boundary.")
    return collector.parts


class _Collector:
    """Receives what the parser finds, in the order of the body."""

    def __init__(self, max_parts: int) -> None:
        self.parts: list[Part] = []
        self._max_parts = max_parts
        self._headers = 0
        self._name = b""
        self._value = b""

    def begin_part(self) -> None:
        if len(self.parts) == self._max_parts:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"More than {self._max_parts} parts; send them in several requests.",
            )
        self.parts.append(Part())
        self._headers = 0

    def add_content(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content += data[start:end]

    def add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def end_header(self) -> None:
        self._headers += 1
        if self._headers > _MAX_HEADERS:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"A part has more than {_MAX_HEADERS} headers.")
        if self._name.lower() == b"content-disposition":
            options = parse_options_header(self._value)[1]
            self.parts[-1].name = options.get(b"name", b"").decode("utf-8", "replace")
            self.parts[-1].file = options.get(b"filename", b"").decode("utf-8", "replace")
        self._name = self._value = b""

    @staticmethod
    def has_ended(body: bytes, boundary: bytes) -> bool:
        return body.rstrip().endswith(b"--" + boundary + b"--")
