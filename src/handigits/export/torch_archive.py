"""Write a network as a .pt2 archive, which `torch.export.load` reads without any code of ours.

TorchScript, which did this before, is deprecated in torch. Deliberately absent: reading (see `network.torch_archive`).
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from handigits.artifact.reading import DIGEST_KEY
from handigits.network.description import LAYERS_KEY, describe, weights_digest
from handigits.network.layers import (
    BatchNorm,
    Convolution,
    Crop,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Network,
    Relu,
    Rescale,
    Softmax,
    arrays_of,
)

__all__ = ["answers_of_torch_archive", "write_torch_archive"]

_BATCH = 100


def write_torch_archive(network: Network, path: Path, entries: dict[str, str]) -> None:
    """Write the layers for inference; `entries` is what else stands beside the program, by name."""
    network = network.for_inference()
    chain = nn.Sequential(*map(_Module, network.layers)).eval()
    entries = entries | {LAYERS_KEY: describe(network), DIGEST_KEY: weights_digest(network)}
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of torch's own parts about each other
        program = torch.export.export(chain, (torch.zeros(2, 1, 28, 28),), dynamic_shapes=({0: batch},))
        torch.export.save(program, path, extra_files=entries)


def answers_of_torch_archive(path: Path, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """What torch answers with an archive that was written here; not for files of others, which torch may unpickle.

    Args:
        path: the archive.
        images: float32 (N, 1, 28, 28) in [0, 1].
    """
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        model: Any = torch.export.load(path).module()
        starts = range(0, len(images), _BATCH)
        return np.concatenate([model(torch.from_numpy(images[each : each + _BATCH])).numpy() for each in starts])


class _Module(nn.Module):
    """One layer; its arrays are buffers of the same names, so that the archive calls them `0.weight`."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer
        for name, array in arrays_of(layer).items():
            self.register_buffer(name, torch.from_numpy(array.copy()))

    def forward(self, x: Tensor) -> Tensor:
        arrays: dict[str, Any] = dict(self.named_buffers())
        match self.layer:
            case Rescale(scale, offset):
                return x * scale + offset
            case Crop((top, left, bottom, right)):
                return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]
            case Convolution(stride=stride, padding=(top, left, bottom, right), groups=groups):
                if (top, left) != (bottom, right):
                    x, top, left = functional.pad(x, (left, right, top, bottom)), 0, 0
                return functional.conv2d(x, arrays["weight"], arrays["bias"], stride, (top, left), groups=groups)
            case BatchNorm(epsilon=epsilon):
                mean, variance = arrays["mean"], arrays["variance"]
                return functional.batch_norm(x, mean, variance, arrays["scale"], arrays["shift"], eps=epsilon)
            case MaxPool(size):
                return functional.max_pool2d(x, size)
            case Flatten():
                return x.permute(0, 2, 3, 1).flatten(1)
            case Dense():
                return functional.linear(x, arrays["weight"], arrays["bias"])
            case Relu():
                return functional.relu(x)
            case Softmax():
                return functional.softmax(x, dim=1)
            case Dropout():
                return x
