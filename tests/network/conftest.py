"""Files of other formats that hold one network, written as `handigits export` does."""

from pathlib import Path

import numpy as np
import pytest

from handigits.artifact import ArtifactMetadata
from handigits.artifact.golden import GOLDEN_KEY, choose_golden
from handigits.artifact.reading import METADATA_KEY, open_graph
from handigits.export.safetensors import write_safetensors
from handigits.export.torch_archive import write_torch_archive
from handigits.network.layers import Network
from handigits.network.onnx_graph import to_onnx


@pytest.fixture
def entries(every_layer: Network, metadata: ArtifactMetadata) -> dict[str, str]:
    """What a file says about itself."""
    images = np.random.default_rng(0).integers(0, 256, (30, 28, 28), np.uint8)
    tensors = images[:, None].astype(np.float32) / np.float32(255)
    answers = open_graph(to_onnx(every_layer)).run(None, {"images": tensors})[0]
    return {METADATA_KEY: metadata.to_json(), GOLDEN_KEY: choose_golden(images, answers).to_json()}


@pytest.fixture
def safetensors_file(tmp_path: Path, every_layer: Network, entries: dict[str, str]) -> Path:
    path = tmp_path / "model.safetensors"
    write_safetensors(every_layer, path, entries)
    return path


@pytest.fixture(scope="session")
def torch_archive_content(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The archive is made once for each set of entries: torch takes a second for it."""
    return {}


@pytest.fixture
def torch_archive(
    tmp_path: Path, every_layer: Network, entries: dict[str, str], torch_archive_content: dict[str, bytes]
) -> Path:
    path = tmp_path / "model.pt2"
    if not torch_archive_content:
        write_torch_archive(every_layer, path, entries)
        torch_archive_content["model.pt2"] = path.read_bytes()
    path.write_bytes(torch_archive_content["model.pt2"])
    return path
