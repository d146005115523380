"""Pictures from files, bytes and arrays, as plain gray pixels.

Written for pictures from strangers: sizes are checked before anything is decoded, and metadata before a decoder reads
them (`metadata`); only six common raster formats are read, and whatever goes wrong inside a decoder ends in one
`PictureError`. Does not decide which tone is the ink, and does not crop or scale: see `normalize`.
"""

import io
import stat
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from handigits.errors import MissingFileError, PictureError
from handigits.escape import printable
from handigits.ink.colours import gray_of
from handigits.ink.metadata import check_exif, check_metadata

__all__ = ["FORMATS", "MAX_BYTES", "MAX_PIXELS", "Picture", "count_pixels", "decode"]

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_BYTES = 32 * 2**20
MAX_PIXELS = 25_000_000  # decoding takes up to nine bytes of memory a pixel, with transparency

_WIDE_GRAY = ("I", "I;16", "I;16B", "I;16L", "I;16N")  # Pillow's modes for more than 8 bits a pixel

_TURNS = {  # by the orientation of EXIF; 1 is upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture, decoded.

    Attributes:
        gray: uint8 (H, W) in 0..255, upright, 0 black and 255 white, as a person would see it.
        name: what to call it in messages; printable, on one line.
        notes: what was decided on the way and is worth telling, such as that only the first frame was read.
    """

    gray: NDArray[np.uint8]
    name: str
    notes: tuple[str, ...] = ()


def decode(
    source: str | Path | bytes | NDArray[Any],
    *,
    name: str | None = None,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
) -> Picture:
    """Read a picture as gray pixels.

    Colours become luminance; EXIF orientation is applied; 16 bits become 8; transparent parts get the tone of the paper
    (black or white where there are only strokes, whichever shows them); of an animation the first frame is read.

    Args:
        source: a path (str or Path), the bytes of a file, or an array: uint8, bool, or float in [0, 1], shaped (H, W),
            (H, W, 3) or (H, W, 4).
        name: what to call it in messages; the path, "bytes" or "array" if not given.
        max_bytes: the largest file that is read.
        max_pixels: the largest picture that is decoded, as width times height; judged by the header alone.

    Raises:
        MissingFileError: there is no such file.
        PictureError: too large, damaged, not a picture, or an array of another kind.

    Example:
        >>> decode(np.eye(2)).gray.tolist()
        [[255, 0], [0, 255]]
    """
    if isinstance(source, np.ndarray):
        shown = printable(name or "array")
        gray, notes = _flatten(_image_from_array(source, shown, max_pixels), shown)
        return Picture(gray, shown, notes)
    shown = printable(name or ("bytes" if isinstance(source, bytes) else str(source)))
    content = source if isinstance(source, bytes) else _read_file(Path(source), shown, max_bytes)
    if not content:
        raise PictureError(f"{shown}: is empty; expected a picture ({', '.join(FORMATS)}).")
    if len(content) > max_bytes:
        raise PictureError(f"{shown}: is larger than {max_bytes:,} bytes, the most that is read. Scale it down.")
    return _decode_content(content, shown, max_pixels)


def count_pixels(content: bytes) -> int:
    """How many pixels would be decoded of a picture, by its header alone; 0 of one that `decode` refuses for it."""
    with warnings.catch_warnings(), suppress(Exception):
        check_metadata(content, "")
        warnings.filterwarnings("ignore", module=r"PIL\.")
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            pixels = max(width * height for width, height in (image.size, _tile_size(image)))
            return pixels if pixels <= MAX_PIXELS else 0
    return 0


def _read_file(path: Path, shown: str, max_bytes: int) -> bytes:
    """Read at most one byte more than allowed. Only from regular files: a FIFO could keep us waiting for ever."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as file:
                return file.read(max_bytes + 1)
    except FileNotFoundError as err:
        raise MissingFileError(f"{shown}: there is no such file.") from err
    except (OSError, ValueError) as err:  # ValueError: a NUL in the path
        raise PictureError(f"{shown}: cannot be read: {getattr(err, 'strerror', None) or err}.") from err
    raise PictureError(f"{shown}: is not a regular file; expected a picture ({', '.join(FORMATS)}).")


def _decode_content(content: bytes, shown: str, max_pixels: int) -> Picture:
    check_metadata(content, shown)
    with warnings.catch_warnings():
        # Pillow warns about odd metadata and about sizes: the former do not matter here, the latter are checked below.
        # Filters belong to the whole process; should threads restore them out of order, no more than this one stays.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _check_size(shown, image.size, max_pixels)
                _check_size(shown, _tile_size(image), max_pixels)
                image.verify()  # checksums; the image cannot be used afterwards
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                frames = ("only the first frame was read",) if getattr(image, "is_animated", False) else ()
                image.draft("L", None)  # a colour JPEG holds its luminance apart: take that alone
                image.load()
                check_exif(image.info, shown)
                gray, notes = _flatten(_upright(image), shown)
                return Picture(gray, shown, frames + notes)
        except PictureError:
            raise
        except UnidentifiedImageError as err:
            raise PictureError(f"{shown}: is not a picture; expected {', '.join(FORMATS)}.") from err
        except Image.DecompressionBombError as err:
            raise PictureError(_too_many_pixels(shown, "far more", max_pixels)) from err
        except Exception as err:  # a damaged file makes decoders raise almost anything
            raise PictureError(
                f"{shown}: cannot be decoded; it may be damaged or cut short ({printable(str(err))})."
            ) from err


def _tile_size(image: Image.Image) -> tuple[int, int]:
    """A TIFF may hold a small picture in one giant tile, which is decoded whole."""
    tags: Mapping[int, int] = getattr(image, "tag_v2", {})
    return tags.get(TiffImagePlugin.TILEWIDTH, 0), tags.get(TiffImagePlugin.TILELENGTH, 0)


def _check_size(shown: str, size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        raise PictureError(_too_many_pixels(shown, f"{size[0]:,} x {size[1]:,}", max_pixels))


def _too_many_pixels(shown: str, came: str, max_pixels: int) -> str:
    return f"{shown}: has {came} pixels; at most {max_pixels:,} are read. Scale it down."


def _upright(image: Image.Image) -> Image.Image:
    """By the orientation alone: `ImageOps.exif_transpose` would parse all metadata and write them anew."""
    turn = None
    with suppress(Exception):  # damaged metadata says nothing against the pixels
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return image if turn is None else image.transpose(turn)


def _image_from_array(array: NDArray[Any], shown: str, max_pixels: int) -> Image.Image:
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,), (4,)) or array.size == 0:
        raise PictureError(f"{shown}: has shape {array.shape}; expected (H, W), (H, W, 3) or (H, W, 4), not empty.")
    _check_size(shown, (array.shape[1], array.shape[0]), max_pixels)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    elif np.issubdtype(array.dtype, np.floating):
        array = _bytes_from_floats(array, shown)
    elif array.dtype != np.uint8:
        raise PictureError(f"{shown}: has dtype {array.dtype}; expected uint8, bool, or float in [0, 1].")
    return Image.fromarray(np.ascontiguousarray(array))


