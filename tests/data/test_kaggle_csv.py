import itertools
import os
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handigits.data.kaggle_csv import (
    MAX_LINE_BYTES,
    has_labels,
    iter_kaggle_csv,
    read_kaggle_csv,
    write_kaggle_csv,
    write_kaggle_labels,
)
from handigits.errors import DataError, MissingFileError

PIXELS = [f"pixel{i}" for i in range(784)]


def digits(count: int = 5) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (count, 28, 28), dtype=np.uint8), generator.integers(0, 10, count)


@pytest.fixture
def table() -> list[list[object]]:
    """A sound file of five digits, as cells: the header first."""
    images, labels = digits()
    return [["label", *PIXELS], *([label, *image.ravel()] for image, label in zip(images, labels, strict=True))]


@pytest.fixture
def save(tmp_path):
    """Write cells, with anything done to the text; give the path."""

    def write(table, *, separator=",", end="\n", encoding="utf-8"):
        path = tmp_path / "train.csv"
        path.write_bytes("".join(separator.join(map(str, row)) + end for row in table).encode(encoding))
        return path

    return write


# What is read


@given(arrays(np.uint8, st.tuples(st.integers(1, 3), st.just(28), st.just(28))), st.booleans(), st.randoms())
def test_what_is_written_is_read_again(tmp_path_factory, images, labelled, random):
    images[0, 0, 0] = 255  # a file without any pixel above 1 is refused
    labels = np.array([random.randrange(10) for _ in images], dtype=np.int64) if labelled else None
    path = tmp_path_factory.mktemp("csv") / "digits.csv"
    write_kaggle_csv(path, images, labels)
    read_images, read_labels = read_kaggle_csv(path)
    assert read_images.dtype == np.uint8
    assert np.array_equal(read_images, images)
    if labels is None:
        assert read_labels is None
    else:
        assert read_labels is not None
        assert read_labels.dtype == np.int64
        assert np.array_equal(read_labels, labels)


def test_what_is_written_is_kaggles_own_text(table, tmp_path):
    images, labels = digits()
    write_kaggle_csv(tmp_path / "train.csv", images, labels)
    assert (tmp_path / "train.csv").read_text() == "".join(",".join(map(str, row)) + "\n" for row in table)


def test_labels_are_written_as_a_submission(tmp_path):
    write_kaggle_labels(tmp_path / "labels.csv", np.array([7, 2, 1]))
    assert (tmp_path / "labels.csv").read_bytes() == b"ImageId,Label\n1,7\n2,2\n3,1\n"


def test_a_file_is_streamed_in_chunks(tmp_path):
    images, labels = digits(7)
    write_kaggle_csv(tmp_path / "train.csv", images, labels)
    chunks = list(iter_kaggle_csv(tmp_path / "train.csv", chunk_rows=3))
    assert [len(chunk) for chunk, _ in chunks] == [3, 3, 1]
    assert np.array_equal(np.concatenate([chunk for chunk, _ in chunks]), images)


def test_streaming_takes_the_memory_of_one_chunk(tmp_path):
    images, _ = digits(1)
    path = tmp_path / "test.csv"
    write_kaggle_csv(path, np.repeat(images, 4_000, axis=0), None)
    tracemalloc.start()
    count = sum(len(chunk) for chunk, _ in iter_kaggle_csv(path, chunk_rows=100))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4_000
    assert peak < 3e6 < path.stat().st_size


@pytest.mark.parametrize(
    "names",
    [
        PIXELS,
        [f"pixel{i}" for i in range(1, 785)],
        [f"{row}x{column}" for row, column in itertools.product(range(1, 29), repeat=2)],
        [f'"{name}"' for name in PIXELS],
    ],
)
def test_the_headers_in_circulation_are_known(table, save, names):
    table[0] = ["label", *names]
    assert np.array_equal(read_kaggle_csv(save(table))[0], digits()[0])


@pytest.mark.parametrize(
    "options",
    [{"encoding": "utf-8-sig"}, {"end": "\r\n"}, {"encoding": "utf-8-sig", "end": "\r\n"}, {"separator": ", "}],
)
def test_bom_crlf_and_spaces_are_accepted(table, save, options):
    images, labels = read_kaggle_csv(save(table, **options))
    assert np.array_equal(images, digits()[0])
    assert np.array_equal(labels, digits()[1])


