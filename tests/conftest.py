"""What the tests of several rooms share: a model simple enough to know its answers by heart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.artifact import ArtifactMetadata
from handigits.artifact.writing import write_artifact


@pytest.fixture(scope="session")
def bar_image() -> Callable[[int], NDArray[np.uint8]]:
    """Draws the picture that `bar_model` reads as `digit`: white, in columns 2 * digit + 4 and the next."""

    def draw(digit: int) -> NDArray[np.uint8]:
        image = np.zeros((28, 28), np.uint8)
        image[4:24, 2 * digit + 4 : 2 * digit + 6] = 255
        return image

    return draw


@pytest.fixture
def bar_model(bar_image: Callable[[int], NDArray[np.uint8]]) -> nn.Module:
    """Logits that are highest for the digit whose bar is in the picture."""
    linear = nn.Linear(28 * 28, 10)
    bars = np.stack([bar_image(digit).ravel() for digit in range(10)]) / 255
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(bars / 4))
        linear.bias.zero_()
    return nn.Sequential(nn.Flatten(), linear)


@pytest.fixture
def metadata() -> ArtifactMetadata:
    return ArtifactMetadata(
        recipe="bars",
        seed=3,
        data="mnist-5k",
        parameters=7850,
        macs=7840,
        training_seconds=0.5,
        metrics={"test": {"accuracy": 0.99, "loss": 0.03, "count": 1000, "interval": [0.98, 0.995]}},
    )


@pytest.fixture
def artifact(
    tmp_path: Path, bar_model: nn.Module, metadata: ArtifactMetadata, bar_image: Callable[[int], NDArray[np.uint8]]
) -> Path:
    """The file of `bar_model`."""
    path = tmp_path / "model.onnx"
    write_artifact(bar_model, path, metadata, np.stack([bar_image(digit) for digit in range(10)]))
    return path
