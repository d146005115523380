from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.artifact import ArtifactMetadata
from handigits.artifact.reading import open_graph
from handigits.artifact.writing import write_artifact
from handigits.errors import ModelError
from handigits.models import ARCHITECTURES, as_chain, build_model
from handigits.network.layers import BatchNorm, Network
from handigits.network.onnx_graph import from_onnx, to_onnx

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
TENSORS = IMAGES[:, None].astype(np.float32) / np.float32(255)


def answers(content: bytes) -> NDArray[np.float32]:
    found: NDArray[np.float32] = open_graph(content).run(None, {"images": TENSORS})[0]
    return found


def test_there_and_back_answers_the_same(every_layer: Network) -> None:
    content = to_onnx(every_layer)
    assert np.allclose(answers(to_onnx(from_onnx(content))), answers(content), atol=1e-6)


def test_the_graph_is_valid_and_old_enough_for_every_runtime(every_layer: Network) -> None:
    model = onnx.load_model_from_string(to_onnx(every_layer))
    onnx.checker.check_model(model, full_check=True)
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_is_read_from_its_artefact(
    tmp_path: Path, metadata: ArtifactMetadata, name: str, normalize: bool
) -> None:
    torch.manual_seed(0)
    path = tmp_path / "model.onnx"
    write_artifact(as_chain(build_model(name, normalize=normalize)), path, metadata, IMAGES)
    content = path.read_bytes()
    assert np.allclose(answers(to_onnx(from_onnx(content))), answers(content), atol=1e-6)


def test_weights_behind_pytorchs_flattening_are_put_in_our_order(tmp_path: Path, metadata: ArtifactMetadata) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 5, stride=3), nn.Flatten(), nn.Linear(3 * 8 * 8, 10))
    write_artifact(model, tmp_path / "model.onnx", metadata, IMAGES)
    content = (tmp_path / "model.onnx").read_bytes()
    assert np.allclose(answers(to_onnx(from_onnx(content))), answers(content), atol=1e-6)


def test_batch_norm_that_stands_alone_is_kept(every_layer: Network) -> None:
    assert any(isinstance(layer, BatchNorm) for layer in from_onnx(to_onnx(every_layer)).layers)


class Sum(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + x.flip(3)


@pytest.mark.parametrize(
    ("module", "operator"),
    [
        (Sum(), "Add|Slice"),
        (nn.GELU(), "Div|Erf"),
        (nn.AvgPool2d(1), "AveragePool"),
        (nn.MaxPool2d(3, stride=1, padding=1), "MaxPool"),
        (nn.Conv2d(1, 1, 3, padding=2, dilation=2), "Conv"),
    ],
)
def test_what_is_no_plain_layer_is_refused_by_its_name(
    tmp_path: Path, metadata: ArtifactMetadata, module: nn.Module, operator: str
) -> None:
    model = nn.Sequential(module, nn.Flatten(), nn.Linear(784, 10))
    write_artifact(model, tmp_path / "model.onnx", metadata, IMAGES)
    content = (tmp_path / "model.onnx").read_bytes()
    with pytest.raises(ModelError, match=operator):
        from_onnx(content)


def test_a_constant_minus_the_picture_is_refused(every_layer: Network) -> None:
    model = onnx.load_model_from_string(to_onnx(every_layer))
    multiply = model.graph.node[0]
    multiply.op_type = "Div"
    first, second = multiply.input
    multiply.input[:] = [second, first]
    with pytest.raises(ModelError, match="Div"):
        from_onnx(model.SerializeToString())


def test_a_slice_of_the_batch_is_refused(every_layer: Network) -> None:
    model = onnx.load_model_from_string(to_onnx(every_layer))
    axes = next(each for each in model.graph.initializer if each.name.endswith(".axes"))
    axes.CopyFrom(onnx.numpy_helper.from_array(np.array([0, 3]), axes.name))
    with pytest.raises(ModelError, match="axis 0"):
        from_onnx(model.SerializeToString())