def test_a_missing_last_line_end_and_blank_lines_at_the_end_are_accepted(table, save):
    path = save(table)
    path.write_bytes(path.read_bytes().rstrip())
    assert len(read_kaggle_csv(path)[0]) == 5
    path.write_bytes(path.read_bytes() + b"\n\n\r\n")
    assert len(read_kaggle_csv(path)[0]) == 5


def test_whole_numbers_may_be_written_as_decimals(table, save):
    table[2] = [f"{cell}.0" for cell in table[2]]
    assert np.array_equal(read_kaggle_csv(save(table))[0], digits()[0])


def test_the_header_alone_tells_whether_there_are_labels(table, save):
    assert has_labels(save(table))
    assert not has_labels(save([row[1:] for row in table]))
    assert not has_labels(save([PIXELS, ["rubbish"]]))


# What is refused


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("nan", "line 4: pixel9 is nan; expected a whole number, 0 to 255"),
        ("inf", "line 4: pixel9 is inf"),
        ("-5", "line 4: pixel9 is -5"),
        ("300", "line 4: pixel9 is 300"),
        ("0.5", "line 4: pixel9 is 0.5"),
        ("1e999", "line 4: pixel9 is inf"),
        ("seven", "line 4: pixel9 is 'seven'; expected a whole number"),
        ("", "line 4: pixel9 is ''"),
        ("1_0", "line 4: pixel9 is '1_0'"),
        ("0x10", "line 4: pixel9 is '0x10'"),
        ("\u0663", "line 4: pixel9 is "),
        ("1\x002", r"line 4: pixel9 is '1\\\\x002'"),
        ("=1+1", "line 4: pixel9 is '=1\\+1'"),
        ("1\r2", "line 4: pixel9 is "),
        ('"1', "line 4: holds a quote"),
        ('"1"', "line 4: holds a quote"),
        ("1,2", "line 4: has 786 columns; expected 785"),
        ("x" * 1000, "line 4: pixel9 is 'x{20}\\.\\.\\.'"),
    ],
)
def test_a_wrong_pixel_is_named_by_line_and_column(table, save, cell, reason):
    table[3][10] = cell
    with pytest.raises(DataError, match=r"train\.csv, " + reason):
        read_kaggle_csv(save(table))


@pytest.mark.parametrize("label", ["11", "-1", "10", "1.5", "nan"])
def test_a_wrong_label_is_named_by_line(table, save, label):
    table[5][0] = label
    with pytest.raises(DataError, match=rf"line 6: label is {label}; expected 0 to 9"):
        read_kaggle_csv(save(table))


def test_a_word_for_a_label_is_named_by_line(table, save):
    table[5][0] = "seven"
    with pytest.raises(DataError, match="line 6: label is 'seven'"):
        read_kaggle_csv(save(table))


def test_the_line_is_right_beyond_the_first_chunk(tmp_path):
    images, labels = digits(9)
    path = tmp_path / "train.csv"
    write_kaggle_csv(path, images, labels)
    lines = path.read_text().splitlines()
    lines[8] = lines[8].replace(",", ",9", 1) + "9999"
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match="line 9: pixel"):
        list(iter_kaggle_csv(path, chunk_rows=3))


@pytest.mark.parametrize(("change", "found"), [(slice(0, 784), 784), (slice(0, 3), 3)])
def test_a_ragged_row_is_named_by_line(table, save, change, found):
    table[2] = table[2][change]
    with pytest.raises(DataError, match=f"line 3: has {found} columns; expected 785, as in the header"):
        read_kaggle_csv(save(table))


