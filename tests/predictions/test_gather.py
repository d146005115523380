import errno
import io
import os
from pathlib import Path

import numpy as np
import pytest

from handigits.ink.decode import MAX_BYTES
from handigits.predictions.gather import Failure, Item, Notice, gather
from handigits.recognizer import Source

needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")


def names(*sources: Source) -> list[str]:
    return [found.name for found in gather(sources) if isinstance(found, Item)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four pictures on two levels, and things that are none; the working directory is above."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans" / "old").mkdir(parents=True)
    for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png", "table.csv", "old/d.tif", "old/c.webp"):
        (tmp_path / "scans" / name).touch()
    return Path("scans")


def test_folder_gives_its_pictures_sorted(folder: Path) -> None:
    expected = [folder / "a.JPG", folder / "b.png", folder / "old/c.webp", folder / "old/d.tif"]
    assert names(folder) == [str(path) for path in expected]


def test_glob_that_the_shell_left_alone_is_expanded(folder: Path) -> None:
    assert names("scans/*.png") == [str(folder / "b.png")]
    assert names("scans/**/*.tif") == [str(folder / "old" / "d.tif")]


def test_glob_is_expanded_where_it_is_an_invalid_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, whose shell expands none."""
    stat = Path.stat

    def windows(path: Path, **options: bool) -> os.stat_result:
        if "*" in str(path):
            raise OSError(errno.EINVAL, "The filename, directory name, or volume label syntax is incorrect")
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", windows)
    assert names("scans/*.png") == [str(folder / "b.png")]
    (failure,) = gather(["scans/*.gif"])
    assert isinstance(failure, Failure)
    assert "syntax is incorrect" in failure.reason


def test_file_with_brackets_in_its_name_is_a_file(folder: Path) -> None:
    (folder / "[b].png").touch()
    assert names("scans/[b].png") == ["scans/[b].png"]


def test_named_file_is_taken_whatever_its_suffix(folder: Path) -> None:
    assert names("scans/notes.txt") == ["scans/notes.txt"]


def test_csv_is_a_table(folder: Path) -> None:
    assert [found.is_table for found in gather(["scans/table.csv", "scans/b.png"])] == [True, False]  # type: ignore[union-attr]


def test_order_of_the_sources_is_kept(folder: Path) -> None:
    assert names("scans/old", "scans/b.png", b"bytes", np.zeros((2, 2))) == [
        str(folder / "old" / "c.webp"),
        str(folder / "old" / "d.tif"),
        "scans/b.png",
        "bytes",
        "array",
    ]


def test_dash_reads_standard_input() -> None:
    (found,) = gather(["-"], stdin=io.BytesIO(b"picture"))
    assert isinstance(found, Item)
    assert (found.name, found.source) == ("-", b"picture")


def test_standard_input_is_read_no_further_than_a_picture_may_reach() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert size > 0
            return bytes(size)

    (found,) = gather(["-"], stdin=Endless())  # type: ignore[arg-type]
    assert isinstance(found, Item)
    assert isinstance(found.source, bytes)
    assert len(found.source) == MAX_BYTES + 1


@pytest.mark.parametrize("source", ["nothing.png", "nothing/*.png", "a\0b.png", "x" * 5000])
def test_what_is_not_there_fails_alone(source: str) -> None:
    (found,) = gather([source])
    assert isinstance(found, Failure)
    assert found.file == source


def test_a_link_to_nothing_that_is_called_like_a_glob_fails(folder: Path) -> None:
    (folder / "*").symlink_to("missing")
    found = list(gather([str(folder / "*.png"), str(folder / "*")]))
    assert [each.file for each in found if isinstance(each, Failure)] == [str(folder / "*")]


def test_folder_without_pictures_fails(tmp_path: Path) -> None:
    (found,) = gather([tmp_path])
    assert isinstance(found, Failure)
    assert "holds no pictures" in found.reason


@needs_fifo
def test_named_fifo_fails(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.png")
    (found,) = gather([tmp_path / "fifo.png"])
    assert isinstance(found, Failure)


@needs_fifo
def test_fifos_and_loops_in_a_folder_are_skipped_and_said(folder: Path) -> None:
    os.mkfifo(folder / "fifo.png")
    (folder / "circle.png").symlink_to("circle.png")
    (folder / "nowhere.png").symlink_to("missing.png")
    (folder / "up").symlink_to("..", target_is_directory=True)
    found = list(gather([folder]))
    skipped = {Path(each.file).name for each in found if isinstance(each, Notice)}
    assert skipped == {"fifo.png", "circle.png", "nowhere.png", "up"}
    assert len([each for each in found if isinstance(each, Item)]) == 4


def test_names_are_shown_on_one_printable_line() -> None:
    (found,) = gather(["a\n\x1b[31mred.png"])
    assert str(found) == r"a\n\x1b[31mred.png: there is no such file or folder."
