"""Real pictures of every format that is read, and ways to damage them.

Bits are flipped, bytes lost, doubled and swapped with those of other files, sizes in headers edited; checksums are
mended, so that decoders get to see the damage. Picture number i is the same on every run, whatever the others are.
"""

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["damaged", "originals"]

_SIZES = (0, 1, 2, 127, 255, 256, 4999, 5001, 32767, 65535, 2**24, 2**31 - 1, 2**32 - 1)
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def originals() -> list[bytes]:
    """Good files of a written 7 in every format and most modes that are read."""
    gray = np.full((40, 36), 235, np.uint8)
    cv2.polylines(gray, [np.array([[8, 8], [27, 8], [14, 32]], np.int32)], False, 30, 3, cv2.LINE_AA)
    image = Image.fromarray(gray)
    wide = Image.fromarray(gray.astype(np.uint16) * 257)
    clear = Image.merge("LA", (Image.new("L", image.size), Image.fromarray(255 - gray)))
    frames = [image.convert("P"), Image.fromarray(255 - gray).convert("P")]
    exif = Image.Exif()
    exif[0x0112] = 6
    files: list[tuple[Image.Image, str, dict[str, Any]]] = [
        (image, "PNG", {}),
        (wide, "PNG", {}),
        (image.convert("1"), "PNG", {}),
        (image.quantize(8), "PNG", {"transparency": 3}),
        (clear, "PNG", {"exif": exif}),
        (image, "JPEG", {"exif": exif}),
        (image.convert("RGB"), "JPEG", {"progressive": True}),
        (image.convert("CMYK"), "JPEG", {}),
        (image.convert("RGB"), "WEBP", {"lossless": True}),
        (clear.convert("RGBA"), "WEBP", {}),
        (frames[0], "WEBP", {"save_all": True, "append_images": frames[1:]}),
        (image, "GIF", {}),
        (frames[0], "GIF", {"save_all": True, "append_images": frames[1:]}),
        (image, "BMP", {}),
        (clear.convert("RGBA"), "BMP", {}),
        (image, "TIFF", {}),
        (wide, "TIFF", {"compression": "tiff_lzw"}),
        (image.convert("RGB"), "TIFF", {"compression": "tiff_adobe_deflate"}),
        (image.convert("1"), "TIFF", {"compression": "group4"}),
    ]
    return [_encoded(*file) for file in files]


def _encoded(image: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def damaged(files: list[bytes], number: int) -> bytes:
    """Picture `number`: one of `files` with one or two kinds of damage."""
    generator = np.random.default_rng(number)
    content = bytearray(files[generator.integers(len(files))])
    for _ in range(generator.integers(1, 3)):
        damage = _DAMAGES[generator.integers(len(_DAMAGES))]
        content = damage(content, generator, files)
    return _with_checksums(bytes(content)) if generator.random() < 0.7 else bytes(content)


def _flip(content: bytearray, generator: np.random.Generator, files: list[bytes]) -> bytearray:
    for at in _places(generator, len(content), int(generator.integers(1, 12))):
        content[at] ^= 1 << int(generator.integers(8))
    return content


def _cut(content: bytearray, generator: np.random.Generator, files: list[bytes]) -> bytearray:
    return content[: int(generator.integers(len(content) + 1))]


def _lose(content: bytearray, generator: np.random.Generator, files: list[bytes]) -> bytearray:
    at = int(generator.integers(len(content) + 1))
    return content[:at] + content[at + int(generator.integers(1, 40)) :]


def _double(content: bytearray, generator: np.random.Generator, files: list[bytes]) -> bytearray:
    start, end = sorted(int(at) for at in generator.integers(len(content) + 1, size=2))
    return content[:end] + content[start:end] + content[end:]


def _splice(content: bytearray, generator: np.random.Generator, files: list[bytes]) -> bytearray:
    other = files[generator.integers(len(files))]
    at = int(generator.integers(len(content) + 1))
    start, end = sorted(int(at) for at in generator.integers(len(other) + 1, size=2))
    return content[:at] + other[start:end] + content[at + (end - start) * int(generator.integers(2)) :]


def _edit_size(content: bytearray, generator: np.random.Generator, files: list[bytes]) -> bytearray:
    """A number in the first bytes, where sizes, depths and offsets stand, becomes a remarkable one."""
    size = _SIZES[generator.integers(len(_SIZES))]
    kind = ("B", "<H", ">H", "<I", ">I")[generator.integers(5)]
    width = struct.calcsize(kind)
    at = int(generator.integers(max(1, min(len(content), 200) - width)))
    content[at : at + width] = struct.pack(kind, size % 256**width)
    return content


_DAMAGES = (_flip, _cut, _lose, _double, _splice, _edit_size)


def _places(generator: np.random.Generator, length: int, count: int) -> NDArray[np.int64]:
    return generator.integers(length, size=count) if length else np.zeros(0, np.int64)


def _with_checksums(content: bytes) -> bytes:
    """A PNG with the checksums that its chunks now need; anything else as it is."""
    if not content.startswith(_SIGNATURE):
        return content
    mended, at = bytearray(content), len(_SIGNATURE)
    while at + 12 <= len(mended):
        end = at + 8 + int.from_bytes(mended[at : at + 4], "big")
        if end + 4 > len(mended):
            break
        mended[end : end + 4] = struct.pack(">I", zlib.crc32(mended[at + 4 : end]))
        at = end + 4
    return bytes(mended)
