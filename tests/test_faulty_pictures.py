"""What people hand in for a picture of a digit, as one file in the ways that files come, and what they are told."""

import io
import os
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from handigits.cli.main import main
from handigits.errors import PictureError
from handigits.recognizer import Recognizer


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(threads=1)


def five(height: int = 400, width: int = 300, *, stroke: int = 14) -> NDArray[np.uint8]:
    page = np.full((height, width), 235, np.uint8)
    scale = height / 66
    cv2.putText(page, "5", (width // 5, height * 4 // 5), cv2.FONT_HERSHEY_SIMPLEX, scale / 1.3, (25.0,), stroke)
    return page


def encoded(image: Image.Image | NDArray[Any], kind: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(stream, kind, **options)
    return stream.getvalue()


def alpha_only() -> bytes:
    page = five()
    layers = np.zeros((*page.shape, 4), np.uint8)
    layers[..., 3] = 255 - page
    layers[..., 3][layers[..., 3] < 30] = 0
    return encoded(layers)


def turned(orientation: int) -> bytes:
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(Image.fromarray(five()).transpose(undo[orientation]), "JPEG", quality=95, exif=exif)


SAME = {
    "turned by 180": lambda: turned(3),
    "turned right": lambda: turned(6),
    "turned left": lambda: turned(8),
    "16 bits": lambda: encoded(five().astype(np.uint16) * 257),
    "1 bit": lambda: encoded(Image.fromarray(five() > 127)),
    "CMYK": lambda: encoded(Image.fromarray(five()).convert("RGB").convert("CMYK"), "TIFF"),
    "palette": lambda: encoded(Image.fromarray(five()).convert("RGB").convert("P")),
    "strokes only in alpha": alpha_only,
    "inverted": lambda: encoded(255 - five()),
    "animation": lambda: encoded(five(), "GIF", save_all=True, append_images=[Image.new("L", (300, 400), 0)]),
}


@pytest.mark.parametrize("way", SAME)
def test_the_same_digit_in_any_kind_of_file_gets_the_same_answer(way: str, recognizer: Recognizer) -> None:
    assert recognizer.predict(five()).digits == "5"
    assert recognizer.predict(SAME[way]()).digits == "5"


def test_a_photo_of_20_megapixels_is_answered_within_a_second(recognizer: Recognizer) -> None:
    content = encoded(five(5_000, 4_000, stroke=160), "JPEG", quality=90)
    began = time.process_time()
    assert recognizer.predict(content).digits == "5"
    assert time.process_time() - began < 1


def test_a_picture_that_is_an_archive_too_is_read_as_the_picture(recognizer: Recognizer) -> None:
    stream = io.BytesIO(encoded(five()))
    stream.seek(0, io.SEEK_END)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("../evil.py", "raise SystemExit")
    assert recognizer.predict(stream.getvalue()).digits == "5"


@pytest.mark.parametrize("head", [b"<html><script>alert(1)</script>", b"PK\x03\x04", b"%PDF-1.4\n", b"MZ"])
def test_another_kind_of_file_that_holds_a_picture_is_refused(head: bytes, recognizer: Recognizer) -> None:
    with pytest.raises(PictureError, match="not a picture"):
        recognizer.predict(head + encoded(five()))


@pytest.mark.parametrize(
    "content",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"8BPS\0\1" + bytes(60),
    ],
    ids=["eps", "svg", "psd"],
)
def test_no_program_is_started_for_what_others_would_render(
    content: bytes, recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    for module, name in ((subprocess, "Popen"), (os, "system"), (os, "posix_spawn")):
        monkeypatch.setattr(module, name, start)
    with pytest.raises(PictureError, match="not a picture"):
        recognizer.predict(content)


def test_a_photograph_of_something_else_is_not_a_digit(recognizer: Recognizer) -> None:
    generator = np.random.default_rng(0)
    scene = np.zeros((300, 400), np.float32)
    for sigma, weight in ((60, 3.0), (20, 1.5), (6, 1.0), (2, 0.6)):
        noise = cv2.GaussianBlur(generator.normal(size=scene.shape).astype(np.float32), (0, 0), sigma)
        scene += weight * noise / noise.std()
    gray = np.clip(128 + 35 * scene, 0, 255).astype(np.uint8)
    assert recognizer.predict(encoded(gray, "JPEG")).abstained


def test_one_bad_file_in_a_thousand_leaves_999_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = encoded(np.asarray(cv2.resize(five(), (21, 28)), np.uint8))
    for number in range(1_000):
        (tmp_path / f"{number:04}.png").write_bytes(b"no picture" if number == 500 else content)
    table = tmp_path / "answers.csv"
    assert main(["predict", str(tmp_path), "--csv", str(table)]) == 3
    assert len(table.read_text().splitlines()) == 1 + 999
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "0500.png" in line]
    assert "not a picture" in line


@pytest.mark.parametrize("name", ["<script>alert(1)</script>.png", "..\\..\\etc.png", "x" * 250 + ".png"])
def test_an_odd_name_is_but_a_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / name.replace("/", "\u2215")
    path.write_bytes(encoded(five()))
    monkeypatch.chdir(folder)
    assert main(["predict", f"../in/{path.name}", "--csv", str(tmp_path / "answers.csv")]) == 0
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["answers.csv", "in"]