def test_rows_that_all_differ_from_the_header_are_refused(table, save):
    with pytest.raises(DataError, match="line 2: has 784 columns; expected 785"):
        read_kaggle_csv(save([table[0], *(row[1:] for row in table[1:])]))


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["label", *PIXELS[:-1]], "line 1: the header has 784 columns; expected 785"),
        ([*PIXELS, "pixel784"], "line 1: the header has 785 columns"),
        (PIXELS[:-1], "line 1: the header has 783 columns"),
        (["label", "pixel1", "pixel0", *PIXELS[2:]], "line 1: column 'pixel1' stands where pixel0 was expected"),
        (["id", *PIXELS], "line 1: the header has 785 columns"),
        (["5", *["0"] * 784], "line 1: holds numbers; expected column names"),
    ],
)
def test_another_header_is_refused(table, save, names, reason):
    table[0] = names
    with pytest.raises(DataError, match=reason):
        read_kaggle_csv(save(table))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"separator": ";"}, "separated by semicolons. Save it with commas"),
        ({"separator": "\t"}, "separated by tabs. Save it with commas"),
        ({"encoding": "utf-16"}, "UTF-16 or binary. Save it as CSV in UTF-8"),
        ({"encoding": "utf-16-le"}, "UTF-16 or binary. Save it as CSV in UTF-8"),
        ({"end": "\r"}, "longer than|the header has"),
    ],
)
def test_another_dialect_is_refused_with_the_remedy(table, save, options, reason):
    with pytest.raises(DataError, match=reason):
        read_kaggle_csv(save(table, **options))


@pytest.mark.parametrize("start", [b"PK\3\4\0\0", b"\x1f\x8b\x08\0"])
def test_a_compressed_file_is_refused_with_the_remedy(tmp_path, start):
    (tmp_path / "train.csv").write_bytes(start)
    with pytest.raises(DataError, match="is compressed; unpack it first"):
        read_kaggle_csv(tmp_path / "train.csv")


@pytest.mark.parametrize("divisor", [255, 256])
def test_fractions_are_refused_as_scaled_pixels(table, save, divisor):
    table[1:] = [[row[0], *(pixel / divisor for pixel in row[1:])] for row in table[1:]]
    with pytest.raises(DataError, match=r"line 2: pixels are fractions; it looks scaled to 0\.\.1.*Multiply by 255"):
        read_kaggle_csv(save(table))


def test_black_and_white_as_0_and_1_is_refused_as_scaled_pixels(table, save):
    table[1:] = [[row[0], *(int(pixel > 127) for pixel in row[1:])] for row in table[1:]]
    with pytest.raises(DataError, match="no pixel is above 1; it looks scaled"):
        read_kaggle_csv(save(table))


def test_blank_images_are_not_taken_for_scaled_pixels(table, save):
    table[1:] = [[row[0], *[0] * 784] for row in table[1:]]
    assert read_kaggle_csv(save(table))[0].max() == 0


def test_a_faint_last_chunk_is_not_taken_for_scaled_pixels(tmp_path):
    images, labels = digits(2)
    images[1] = images[1] > 127
    write_kaggle_csv(tmp_path / "train.csv", images, labels)
    assert len(list(iter_kaggle_csv(tmp_path / "train.csv", chunk_rows=1))) == 2


def test_a_blank_line_in_between_is_refused(table, save):
    with pytest.raises(DataError, match="line 3: is blank"):
        read_kaggle_csv(save([*table[:2], [], *table[2:]]))


def test_an_empty_file_and_a_bare_header_are_refused(table, save):
    with pytest.raises(DataError, match="is empty; expected a header"):
        read_kaggle_csv(save([]))
    with pytest.raises(DataError, match="has a header but no digits"):
        read_kaggle_csv(save(table[:1]))


@pytest.mark.parametrize("head", [b"", ",".join(["label", *PIXELS]).encode() + b"\n"])
def test_a_line_of_a_gigabyte_is_refused_in_little_memory(tmp_path, head):
    path = tmp_path / "train.csv"
    with path.open("wb") as file:
        file.write(head)
        file.truncate(1 << 30)  # a hole: takes no room on the disk
    tracemalloc.start()
    with pytest.raises(DataError, match=f"line {1 + bool(head)}: longer than {MAX_LINE_BYTES:,} bytes"):
        read_kaggle_csv(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1e6


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match=r"gone\.csv"):
        read_kaggle_csv(tmp_path / "gone.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "train.csv")
    with pytest.raises(DataError, match="not a regular file"):
        read_kaggle_csv(tmp_path / "train.csv")


def test_a_failure_while_writing_leaves_nothing_behind(tmp_path):
    images, labels = digits()
    with pytest.raises(IndexError):
        write_kaggle_csv(tmp_path / "train.csv", images.astype(np.int64) + 1_000, labels)
    assert list(tmp_path.iterdir()) == []
