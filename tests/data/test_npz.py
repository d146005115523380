import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handigits.data.npz import read_npz, write_npz
from handigits.data.split import Split
from handigits.errors import DataError, MissingFileError

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
LABELS = np.array([3, 1, 4, 1])


def save(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


@given(arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(28), st.just(28))))
def test_what_is_written_is_read_again(tmp_path_factory, images):
    path = tmp_path_factory.mktemp("npz") / "digits.npz"
    labels = np.arange(len(images), dtype=np.int64)
    write_npz(path, {"train": Split(images, labels), "test": Split(images[:1], labels[:1])})
    splits = read_npz(path)
    assert list(splits) == ["train", "test"]
    assert np.array_equal(splits["train"].images, images)
    assert np.array_equal(splits["train"].labels, labels)
    assert splits["test"].labels.dtype == np.int64


def test_equal_data_gives_equal_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        write_npz(tmp_path / name, {"train": Split(IMAGES, LABELS)})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_names_of_keras_are_known(tmp_path):
    path = save(tmp_path / "mnist.npz", x_train=IMAGES, y_train=LABELS.astype(np.uint8), x_test=IMAGES, y_test=LABELS)
    splits = read_npz(path)
    assert list(splits) == ["train", "test"]
    assert np.array_equal(splits["train"].labels, LABELS)
    assert splits["train"].images.flags.writeable


def test_an_array_in_columns_first_order_is_read(tmp_path):
    path = save(tmp_path / "f.npz", train_images=np.asfortranarray(IMAGES), train_labels=LABELS)
    images = read_npz(path)["train"].images
    assert np.array_equal(images, IMAGES)
    assert images.flags.c_contiguous


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"train_images": IMAGES / 255, "train_labels": LABELS}, "train_images is float64"),
        ({"train_images": IMAGES.reshape(4, 784), "train_labels": LABELS}, r"train_images is uint8 \(4, 784\)"),
        ({"train_images": IMAGES, "train_labels": LABELS[:3]}, r"labels are int64 \(3,\)"),
        ({"train_images": IMAGES, "train_labels": LABELS * 1.0}, "train_labels is float64"),
        ({"train_images": IMAGES, "train_labels": np.eye(10)[LABELS].astype(int)}, r"train_labels is int64 \(4, 10\)"),
        ({"train_images": IMAGES, "train_labels": LABELS + 7}, "train_labels holds 10 in row 0; expected 0 to 9"),
        ({"train_images": IMAGES, "train_labels": LABELS - 2}, "train_labels holds -1 in row 1"),
        ({"train_images": IMAGES}, "holds no train_labels"),
        ({"arr_0": IMAGES}, "holds arr_0; expected train_images"),
        ({}, "holds nothing"),
    ],
)
def test_other_contents_are_refused_with_what_they_are(tmp_path, arrays, reason):
    with pytest.raises(DataError, match=reason):
        read_npz(save(tmp_path / "odd.npz", **arrays))


def test_python_objects_are_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    path = save(tmp_path / "trap.npz", train_images=np.array([Trap()], dtype=object), train_labels=LABELS)
    with pytest.raises(DataError, match="holds Python objects, which are never loaded"):
        read_npz(path)


def archive_with(header_shape: str, body: bytes, *, compression=zipfile.ZIP_DEFLATED) -> bytes:
    """An NPZ whose array promises a shape and holds `body`."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {header_shape}}}\n".encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        member = b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + body
        archive.writestr("train_images.npy", member)
        archive.writestr("train_labels.npy", b"")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an NPZ file, or damaged"),
        (b"\x93NUMPY\1\0", "not an NPZ file, or damaged"),
        (archive_with("(4294967295, 28, 28)", b"\0" * 100), "promises 3,367,254,359,280 bytes and holds 100"),
        (archive_with("(1, 28, 28)", b"\0" * 100), "promises 784 bytes and holds 100"),
        (archive_with("(1, 28, 28)", b"\0" * 1_000), "promises 784 bytes and holds 1,000"),
        (archive_with("(-1, 28, 28)", b""), "promises -784 bytes"),
        (archive_with("__import__('os')", b""), "is not an array, or damaged"),
        (archive_with("(1, 28, 28)", b"\0" * 784, compression=zipfile.ZIP_LZMA), "compressed in an unusual way"),
    ],
)
def test_damaged_and_lying_files_are_refused(tmp_path, content, reason):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(DataError, match=reason):
        read_npz(tmp_path / "bad.npz")


@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("npz") / "digits.npz"
    write_npz(path, {"train": Split(IMAGES[:1] // 100, LABELS[:1])})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        assert "train" in read_npz(path)
    except DataError as err:
        assert path.name in str(err)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match=r"gone\.npz"):
        read_npz(tmp_path / "gone.npz")
