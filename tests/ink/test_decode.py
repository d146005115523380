import io
import os
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from handigits.errors import MissingFileError, PictureError
from handigits.ink import Picture, decode, to_input

LOSSLESS = {"PNG": {}, "WEBP": {"lossless": True}, "GIF": {}, "BMP": {}, "TIFF": {}}


@pytest.fixture
def ink() -> np.ndarray:
    """White strokes on black with soft edges, taller than wide and without symmetry; uint8 (40, 30)."""
    large = Image.new("L", (120, 160))
    large.paste(255, (48, 24, 64, 140))
    large.paste(255, (48, 24, 96, 40))
    return np.asarray(large.resize((30, 40), Image.Resampling.BOX))


def encoded(image: Image.Image | np.ndarray, kind: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(stream, kind, **options)
    return stream.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def tiff_with_tile(side: int) -> bytes:
    """A TIFF of 10x10 pixels in one tile of `side` x `side`."""
    long = {256: 10, 257: 10, 322: side, 323: side, 324: 8, 325: 8}
    tags = sorted((long | {258: 8, 259: 8, 262: 1, 277: 1}).items())
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return (
        b"II*\0" + struct.pack("<I", 16) + zlib.compress(b"")[:8] + struct.pack("<H", len(tags)) + entries + b"\0" * 4
    )


# What is read


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_formats_give_the_pixels_back(ink, kind):
    picture = decode(encoded(ink, kind, **LOSSLESS[kind]))
    assert isinstance(picture, Picture)
    assert picture.gray.dtype == np.uint8
    assert np.array_equal(picture.gray, ink)
    assert picture.notes == ()


def test_jpeg_gives_nearly_the_pixels_back(ink):
    for image in (Image.fromarray(ink), Image.fromarray(ink).convert("RGB")):
        assert decode(encoded(image, "JPEG", quality=100)).gray.astype(int) == pytest.approx(ink.astype(int), abs=6)


def test_a_path_is_read_and_names_the_picture(ink, tmp_path):
    path = tmp_path / "seven.png"
    path.write_bytes(encoded(ink))
    assert np.array_equal(decode(path).gray, ink)
    assert decode(str(path)).name == str(path)
    assert decode(path, name="upload").name == "upload"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_exif_orientation_is_applied(ink, kind, orientation):
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(ink)
    stored = image.transpose(undo[orientation]) if orientation in undo else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 100} if kind == "JPEG" else LOSSLESS[kind]
    gray = decode(encoded(stored, kind, exif=exif, **options)).gray
    assert gray.shape == ink.shape
    assert gray.astype(int) == pytest.approx(ink.astype(int), abs=6 if kind == "JPEG" else 0)


def test_damaged_exif_does_not_spoil_the_pixels(ink):
    content = encoded(ink, "JPEG", quality=100, exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03")
    assert decode(content).gray.shape == ink.shape


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_become_8(ink, kind):
    assert np.array_equal(decode(encoded(ink.astype(np.uint16) * 257, kind)).gray, ink)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_1_bit_becomes_black_and_white(ink, kind):
    assert np.array_equal(decode(encoded(Image.fromarray(ink > 127), kind)).gray, np.where(ink > 127, 255, 0))


def test_a_float_tiff_in_0_to_1_is_read(ink):
    assert np.array_equal(decode(encoded(ink.astype(np.float32) / 255, "TIFF")).gray, ink)


def test_a_float_tiff_beyond_1_is_refused(ink):
    with pytest.raises(PictureError, match="float pixels reach from 0 to 255"):
        decode(encoded(ink.astype(np.float32), "TIFF"))


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "TIFF"), ("CMYK", "JPEG"), ("RGB", "PNG"), ("P", "PNG")])
def test_colour_modes_become_luminance(ink, mode, kind):
    gray = decode(encoded(Image.fromarray(ink).convert("RGB").convert(mode), kind)).gray
    assert gray.astype(int) == pytest.approx(ink.astype(int), abs=24 if kind == "JPEG" else 3)


