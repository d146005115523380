"""A look at what a file says of itself, before a decoder believes it.

A few kilobytes can promise a decoder gigabytes of metadata: tags of a TIFF that all share the same bytes, or blocks by
the hundred thousand that are joined one by one. Such files are refused here. The limits are far above what cameras and
editors write, and a look takes time in proportion to the file. Sizes in pixels are judged in `decode`.
"""

import re
import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from handigits.errors import PictureError

__all__ = ["check_exif", "check_metadata"]

_PARTS = 10_000  # chunks of a PNG; segments of a JPEG and bytes between them; blocks of a GIF
_EXIF_SEGMENTS = 16  # cameras write one; each holds 64 kB at most
_SCANS = 100  # of a progressive JPEG, which usually has ten; each costs as much as decoding the picture anew
_COMMENTS = 2**16  # bytes, in a GIF
_SHARED = 2**20  # bytes that tags may count more than once
_NUMBERS = 250_000  # in all tags of a TIFF; the longest known, a transfer function for 16 bits, takes 196,608

_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")  # of a JPEG; what may follow 0xff within a scan is left out
_START_OF_SCAN, _END, _APP1, _APP2 = 0xDA, 0xD9, 0xE1, 0xE2
_ALONE = {0xC8, 0xD8, _END, *range(0xF0, 0xFE)}  # markers that no length follows
_TAG_BYTES = np.array([0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 0], np.int64)  # by type; 0: of no known type
_TAG_TEXT = (1, 2, 7)  # types that stay bytes


def check_metadata(content: bytes, shown: str) -> None:
    """Refuse a file of absurd metadata; `shown` is what to call it.

    Raises:
        PictureError: it has more metadata than any picture needs.
    """
    if content.startswith(b"\xff\xd8\xff"):
        _check_jpeg(content, shown)
    elif content.startswith(b"\x89PNG"):
        _check_png(content, shown)
    elif content.startswith(b"GIF8"):
        _check_gif(content, shown)
    elif content.startswith((b"II", b"MM")):
        _check_tags(content, shown)


def check_exif(info: Mapping[Any, Any], shown: str) -> None:
    """Refuse absurd EXIF data among the `info` of an opened picture, before it is parsed.

    Raises:
        PictureError: its tags hold more than any picture needs.
    """
    exif, written_out = info.get("exif"), info.get("Raw profile type exif")
    if exif is None and isinstance(written_out, str):
        with suppress(ValueError):  # what is not hexadecimal is not parsed either
            exif = bytes.fromhex("".join(written_out.split("\n")[3:]))
    if isinstance(exif, bytes):
        _check_tags(_without_prefix(exif), shown)


def _without_prefix(exif: bytes) -> bytes:
    while exif.startswith(b"Exif\0\0"):
        exif = exif[6:]
    return exif


def _at_most(most: int, count: int, what: str, shown: str) -> None:
    if count > most:
        raise PictureError(
            f"{shown}: holds more than {most:,} {what}, more than any picture needs. Save it anew, without metadata."
        )


def _check_jpeg(content: bytes, shown: str) -> None:
    """Follows Pillow up to the first scan, then the format up to its end."""
    exif: list[bytes] = []
    at = parts = scans = 0
    while found := _MARKER.search(content, at):
        marker = found[1][0]
        parts += 1 if scans else 1 + found.start() - at
        at = found.end()
        _at_most(_PARTS, parts, "segments or stray bytes", shown)
        if marker == _END and scans:
            break
        if marker in _ALONE:
            continue
        scans += marker == _START_OF_SCAN
        _at_most(_SCANS, scans, "scans", shown)
        start, at = at + 2, at + max(2, int.from_bytes(content[at : at + 2], "big"))
        if marker == _APP1 and content.startswith(b"Exif\0\0", start):
            exif.append(content[start + 6 : at])
            _at_most(_EXIF_SEGMENTS, len(exif), "EXIF segments", shown)
        if marker == _APP2 and content.startswith(b"MPF\0", start):
            _check_tags(content[start + 4 : at], shown)
    _check_tags(_without_prefix(b"".join(exif)), shown)


