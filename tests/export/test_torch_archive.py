from pathlib import Path

import numpy as np
import pytest

from handigits.artifact.reading import open_graph
from handigits.export.torch_archive import answers_of_torch_archive, write_torch_archive
from handigits.network.description import describe
from handigits.network.layers import Network
from handigits.network.onnx_graph import to_onnx
from handigits.network.torch_archive import read_torch_archive


@pytest.fixture
def archive(tmp_path: Path, every_layer: Network) -> Path:
    path = tmp_path / "model.pt2"
    write_torch_archive(every_layer, path, {"greeting": "hello"})
    return path


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).random((7, 1, 28, 28), np.float32)


@pytest.mark.parametrize("count", [1, 2, 300])
def test_batches_may_be_of_any_size(archive: Path, count: int) -> None:
    assert answers_of_torch_archive(archive, np.zeros((count, 1, 28, 28), np.float32)).shape == (count, 10)


def test_torch_and_our_own_reader_agree(archive: Path, every_layer: Network, images: np.ndarray) -> None:
    network, entries = read_torch_archive(archive)
    assert describe(network) == describe(every_layer.for_inference())
    assert entries["greeting"] == "hello"
    expected = open_graph(to_onnx(every_layer)).run(None, {"images": images})[0]
    assert np.allclose(answers_of_torch_archive(archive, images), expected, atol=1e-5)
