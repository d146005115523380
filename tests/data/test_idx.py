"""IDX files, good and bad."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data.idx import read_idx, read_idx_labels, read_idx_split, write_idx
from handigits.errors import DataError, MissingFileError


@pytest.fixture
def images() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (7, 28, 28), dtype=np.uint8)


def header(kind: int, *sizes: int) -> bytes:
    return bytes([0, 0, kind, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes)


@pytest.mark.parametrize("name", ["images-idx3-ubyte", "images-idx3-ubyte.gz"])
def test_what_was_written_is_read(tmp_path: Path, images: NDArray[np.uint8], name: str) -> None:
    write_idx(images, tmp_path / name)
    found = read_idx(tmp_path / name)
    assert found.dtype == np.uint8
    assert np.array_equal(found, images)


@pytest.mark.parametrize("shape", [(5,), (5, 3), (0, 28, 28), (0,)])
def test_every_rank_and_the_empty_array_survive(tmp_path: Path, shape: tuple[int, ...]) -> None:
    write_idx(np.ones(shape, np.uint8), tmp_path / "array")
    assert read_idx(tmp_path / "array").shape == shape


def test_bytes_are_those_of_the_format() -> None:
    content = header(0x08, 2, 1, 3) + bytes(range(6))
    assert read_idx(content).tolist() == [[[0, 1, 2]], [[3, 4, 5]]]


def test_gzip_is_told_by_its_content_not_by_the_name(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    write_idx(images, tmp_path / "a.gz")
    (tmp_path / "a.gz").rename(tmp_path / "a")
    assert np.array_equal(read_idx(tmp_path / "a"), images)


def test_gzip_in_several_members_is_read(images: NDArray[np.uint8]) -> None:
    content = header(0x08, *images.shape) + images.tobytes()
    packed = gzip.compress(content[:1000]) + gzip.compress(content[1000:])
    assert np.array_equal(read_idx(packed), images)


def test_array_that_was_read_can_be_written_to(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    write_idx(images, tmp_path / "a.gz")
    assert read_idx(tmp_path / "a.gz").flags.writeable


def test_same_array_gives_the_same_gzip_bytes(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    for name in ("a.gz", "b.gz"):
        write_idx(images, tmp_path / name)
        os.utime(tmp_path / name, (0, 0))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert (tmp_path / "a.gz").read_bytes()[4:8] == bytes(4)  # where gzip keeps the time


@pytest.mark.parametrize("array", [np.zeros((2, 28, 28), np.float32), np.zeros((1, 1, 28, 28), np.uint8), np.uint8(1)])
def test_array_that_is_not_idx_is_not_written(tmp_path: Path, array: NDArray[np.uint8]) -> None:
    with pytest.raises(DataError, match="expected uint8 of rank 1 to 3"):
        write_idx(np.asarray(array), tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "begins with nothing"),
        (b"<html>", "begins with 3c 68 74 6d; an IDX file begins with 00 00 08"),
        (b"\0\0", "begins with 00 00"),
        (header(0x07, 3) + bytes(3), "an IDX file begins with"),
        (header(0x0D, 3) + bytes(12), "holds float32 of rank 1; expected uint8"),
        (header(0x0C, 3) + bytes(12), "holds int32 of rank 1"),
        (header(0x08, 1, 1, 1, 1) + bytes(1), "of rank 4"),
        (header(0x08) + bytes(1), "of rank 0"),
        (header(0x08, 9, 28, 28)[:10], "ends within its header"),
        (header(0x08, 4) + bytes(3), "holds 3 bytes after the header; expected 4"),
        (header(0x08, 4) + bytes(5), "holds more than 4 bytes after the header; expected 4"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_wrong_file_is_refused_by_name_and_reason(tmp_path: Path, content: bytes, complaint: str, packed: bool) -> None:
    path = tmp_path / "bad-idx"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError, match=complaint) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("sizes", [(2**32 - 1,), (2**32 - 1, 2**32 - 1, 2**32 - 1), (60_000, 28, 28)])
@pytest.mark.parametrize("packed", [False, True])
def test_sizes_that_the_file_cannot_hold_take_no_memory(sizes: tuple[int, ...], packed: bool) -> None:
    content = header(0x08, *sizes) + bytes(100)
    with pytest.raises(DataError, match="cannot hold them"):
        read_idx(gzip.compress(content) if packed else content)


def test_gzip_bomb_is_unpacked_no_further_than_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(header(0x08, 10) + bytes(50_000_000))
    taken: list[int] = []
    read = gzip.GzipFile.read

    def counting(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        chunk = read(self, size)
        taken.append(len(chunk))
        return chunk

    monkeypatch.setattr(gzip.GzipFile, "read", counting)
    with pytest.raises(DataError, match="holds more than 10 bytes"):
        read_idx(bomb)
    assert sum(taken) == 4 + 4 + 10 + 1


def test_bomb_whose_header_agrees_is_refused_above_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handigits.data.idx.MAX_BYTES", 1_000_000)
    with pytest.raises(DataError, match="cannot hold them"):
        read_idx(gzip.compress(header(0x08, 2_000_000) + bytes(2_000_000)))


def test_file_above_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handigits.data.idx.MAX_BYTES", 1_000)
    (tmp_path / "big").write_bytes(header(0x08, 2_000) + bytes(2_000))
    with pytest.raises(DataError, match="at most 1,000"):
        read_idx(tmp_path / "big")


def test_gzip_cut_short_is_refused(images: NDArray[np.uint8]) -> None:
    whole = gzip.compress(header(0x08, *images.shape) + images.tobytes())
    for length in (5, 11, len(whole) // 2, len(whole) - 4):
        with pytest.raises(DataError, match="cut short"):
            read_idx(whole[:length])


def test_flipped_bit_in_gzip_is_found(images: NDArray[np.uint8]) -> None:
    whole = bytearray(gzip.compress(header(0x08, *images.shape) + images.tobytes()))
    whole[len(whole) // 2] ^= 1
    with pytest.raises(DataError):
        read_idx(bytes(whole))


def test_absent_file_and_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file"):
        read_idx(tmp_path / "absent")
    with pytest.raises(DataError, match="not a regular file"):
        read_idx(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="not a regular file"):
        read_idx(tmp_path / "pipe")


def test_labels_become_int64() -> None:
    labels = read_idx_labels(header(0x08, 3) + bytes([0, 9, 4]))
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 9, 4]


def test_labels_of_qmnist_are_the_first_of_eight_columns() -> None:
    table = np.arange(24, dtype=">i4").reshape(3, 8)
    table[:, 0] = [7, 2, 1]
    labels = read_idx_labels(gzip.compress(header(0x0C, 3, 8) + table.tobytes()))
    assert labels.dtype == np.int64
    assert labels.tolist() == [7, 2, 1]


def test_label_above_nine_is_refused_with_its_row() -> None:
    with pytest.raises(DataError, match="labels-idx1: label 11 in row 2; expected 0 to 9"):
        read_idx_labels(header(0x08, 3) + bytes([0, 9, 11]), name="labels-idx1")


def test_negative_label_is_refused() -> None:
    with pytest.raises(DataError, match="label -1 in row 0"):
        read_idx_labels(header(0x0C, 1, 8) + np.full(8, -1, ">i4").tobytes())


def test_split_joins_images_and_labels(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    write_idx(images, tmp_path / "images")
    write_idx(np.arange(7, dtype=np.uint8), tmp_path / "labels")
    split = read_idx_split(tmp_path / "images", tmp_path / "labels", name="mine/train")
    assert np.array_equal(split.images, images)
    assert split.labels.tolist() == list(range(7))
    assert split.name == "mine/train"


def test_counts_that_differ_are_refused(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    write_idx(images, tmp_path / "images")
    write_idx(np.zeros(6, np.uint8), tmp_path / "labels")
    with pytest.raises(DataError, match="7 images, but labels holds 6 labels"):
        read_idx_split(tmp_path / "images", tmp_path / "labels", name="mine")


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    write_idx(np.zeros((7, 32, 32), np.uint8), tmp_path / "images")
    write_idx(np.zeros(7, np.uint8), tmp_path / "labels")
    with pytest.raises(DataError, match="7 x 32 x 32; expected N x 28 x 28"):
        read_idx_split(tmp_path / "images", tmp_path / "labels", name="mine")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locked").write_bytes(header(0x08, 0))
    (tmp_path / "locked").chmod(0)
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(tmp_path / "locked")