def test_an_animation_gives_its_first_frame_and_says_so(ink):
    other = Image.fromarray(255 - ink)
    for kind in ("GIF", "PNG", "WEBP", "TIFF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        picture = decode(encoded(ink, kind, save_all=True, append_images=[other], **options))
        assert np.array_equal(picture.gray, ink), kind
        assert picture.notes == ("only the first frame was read",), kind


# Transparency


@pytest.mark.parametrize("tone", [0, 40, 128, 200, 255])
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_strokes_that_live_only_in_alpha_are_seen(ink, tone, mode):
    layers = Image.merge("LA", (Image.new("L", (30, 40), tone), Image.fromarray(ink))).convert(mode)
    assert to_input(decode(encoded(layers)).gray) == pytest.approx(to_input(ink), abs=0.1)


def test_black_strokes_in_alpha_are_exactly_the_plain_picture(ink):
    layers = np.dstack([np.zeros((40, 30, 3), np.uint8), ink])
    assert np.array_equal(decode(layers).gray, 255 - ink)
    assert np.array_equal(decode(encoded(layers)).gray, 255 - ink)


def test_a_palette_with_transparency_is_composited(ink):
    mask = ink > 127
    image = Image.fromarray(mask.astype(np.uint8)).convert("P")
    image.putpalette([0, 0, 0, 0, 0, 0])
    assert np.array_equal(decode(encoded(image, transparency=0)).gray, np.where(mask, 0, 255))


def test_transparent_corners_of_a_page_become_paper(ink):
    alpha = np.full_like(ink, 255)
    alpha[:4, :4] = alpha[-4:, -4:] = 0
    page = 255 - ink // 2
    gray = decode(np.dstack([page, page, page, alpha])).gray
    assert np.array_equal(gray, page)


def test_a_wholly_transparent_picture_is_a_blank_page_and_says_so():
    picture = decode(np.zeros((5, 5, 4), np.uint8))
    assert picture.gray.min() == 255
    assert picture.notes == ("wholly transparent",)


# Arrays


def test_arrays_of_every_kind_give_the_same_pixels(ink):
    mask = (ink > 127).astype(np.uint8) * np.uint8(255)
    for same in (mask, mask > 0, mask / 255, np.dstack([mask] * 3), (mask / 255).astype(np.float32)[::1]):
        assert np.array_equal(decode(same).gray, mask)
    assert np.array_equal(decode(mask.T).gray, mask.T)  # not contiguous
    assert decode(mask).name == "array"


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((2, 2), np.int64), "dtype int64"),
        (np.zeros((2, 2), np.uint16), "dtype uint16"),
        (np.full((2, 2), np.nan), "nan"),
        (np.array([[0.0, np.inf]]), "inf"),
        (np.array([[0.0, 254.0]]), "from 0 to 254"),
        (np.array([[-0.1, 1.0]]), "from -0.1 to 1"),
        (np.zeros((2, 2, 2), np.uint8), r"shape \(2, 2, 2\)"),
        (np.zeros((1, 2, 2, 3), np.uint8), r"shape \(1, 2, 2, 3\)"),
        (np.zeros(4, np.uint8), r"shape \(4,\)"),
        (np.zeros((0, 4), np.uint8), r"shape \(0, 4\)"),
    ],
)
def test_other_arrays_are_refused_with_what_they_are(array, reason):
    with pytest.raises(PictureError, match=reason):
        decode(array)


# What is refused


@pytest.mark.parametrize(
    "content",
    [
        b"this is text",
        b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        b"8BPS\0\1" + b"\0" * 60,
        b"\0" * 1000,
        b"GIF89a",
    ],
)
def test_what_is_not_a_picture_is_refused_by_name(content):
    with pytest.raises(PictureError, match=r"^nine\.png: (is not a picture|cannot be decoded)"):
        decode(content, name="nine.png")


@pytest.mark.parametrize("kind", ["EPS", "PPM", "ICO", "TGA"])
def test_formats_off_the_list_are_refused(ink, kind):
    with pytest.raises(PictureError, match="is not a picture; expected PNG, JPEG"):
        decode(encoded(ink, kind))


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "empty.png").touch()
    with pytest.raises(PictureError, match=r"empty\.png: is empty"):
        decode(tmp_path / "empty.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_truncated_file_is_refused(ink, kind):
    content = encoded(ink, kind)
    with pytest.raises(PictureError, match=r"cut short|not a picture"):
        decode(content[: len(content) * 2 // 3])


def test_a_png_with_a_wrong_checksum_is_refused(ink):
    content = bytearray(encoded(ink))
    start = content.index(b"IDAT")
    content[start + 4 + struct.unpack(">I", content[start - 4 : start])[0]] ^= 0xFF
    with pytest.raises(PictureError, match="checksum"):
        decode(bytes(content))


@pytest.mark.parametrize("side", [6_000, 10_000, 50_000])  # beneath, at and above Pillow's own limits
def test_a_bomb_is_refused_before_it_is_decoded(side):
    content = png_header(side, side)
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(PictureError, match="pixels; at most 25,000,000 are read"):
        decode(content)
    seconds, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 0.1
    assert peak < 1e6


def test_a_small_tiff_in_a_giant_tile_is_refused():
    with pytest.raises(PictureError, match="40,000 x 40,000 pixels"):
        decode(tiff_with_tile(40_000))


def test_limits_can_be_narrowed(ink, tmp_path):
    path = tmp_path / "three.png"
    path.write_bytes(encoded(ink))
    with pytest.raises(PictureError, match="larger than 10 bytes"):
        decode(path, max_bytes=10)
    with pytest.raises(PictureError, match="30 x 40 pixels; at most 1,199"):
        decode(path, max_pixels=1_199)
    with pytest.raises(PictureError, match="30 x 40 pixels; at most 1,199"):
        decode(ink, max_pixels=1_199)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match=r"gone\.png"):
        decode(tmp_path / "gone.png")


def test_folders_links_to_themselves_and_impossible_names_are_refused(tmp_path):
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    for path in (tmp_path, loop, tmp_path / ("x" * 300), tmp_path / "a\0b"):
        with pytest.raises(PictureError, match=r"is not a regular file|cannot be read"):
            decode(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PictureError, match="is not a regular file"):
        decode(tmp_path / "pipe.png")


def test_a_name_cannot_break_the_message():
    with pytest.raises(PictureError) as caught:
        decode(b"", name="a\nb\x1b[31m.png")
    assert str(caught.value).isprintable()


@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]), st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(kind, data):
    content = bytearray(encoded(np.tile(np.arange(16, dtype=np.uint8) * 16, (16, 1)), kind))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = decode(bytes(content))
    except PictureError as err:
        assert str(err).isprintable()
    else:
        assert picture.gray.dtype == np.uint8
        assert picture.gray.ndim == 2
