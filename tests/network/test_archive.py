import io
import zipfile
from pathlib import Path

import pytest

from handigits.errors import ModelError
from handigits.network.archive import read_archive


def zipped(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "model.zip"
    path.write_bytes(content)
    return path


def test_members_are_read_by_name(tmp_path: Path) -> None:
    assert read_archive(write(tmp_path, zipped({"a/b": b"1", "c": b""}))) == {"a/b": b"1", "c": b""}


def test_names_that_lead_out_touch_no_file(tmp_path: Path) -> None:
    path = write(tmp_path, zipped({"../outside": b"1", "/absolute": b"2"}))
    assert read_archive(path)["../outside"] == b"1"
    assert [each.name for each in tmp_path.parent.glob("**/outside")] == []


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="unpacks to 2 files of 80 MB"):
        read_archive(write(tmp_path, zipped({"a": bytes(40_000_000), "b": bytes(40_000_000)})))


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="1,001 files"):
        read_archive(write(tmp_path, zipped({str(each): b"" for each in range(1001)})))


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    content = zipped({"a": bytes(1000)}).replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(ModelError, match="not a whole zip"):
        read_archive(write(tmp_path, content))


def test_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"a": bytes(range(256))}))
    content[100] ^= 1
    with pytest.raises(ModelError, match="not a whole zip"):
        read_archive(write(tmp_path, bytes(content)))


@pytest.mark.parametrize("size", [0, 10, 60])
def test_a_cut_archive_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(ModelError, match="not a whole zip"):
        read_archive(write(tmp_path, zipped({"a": b"hello"})[:size]))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_no_tool_writes_is_refused(tmp_path: Path, method: int) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        archive.writestr("a", bytes(100))
    with pytest.raises(ModelError, match="unusual"):
        read_archive(write(tmp_path, content.getvalue()))
