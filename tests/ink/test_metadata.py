"""Small files that ask a decoder for much are refused; what cameras and editors write is not."""

import io
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from handigits.errors import PictureError
from handigits.ink import decode

IMAGE = Image.fromarray(np.tile(np.arange(40, dtype=np.uint8) * 6, (30, 1)))


def encoded(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    IMAGE.save(stream, kind, **options)
    return stream.getvalue()


def tiff(size: int, kind: int = 7, order: str = "<") -> bytes:
    """A directory of `size` bytes, half of them tags that all hold the other half."""
    tags, width = min(size // 24, 60_000), {7: 1, 5: 8}[kind]
    shared = size - 12 * tags
    start = 14 + 12 * tags
    entries = b"".join(struct.pack(order + "HHII", 1_000 + i, kind, shared // width, start) for i in range(tags))
    header = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, tags)
    return header + entries + b"\0" * (4 + shared)


def big_tiff(size: int) -> bytes:
    tags = size // 40
    entries = b"".join(struct.pack("<HHQQ", 1_000 + i, 7, size // 2, 16) for i in range(tags))
    return b"II\x2b\0" + struct.pack("<HHQQ", 8, 0, 16, tags) + entries + b"\0" * (size // 2)


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg(*segments: bytes) -> bytes:
    plain = encoded("JPEG")
    return plain[:2] + b"".join(segments) + plain[2:]


def exif_segments(tags: bytes) -> list[bytes]:
    return [segment(0xE1, b"Exif\0\0" + tags[at : at + 65_000]) for at in range(0, len(tags), 65_000)]


def scans(count: int) -> bytes:
    plain = encoded("JPEG", progressive=True)
    start = plain.rindex(b"\xff\xda")
    return plain[:start] + plain[start:-2] * count + plain[-2:]


def gif(extensions: bytes, *, at_end: bool = False) -> bytes:
    plain = encoded("GIF")
    start = len(plain) - 1 if at_end else 13 + (6 << (plain[10] & 7))
    return plain[:start] + extensions + plain[start:]


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    plain = encoded("PNG")
    made = [
        struct.pack(">I", len(each)) + kind + each + struct.pack(">I", zlib.crc32(kind + each)) for kind, each in chunks
    ]
    return plain[:33] + b"".join(made) + plain[33:]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "TIFF of tags that share bytes": lambda: tiff(1_000_000),
    "TIFF of the other byte order": lambda: tiff(4_000_000, order=">"),
    "TIFF of 64 bits": lambda: big_tiff(1_000_000),
    "TIFF with a tag of a million fractions": lambda: (
        tiff(24, 5)[:8] + struct.pack("<HHHII", 1, 282, 5, 1_000_000, 30) + b"\1" * 8_000_020
    ),
    "JPEG of empty EXIF segments": lambda: jpeg(segment(0xE1, b"Exif\0\0") * 200_000),
    "JPEG of many large EXIF segments": lambda: jpeg(segment(0xE1, b"Exif\0\0" + b"\0" * 65_000) * 150),
    "JPEG with EXIF of tags that share bytes": lambda: jpeg(*exif_segments(tiff(900_000))),
    "JPEG with an index of tags that share bytes": lambda: jpeg(segment(0xE2, b"MPF\0" + tiff(60_000, 5))),
    "JPEG of empty comments": lambda: jpeg(segment(0xFE, b"") * 1_000_000),
    "JPEG of padding": lambda: jpeg(b"\xff" * 12_000_000),
    "JPEG of scans": lambda: scans(5_000),
    "GIF with a long comment": lambda: gif(b"!\xfe" + b"\1x" * 1_000_000 + b"\0"),
    "GIF with a comment in long blocks": lambda: gif(b"!\xfe" + (b"\xff" + b"x" * 255) * 4_000 + b"\0"),
    "GIF of short comments": lambda: gif(b"!\xfe\1x\0" * 400_000),
    "GIF of comments behind the picture": lambda: gif(b"!\xfe\1x\0" * 400_000, at_end=True),
    "GIF of empty extensions": lambda: gif(b"!\1\1x\0" * 400_000),
    "GIF of stray bytes": lambda: gif(b"\0" * 4_000_000),
    "PNG of short texts": lambda: png(*[(b"tEXt", b"a\0b")] * 80_000),
    "PNG with EXIF of tags that share bytes": lambda: png((b"eXIf", tiff(1_000_000))),
    "PNG with EXIF written out as text": lambda: png(
        (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n1\n" + tiff(400_000).hex().encode()))
    ),
    "WEBP with EXIF of tags that share bytes": lambda: encoded("WEBP", exif=b"Exif\0\0" + tiff(1_000_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_absurd_metadata_is_refused_at_once(name: str) -> None:
    content = HOSTILE[name]()
    began = time.process_time()
    with pytest.raises(PictureError, match=r"^nine: holds more than [\d,]+ .*Save it anew") as caught:
        decode(content, name="nine")
    assert time.process_time() - began < 1
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_absurd_metadata_takes_little_memory(name: str) -> None:
    content = HOSTILE[name]()
    tracemalloc.start()
    with pytest.raises(PictureError):
        decode(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6


def camera_exif() -> Image.Exif:
    """Forty tags, a position, and a maker's note of 20 kB."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x011A], exif[0x0128] = "Maker", 1, 72.0, 2
    exif.get_ifd(0x8769).update({0x927C: b"\1" * 20_000} | {0x9000 + i: "value" for i in range(40)})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.5)})
    return exif


def many_tags() -> bytes:
    """A TIFF of 300 private tags, one of them 200,000 bytes."""
    tags = {60_000 + i: "written by an editor " * (1 + i % 50) for i in range(300)}
    return encoded("TIFF", tiffinfo=tags | {700: b"x" * 200_000}, icc_profile=PROFILE)


def texts() -> PngInfo:
    info = PngInfo()
    for i in range(200):
        info.add_text(f"key {i}", "value " * 50, zip=i % 2 == 0)
    info.add_itxt("XML:com.adobe.xmp", "<x/>" * 20_000)
    return info


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"x" * 65_000)
ORDINARY: dict[str, Callable[[], bytes]] = {
    "JPEG of a camera": lambda: encoded("JPEG", exif=camera_exif(), icc_profile=PROFILE, comment=b"c" * 20_000),
    "JPEG with a profile of two megabytes": lambda: encoded("JPEG", icc_profile=b"p" * 2_000_000),
    "JPEG with a depth map of six megabytes": lambda: jpeg(*[XMP] * 100),
    "JPEG with EXIF in three segments": lambda: jpeg(*exif_segments(b"II*\0\x08\0\0\0\0\0" + b"\0" * 150_000)),
    "JPEG with restarts": lambda: encoded("JPEG", restart_marker_blocks=1),
    "progressive JPEG": lambda: encoded("JPEG", progressive=True, exif=camera_exif()),
    "GIF with a comment": lambda: encoded("GIF", comment=b"c" * 20_000),
    "GIF with XMP": lambda: gif(b"!\xff\x0bXMP DataXMP" + b"".join(b"\x40" + b"x" * 64 for _ in range(2_000)) + b"\0"),
    "animation with comments": lambda: encoded(
        "GIF", save_all=True, append_images=[IMAGE.rotate(180)], loop=0, comment=b"c" * 300
    ),
    "JPEG with a film behind its end": lambda: encoded("JPEG") + b"\xff\xfe\0\2" * 100_000,
    "PNG with zeros behind its end": lambda: encoded("PNG") + bytes(3 * 2**20),
    "PNG with texts": lambda: encoded("PNG", pnginfo=texts(), exif=camera_exif(), icc_profile=PROFILE),
    "WEBP of a camera": lambda: encoded("WEBP", exif=camera_exif(), icc_profile=PROFILE, xmp=b"<x/>" * 20_000),
    "TIFF of many tags": many_tags,
    "TIFF of a strip for each row": lambda: encoded("TIFF", tiffinfo={278: 1}),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_what_cameras_and_editors_write_is_read(name: str) -> None:
    assert decode(ORDINARY[name]()).gray.shape == (30, 40)
