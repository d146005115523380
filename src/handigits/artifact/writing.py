"""Export a torch model, prove that the file answers as the model does, and write it.

Deliberately absent: other formats, and anything about how the model was trained.
"""

import copy
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from handigits.artifact.golden import choose_golden
from handigits.artifact.metadata import ArtifactMetadata
from handigits.artifact.reading import INPUT, OUTPUT, open_content
from handigits.artifact.sealing import PARITY_TOLERANCE, import_onnx, seal
from handigits.atomic import write_bytes
from handigits.errors import ModelError

__all__ = ["Parity", "export_graph", "write_artifact"]

_OPSET = 17  # of 2022: old enough for every runtime in use, the browser's included
_BATCH = 100


@dataclass(frozen=True)
class Parity:
    """How closely the file answers as the torch model does.

    Attributes:
        max_difference: the largest absolute difference of a probability.
        count: over how many images.
    """

    max_difference: float
    count: int


def write_artifact(
    model: torch.nn.Module, path: Path, metadata: ArtifactMetadata, sample_images: NDArray[np.uint8]
) -> Parity:
    """Write `model`, with softmax added, as an artefact; nothing is written unless it passes every check.

    Args:
        model: logits (B, 10) from images float32 (B, 1, 28, 28) in [0, 1]; mean and scale live inside it. It is copied:
            device, precision, memory layout and mode of the caller's stay as they are.
        path: the file to write, whole or not at all.
        metadata: what the file will say about itself.
        sample_images: uint8 (N, 28, 28), N >= 1, on which both must agree; ten of them become its golden examples.

    Raises:
        ModelError: the model cannot be exported, its weights are not finite, or a probability differs by more than
            1e-4.
        MissingExtraError: the `onnx` package is not installed.
    """
    import_onnx()  # torch's exporter needs it too, and has a longer message
    probabilities = _Probabilities(model)
    try:
        graph = export_graph(probabilities, OUTPUT)
        session, _ = open_content(seal(graph, metadata))
        expected = _answers(probabilities, sample_images)
        parity = _parity(session, sample_images, expected)
        content = seal(graph, metadata, choose_golden(sample_images, expected))
    except ModelError as err:
        raise ModelError(f"{path} was not written: {err}") from err
    write_bytes(path, content)
    return parity


class _Probabilities(torch.nn.Module):
    """A copy of a model, on the CPU, in float32, for inference, with softmax behind it."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        plain = getattr(model, "_orig_mod", model)  # torch.compile wraps the module that it compiles
        self.model = copy.deepcopy(plain).cpu().float()
        self.eval()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.model(images), dim=1)


def export_graph(model: torch.nn.Module, output: str) -> bytes:
    """A model of images (B, 1, 28, 28) as ONNX bytes, its answer called `output`; any B.

    By TorchScript: 0.2 s, where torch's newer exporter takes 3.6 s, longer than a quick training.

    Raises:
        ModelError: it cannot be exported.
    """
    content = io.BytesIO()
    example = torch.zeros(2, 1, 28, 28)
    batch = {0: "batch"}
    try:
        with warnings.catch_warnings(), torch.no_grad(), torch.autocast("cpu", enabled=False):
            warnings.simplefilter("ignore")  # about the exporter's age and about tracing; parity is checked below
            torch.onnx.export(
                model,
                (example,),
                content,  # type: ignore[arg-type]  # a buffer is documented for this exporter
                dynamo=False,
                input_names=[INPUT],
                output_names=[output],
                dynamic_axes={INPUT: batch, output: batch},
                opset_version=_OPSET,
            )
    except (RuntimeError, torch.onnx.errors.OnnxExporterError) as err:
        raise ModelError(f"the model cannot be exported to ONNX: {err}") from err
    return content.getvalue()


def _answers(probabilities: torch.nn.Module, sample_images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the model answers to the sample: float32 (N, 10)."""
    if sample_images.dtype != np.uint8 or sample_images.shape[1:] != (28, 28) or not len(sample_images):
        raise ModelError(
            f"sample_images are {sample_images.dtype} {sample_images.shape}; expected uint8 (N, 28, 28), N at least 1."
        )
    with torch.no_grad(), torch.autocast("cpu", enabled=False):
        answers = [probabilities(torch.from_numpy(batch)).numpy() for batch in _batches(sample_images)]
    return np.concatenate(answers)


def _parity(session: Any, sample_images: NDArray[np.uint8], expected: NDArray[np.float32]) -> Parity:
    found = np.concatenate([session.run([OUTPUT], {INPUT: batch})[0] for batch in _batches(sample_images)])
    difference = float(np.abs(expected - found).max())
    if not difference <= PARITY_TOLERANCE:
        raise ModelError(
            f"as exported, the model differs from the trained one by {difference:.1e} in a probability "
            f"({len(sample_images):,} images; at most {PARITY_TOLERANCE:.0e} is allowed)."
        )
    return Parity(difference, len(sample_images))


def _batches(images: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(images), _BATCH):
        yield images[start : start + _BATCH, np.newaxis].astype(np.float32) / np.float32(255)
