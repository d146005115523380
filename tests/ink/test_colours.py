import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from handigits.ink import decode
from handigits.ink.colours import gray_of

Colour = tuple[int, int, int]
ORANGE, LIME, RED, GREEN = (255, 127, 39), (0, 255, 0), (220, 60, 60), (60, 132, 60)


def drawn(pen: Colour, paper: Colour) -> NDArray[np.uint8]:
    """An upright stroke, 3 of 90 columns, on a page of 120 x 90."""
    page = np.full((120, 90, 3), paper, np.uint8)
    page[20:100, 44:47] = pen
    return page


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("pen", "paper", "channel"),
    [
        (RED, GREEN, "red"),
        ((34, 177, 76), (127, 127, 127), "red"),
        ((0, 162, 232), (34, 177, 76), "blue"),
        ((255, 225, 0), (255, 255, 255), "blue"),
    ],
)
def test_colours_of_one_brightness_are_told_apart_by_a_channel(pen: Colour, paper: Colour, channel: str) -> None:
    picture = decode(drawn(pen, paper))
    assert np.array_equal(picture.gray, drawn(pen, paper)[..., ["red", "green", "blue"].index(channel)])
    assert picture.notes == (f"its colours are equally bright: {channel} alone was read",)


@pytest.mark.parametrize("paper", [(255, 255, 255), (0, 0, 0), (250, 235, 110), (40, 62, 50)])
@pytest.mark.parametrize("pen", [RED, (60, 100, 230), (160, 90, 160)])
def test_where_brightness_shows_the_strokes_it_is_taken(pen: Colour, paper: Colour) -> None:
    image = Image.fromarray(drawn(pen, paper))
    gray, channel = gray_of(image)
    assert channel is None
    assert np.array_equal(np.asarray(gray), np.asarray(image.convert("L")))


def test_pencil_beside_a_highlighter_keeps_its_brightness() -> None:
    page = drawn((90, 90, 90), (250, 250, 250))
    page[:, 55:85] = (250, 240, 60)
    assert gray_of(Image.fromarray(page))[1] is None


def test_a_photograph_whose_light_changes_its_hue_keeps_its_brightness() -> None:
    draws = np.random.default_rng(0)
    warm = np.linspace(0, 1, 200)[None, :, None] * np.array([30, 0, -60])
    page = np.clip(np.array([190, 180, 170]) + warm + draws.normal(0, 4, (200, 200, 3)), 0, 255)
    page[40:160, 95:105] *= 0.5
    assert gray_of(Image.fromarray(page.astype(np.uint8)))[1] is None


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_opaque_pictures_of_other_modes_are_read_so_too(mode: str) -> None:
    picture = decode(png(Image.fromarray(drawn(ORANGE, LIME)).convert(mode)))
    assert picture.gray[60, 45] != picture.gray[60, 10]
    assert "equally bright" in picture.notes[0]


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3, 2), (64, 64), (65, 63)])
def test_pictures_of_any_size_and_of_one_colour_keep_their_brightness(size: tuple[int, int]) -> None:
    gray, channel = gray_of(Image.new("RGB", size, RED))
    assert (gray.size, gray.mode, channel) == (size, "L", None)