def _bytes_from_floats(array: NDArray[np.floating], shown: str) -> NDArray[np.uint8]:
    low, high = float(array.min()), float(array.max())  # both NaN if any pixel is
    if not (low >= 0 and high <= 1):
        raise PictureError(
            f"{shown}: float pixels reach from {low:g} to {high:g}; expected 0 to 1. Divide by the largest value, "
            "or pass 0 to 255 as uint8."
        )
    values: NDArray[np.uint8] = np.rint(array * 255).astype(np.uint8)
    return values


def _flatten(image: Image.Image, shown: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The picture without colour and transparency, uint8 (H, W), and what to note about it."""
    if image.mode in _WIDE_GRAY:
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            raise PictureError(f"{shown}: pixels reach beyond 16 bits ({values.min()} to {values.max()}).")
        return (values >> 8).astype(np.uint8), ()
    if image.mode == "F":
        return _bytes_from_floats(np.asarray(image), shown), ()
    if image.has_transparency_data:
        layers = image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
        alpha = layers.getchannel("A")
        if cast(tuple[int, int], alpha.getextrema())[0] < 255:
            return _composite(layers.convert("L"), alpha)
        image = layers
    gray, channel = gray_of(image)
    return np.array(gray), (f"its colours are equally bright: {channel} alone was read",) if channel else ()


def _composite(gray: Image.Image, alpha: Image.Image) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Lay `gray` on paper where it is transparent.

    What covers more than half of the picture, in more than one tone, brings its own paper: that tone is continued.
    Otherwise it is strokes alone, and the paper is black or white, whichever is farther from them.
    """
    tones = np.cumsum(gray.histogram(mask=alpha))  # of the pixels that are not wholly transparent
    visible = int(tones[-1])
    if not visible:
        return np.full((gray.height, gray.width), 255, np.uint8), ("wholly transparent",)
    dark, middle, light = (int(np.searchsorted(tones, share * visible)) for share in (0.05, 0.5, 0.95))
    has_paper = visible > gray.width * gray.height / 2 and light - dark > 64
    contrast = 0 if middle > 127 else 255
    page = Image.new("L", gray.size, middle if has_paper else contrast)
    page.paste(gray, mask=alpha)
    return np.array(page), ()
