import errno
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
