import errno
import os
import stat
from pathlib import Path

import pytest

from handigits.atomic import atomic_path, write_text


def test_a_file_that_is_written_replaces_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "answer"
    write_text(target, "old")
    write_text(target, "new\n")
    assert target.read_bytes() == b"new\n"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "answer"
    write_text(target, "old")
    with pytest.raises(RuntimeError), atomic_path(target) as part:
        part.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_reported_with_the_name_of_the_file(tmp_path: Path) -> None:
    target = tmp_path / "answer"
    with pytest.raises(OSError, match="answer") as caught, atomic_path(target) as part:
        part.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_reported_with_the_name_that_was_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "answer"
    with pytest.raises(FileNotFoundError) as caught:
        write_text(target, "42")
    assert caught.value.filename == str(target)


def test_two_writers_with_the_same_process_id_have_files_of_their_own(tmp_path: Path) -> None:
    """As in two containers that share a folder: the command is process 1 in each."""
    with atomic_path(tmp_path / "answer") as one, atomic_path(tmp_path / "answer") as other:
        assert one != other
        one.write_text("42")
        other.write_text("42")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # nobody waits for anybody, even were the pipe replaced
    write_text(pipe, "42")
    assert os.read(end, 100) == b"42"
    os.close(end)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize("old", ["old", None], ids=["to a file", "to nothing yet"])
def test_a_link_is_followed(tmp_path: Path, old: str | None) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "answer", tmp_path / "link"
    if old is not None:
        target.write_text(old)
    try:
        link.symlink_to(Path("elsewhere") / "answer")
    except OSError:
        pytest.skip("links are not allowed here")
    write_text(link, "42")
    assert link.is_symlink()
    assert target.read_text() == "42"
    assert sorted(tmp_path.rglob("*")) == sorted([target.parent, target, link])
