import errno
import io
import json
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from handigits.cli.main import main


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    page = np.full((200, 150), 240, np.uint8)
    page[40:56, 40:110] = 20
    page[40:160, 95:111] = 20
    Image.fromarray(page).save(tmp_path / "seven.png")
    return tmp_path / "seven.png"


def test_the_terminal_shows_what_the_model_saw(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(seven)]) == 0
    shown = capsys.readouterr().out
    assert "150 x 200 pixels" in shown
    assert sum("\u2588" * 3 in line for line in shown.splitlines()) >= 6
    assert "It says 7" in shown


def test_a_terminal_with_colours_shows_every_pixel(
    seven: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    assert main(["doctor", str(seven)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("\u2580") == 14 * 28
    assert "\x1b[38;5;" in shown


def test_json_is_for_scripts(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(seven), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["digits"] == "7"
    assert answer["stages"][0] == "picture"


def test_the_stages_are_written(seven: Path, tmp_path: Path) -> None:
    assert main(["doctor", str(seven), "--out", str(tmp_path / "stages.png")]) == 0
    with Image.open(tmp_path / "stages.png") as strip:
        assert strip.format == "PNG"


def test_stages_that_are_written_by_half_leave_the_old_ones(
    seven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(strip: Image.Image, path: Path, kind: str) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    stages = tmp_path / "stages.png"
    stages.write_bytes(b"old")
    monkeypatch.setattr(Image.Image, "save", fill_the_disk)
    assert main(["doctor", str(seven), "--out", str(stages)]) == 1
    assert stages.read_bytes() == b"old"


def test_what_is_no_picture_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.png").write_text("no picture")
    assert main(["doctor", str(tmp_path / "text.png")]) == 1
    assert "is not a picture" in capsys.readouterr().err


def png(*, width: int = 40, height: int = 30) -> bytes:
    """A PNG that says it is so large, whatever it holds."""
    stream = io.BytesIO()
    Image.fromarray(np.full((30, 40), 200, np.uint8)).save(stream, "PNG")
    content = bytearray(stream.getvalue())
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


def with_wrong_checksum() -> bytes:
    content = bytearray(png())
    content[29] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        png()[:-30],
        with_wrong_checksum(),
        png(width=50_000, height=50_000),
        b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"8BPS\0\1" + b"\0" * 60,
    ],
    ids=["empty", "text", "truncated", "checksum", "bomb", "svg", "eps", "psd"],
)
def test_a_faulty_file_ends_in_one_line_that_names_it(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nine.png").write_bytes(content)
    stages = tmp_path / "stages.png"
    assert main(["doctor", str(tmp_path / "nine.png"), "--out", str(stages)]) == 1
    shown = capsys.readouterr()
    (line,) = shown.err.strip().splitlines()
    assert "nine.png" in line
    assert shown.out == ""
    assert not stages.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_what_is_no_file_ends_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    for name in ("pipe.png", "loop.png", "gone.png", ".", "x" * 300):
        assert main(["doctor", str(tmp_path / name)]) == 1
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1), (60, 60)])
def test_a_picture_without_ink_ends_in_one_line(
    size: tuple[int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("L", size, 200).save(tmp_path / "blank.png")
    assert main(["doctor", str(tmp_path / "blank.png")]) == 0
    assert "No answer: no ink: the picture is blank" in capsys.readouterr().out.splitlines()


def test_stages_that_cannot_be_written_end_in_one_line(
    seven: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", str(seven), "--out", str(tmp_path / "gone" / "stages.png")]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_several_digits_are_answered_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = np.full((200, 240), 240, np.uint8)
    for left in (50, 160):
        page[40:160, left : left + 16] = 20
    Image.fromarray(page).save(tmp_path / "eleven.png")
    assert main(["doctor", str(tmp_path / "eleven.png")]) == 0
    shown = capsys.readouterr().out
    assert sum(line.strip() != "" and set(line) <= set(" \u2580\u2584\u2588") for line in shown.splitlines()) == 2 * 11
    assert "It says 11" in shown
    assert sum(line.startswith("  1  ") and "next: " in line for line in shown.splitlines()) == 2
