import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.artifact import ArtifactMetadata, check_artifact, read_metadata
from handigits.artifact.onnx_file import content_digest
from handigits.artifact.sealing import update_metadata
from handigits.artifact.writing import write_artifact
from handigits.errors import MissingExtraError, ModelError

SAMPLES = np.random.default_rng(0).integers(0, 256, (250, 28, 28), dtype=np.uint8)


class Convolutions(nn.Module):
    """Everything that a recipe may hold: a scale inside, a convolution, batch norm, dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.13))
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.GELU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, stride=2),
            nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(8, 10),
        )  # fmt: skip

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers((images - self.mean) / 0.3)


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return Convolutions()


def test_file_answers_as_the_model_does(tmp_path: Path, network: nn.Module, metadata: ArtifactMetadata) -> None:
    path = tmp_path / "model.onnx"
    parity = write_artifact(network, path, metadata, SAMPLES)
    images = SAMPLES[:7, None].astype(np.float32) / 255
    answers = onnxruntime.InferenceSession(path).run(None, {"images": images})[0]
    with torch.no_grad():
        expected = torch.softmax(network.eval()(torch.from_numpy(images)), dim=1).numpy()
    np.testing.assert_allclose(answers, expected, atol=1e-4)
    assert parity.count == 250
    assert parity.max_difference <= 1e-4


def test_metadata_comes_back(artifact: Path, metadata: ArtifactMetadata) -> None:
    assert read_metadata(artifact) == metadata


def test_metadata_can_be_replaced_without_touching_the_graph(artifact: Path, metadata: ArtifactMetadata) -> None:
    before = content_digest(artifact.read_bytes())
    later = replace(metadata, metrics={"test": {"accuracy": 0.995}})
    update_metadata(artifact, later)
    assert check_artifact(artifact) == later
    assert content_digest(artifact.read_bytes()) == before


def test_damaged_file_is_not_sealed_anew(artifact: Path, metadata: ArtifactMetadata) -> None:
    damaged = bytearray(artifact.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    artifact.write_bytes(damaged)
    with pytest.raises(ModelError, match="damaged"):
        update_metadata(artifact, metadata)
    assert artifact.read_bytes() == damaged


def test_callers_model_stays_as_it_was(tmp_path: Path, network: nn.Module, metadata: ArtifactMetadata) -> None:
    network = network.train().to(dtype=torch.bfloat16, memory_format=torch.channels_last)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    write_artifact(network, tmp_path / "model.onnx", metadata, SAMPLES)
    assert network.training
    for name, tensor in network.state_dict().items():
        assert tensor.dtype == before[name].dtype
        assert torch.equal(tensor, before[name])


def test_exported_even_inside_autocast(tmp_path: Path, network: nn.Module, metadata: ArtifactMetadata) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        parity = write_artifact(network, tmp_path / "model.onnx", metadata, SAMPLES)
    assert parity.max_difference <= 1e-4


def test_model_that_export_changes_is_refused(tmp_path: Path, metadata: ArtifactMetadata) -> None:
    class Fickle(nn.Module):
        """Follows a branch that tracing nails down: for two images another than for more."""

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            sums = images.sum(dim=(2, 3)).expand(-1, 10) * torch.linspace(0, 0.01, 10)
            return sums if len(images) <= 2 else -sums

    with pytest.raises(ModelError, match=r"model\.onnx was not written: .* differs"):
        write_artifact(Fickle(), tmp_path / "model.onnx", metadata, SAMPLES)
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_nan_are_refused(tmp_path: Path, bar_model: nn.Module, metadata: ArtifactMetadata) -> None:
    with torch.no_grad():
        bar_model[1].weight[3, 5] = torch.nan  # type: ignore[index]
    with pytest.raises(ModelError, match="NaN"):
        write_artifact(bar_model, tmp_path / "model.onnx", metadata, SAMPLES)
    assert list(tmp_path.iterdir()) == []


def test_model_of_another_input_is_refused(tmp_path: Path, metadata: ArtifactMetadata) -> None:
    with pytest.raises(ModelError, match="cannot be exported"):
        write_artifact(nn.Conv2d(3, 10, 28), tmp_path / "model.onnx", metadata, SAMPLES)


def test_model_of_other_classes_is_refused(tmp_path: Path, metadata: ArtifactMetadata) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 26))
    with pytest.raises(ModelError, match="its output is"):
        write_artifact(model, tmp_path / "model.onnx", metadata, SAMPLES)


def test_older_file_survives_a_refusal(artifact: Path, bar_model: nn.Module, metadata: ArtifactMetadata) -> None:
    before = artifact.read_bytes()
    with torch.no_grad():
        bar_model[1].bias.fill_(torch.inf)  # type: ignore[union-attr]
    with pytest.raises(ModelError):
        write_artifact(bar_model, artifact, metadata, SAMPLES)
    assert artifact.read_bytes() == before


@pytest.mark.parametrize("images", [SAMPLES[:0], SAMPLES.astype(np.float32), SAMPLES[:, :20]])
def test_samples_of_another_kind_are_refused(
    tmp_path: Path, bar_model: nn.Module, metadata: ArtifactMetadata, images: NDArray[np.uint8]
) -> None:
    with pytest.raises(ModelError, match="sample_images"):
        write_artifact(bar_model, tmp_path / "model.onnx", metadata, images)


def test_writing_is_silent(
    tmp_path: Path, network: nn.Module, metadata: ArtifactMetadata, capfd: pytest.CaptureFixture[str]
) -> None:
    write_artifact(network, tmp_path / "model.onnx", metadata, SAMPLES)
    assert capfd.readouterr() == ("", "")


def test_missing_onnx_names_the_extra(
    tmp_path: Path, bar_model: nn.Module, metadata: ArtifactMetadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"handigits\[train\]"):
        write_artifact(bar_model, tmp_path / "model.onnx", metadata, SAMPLES)


def test_compiled_wrapper_is_taken_off(
    tmp_path: Path, bar_model: nn.Module, metadata: ArtifactMetadata, bar_image: Callable[[int], NDArray[np.uint8]]
) -> None:
    compiled = torch.compile(bar_model, backend="eager")
    parity = write_artifact(compiled, tmp_path / "model.onnx", metadata, bar_image(4)[None])
    assert parity.count == 1