def _check_png(content: bytes, shown: str) -> None:
    at, parts, most = 8, 0, _PARTS + len(content) // 1024
    while at + 8 <= len(content) and content[at + 4 : at + 8] != b"IEND":
        at += 12 + int.from_bytes(content[at : at + 4], "big")
        parts += 1
        _at_most(most, parts, "chunks", shown)


class _Blocks:
    """A GIF as Pillow goes through it, slips included: what is counted here is what is read there."""

    def __init__(self, content: bytes, shown: str) -> None:
        self.content, self.shown = content, shown
        self.most = _PARTS + len(content) // 64  # nearly every block of pixels has 255 bytes
        self.at, self.count, self.comments = 0, 0, 0

    def byte(self) -> int:
        """The next byte; -1 at the end."""
        self.at += 1
        return self.content[self.at - 1] if self.at <= len(self.content) else -1

    def block(self) -> int:
        """Pass one block, or the zero that ends a row of them; gives its bytes."""
        self.count += 1
        _at_most(self.most, self.count, "blocks", self.shown)
        length = max(0, self.byte())
        self.at += length
        return length

    def blocks(self) -> None:
        while self.block():
            pass

    def extension(self) -> None:
        kind, start = self.byte(), self.at + 1
        length = self.block()
        if kind == 0xFE:
            while length:
                self.comments += length
                _at_most(_COMMENTS, self.comments, "bytes of comments", self.shown)
                length = self.block()
            return
        if kind == 0xFF and self.content.startswith(b"NETSCAPE2.0", start):
            self.block()
        self.blocks()

    def palette(self, flags: int) -> None:
        self.at += 6 << (flags & 7) if flags >= 0 and flags & 0x80 else 0


def _check_gif(content: bytes, shown: str) -> None:
    """All there is up to the second image, since Pillow looks whether there is one."""
    file = _Blocks(content, shown)
    file.at = 10
    flags = file.byte()
    file.at = 13
    file.palette(flags)
    for _ in range(2):
        while (kind := file.byte()) not in (-1, ord(","), ord(";")):
            if kind == ord("!"):
                file.extension()
            else:
                file.count += 1
                _at_most(file.most, file.count, "blocks", shown)
        file.at += 8
        file.palette(file.byte())
        file.at += 1
        file.blocks()


def _check_tags(content: bytes, shown: str) -> None:
    """The first directory of a TIFF, or of the EXIF data that are built alike: the one that is read."""
    big, end = content[2:3] == b"\x2b", "<" if content.startswith(b"II") else ">"
    offset, count, bits = ("Q", "Q", 8) if big else ("I", "H", 4)
    with suppress(struct.error):  # cut short: nothing will be read from it
        (at,) = struct.unpack_from(end + offset, content, bits)
        if at >= len(content):
            return
        (tags,) = struct.unpack_from(end + count, content, at)
        at += struct.calcsize(count)
        entry = np.dtype([("tag", end + "u2"), ("type", end + "u2"), ("count", f"{end}u{bits}"), ("at", f"V{bits}")])
        tags = min(tags, (len(content) - at) // entry.itemsize)
        table = np.frombuffer(content, entry, tags, at) if tags else np.zeros(0, entry)
        counts = np.minimum(table["count"], len(content)).astype(np.int64)
        types = np.minimum(table["type"], len(_TAG_BYTES) - 1)
        numbers = counts[(_TAG_BYTES[types] > 0) & ~np.isin(types, _TAG_TEXT)]
        stored = np.minimum(counts * _TAG_BYTES[types], len(content))
        _at_most(len(content) + _SHARED, int(stored.sum()), "bytes in tags that share them", shown)
        _at_most(_NUMBERS, int(numbers.sum()), "numbers in tags", shown)
