import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from handigits.errors import ModelError
from handigits.network.keras_weights import read_weights

KERNEL = np.ones((3, 3, 1, 4), np.float32)


def hdf5(fill: Callable[[Any], None]) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def keras_3(file: Any) -> None:
    for name, value in (("conv2d", 1), ("conv2d_1", 2), ("conv2d_10", 3)):
        file[f"layers/{name}/vars/0"] = value * KERNEL
        file[f"layers/{name}/vars/1"] = np.full(4, value, np.float32)


def keras_2(root: Any) -> None:
    root["first/first/kernel:0"] = KERNEL
    root["first/first/bias:0"] = np.full(4, 7, np.float32)
    root["first"].attrs["weight_names"] = [b"first/kernel:0", b"first/bias:0"]
    root.create_group("flatten").attrs["weight_names"] = []


def test_layers_of_a_class_are_counted_as_keras_3_counts_them() -> None:
    weights_of = read_weights(hdf5(keras_3))
    assert [weights_of("Conv2D", name)[1][0] for name in ("a", "b")] == [1, 2]


def test_arrays_come_in_the_order_of_their_numbers_not_of_their_letters() -> None:
    def fill(file: Any) -> None:
        for index in range(11):
            file[f"layers/batch_normalization/vars/{index}"] = np.full(1, index, np.float32)

    found = read_weights(hdf5(fill))("BatchNormalization", "norm")
    assert [array[0] for array in found] == list(range(11))


@pytest.mark.parametrize("group", ["/", "/model_weights"])
def test_older_files_are_read_by_the_names_of_the_layers(group: str) -> None:
    weights_of = read_weights(hdf5(lambda file: keras_2(file.require_group(group))))
    kernel, bias = weights_of("Conv2D", "first")
    assert kernel.shape == KERNEL.shape
    assert bias[0] == 7


@pytest.mark.parametrize("fill", [keras_3, keras_2])
def test_a_layer_without_weights_is_named(fill: Callable[[Any], None]) -> None:
    with pytest.raises(ModelError, match=r"no weights for its layer 'dense' \(Dense\)"):
        read_weights(hdf5(fill))("Dense", "dense")


def test_half_precision_is_read() -> None:
    def fill(file: Any) -> None:
        file["layers/conv2d/vars/0"] = KERNEL.astype(np.float16)

    assert read_weights(hdf5(fill))("Conv2D", "a")[0].dtype == np.float32


def link_to_a_file(file: Any) -> None:
    keras_3(file)
    file["layers/dense"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file: Any) -> None:
    keras_3(file)
    file["layers/dense"] = h5py.SoftLink("/layers/conv2d")


def external_storage(file: Any) -> None:
    file.require_group("layers").create_dataset("secret", (4,), "f4", external=[("/etc/passwd", 0, 16)])


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "secret", (4,))
    file.require_group("layers").create_virtual_dataset("secret", layout)


@pytest.mark.parametrize("fill", [link_to_a_file, soft_link, external_storage, virtual])
def test_what_points_elsewhere_is_refused(fill: Callable[[Any], None]) -> None:
    with pytest.raises(ModelError, match="is refused"):
        read_weights(hdf5(fill))


def test_a_small_file_that_unpacks_to_gigabytes_is_refused() -> None:
    def fill(file: Any) -> None:
        shape = (1 << 30,)
        file.require_group("layers").create_dataset("bomb", shape, "f4", chunks=(1 << 16,), compression="gzip")

    with pytest.raises(ModelError, match="1,073,741,824 numbers; expected at most 16,000,000"):
        read_weights(hdf5(fill))


@pytest.mark.parametrize("value", [np.array([b"text"]), np.array([1, 2]), np.array([(1, 2.0)], "i4,f4")])
def test_what_are_no_floats_is_refused(value: Any) -> None:
    def fill(file: Any) -> None:
        file["layers/conv2d/vars/0"] = value

    with pytest.raises(ModelError, match="expected float32"):
        read_weights(hdf5(fill))


def test_groups_that_hold_each_other_end() -> None:
    def fill(file: Any) -> None:
        keras_3(file)
        file["layers/conv2d/again"] = file["layers"]

    assert read_weights(hdf5(fill))("Conv2D", "a")[1][0] == 1


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89HDF\r\n\x1a\n", b"\x80\x04\x95pickle"])
def test_what_is_not_hdf5_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(ModelError, match="not HDF5") as caught:
        read_weights(content)
    assert "\n" not in str(caught.value)


def test_cut_anywhere_is_refused_or_lacks_nothing(tmp_path: Path) -> None:
    content = hdf5(keras_3)
    for size in range(0, len(content) - 1, 501):
        with pytest.raises(ModelError):
            read_weights(content[:size])
