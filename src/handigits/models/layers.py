"""Layers that every architecture here is made of: torch's own where they are fast, ours where they are not.

Convolutions run in channels-last memory, which is the faster order on the CPU and on the GPU.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Crop", "Dropout", "FlattenChannelsLast", "Normalize", "PoolReLU", "start_as_keras"]

MNIST_MEAN = 0.1307
MNIST_STD = 0.3081
"""Mean and standard deviation of the 60,000 training images' pixels in [0, 1]."""


def start_as_keras(body: nn.Sequential) -> nn.Sequential:
    """Draw the weights as Keras does by default, Glorot uniform with zero biases, and return `body`.

    The reports' networks were Keras's or TensorFlow's, so their weights start as theirs did.

    Reference: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward networks", 2010.
    """
    for layer in body:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return body


class Normalize(nn.Module):
    """float32 (B, 1, H, W) in [0, 1] -> the same shape with MNIST's mean and scale taken out.

    It is a layer of the network, so that every exported file takes plain pixels.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: float = MNIST_MEAN, std: float = MNIST_STD) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))

    def forward(self, images: Tensor) -> Tensor:
        return (images - self.mean).div_(self.std)


class Crop(nn.Module):
    """float32 (B, C, H, W) -> (B, C, H - 2 * edge, W - 2 * edge): without the outermost `edge` pixels."""

    def __init__(self, edge: int) -> None:
        super().__init__()
        self.edge = edge

    def forward(self, images: Tensor) -> Tensor:
        kept = slice(self.edge, -self.edge)
        return images[:, :, kept, kept]


class PoolReLU(nn.Module):
    """2x2 max-pooling, then ReLU: (B, C, H, W) -> (B, C, H // 2, W // 2).

    Equal to ReLU and then pooling, since both are monotonic, at a quarter of the ReLU's work in each direction.
    """

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(functional.max_pool2d(x, 2), inplace=True)


class FlattenChannelsLast(nn.Module):
    """(B, C, H, W) -> (B, H * W * C), the order in which channels-last memory lies and in which Keras flattens.

    `Flatten` would copy the activations into another order, and their gradients back: a tenth of a training step.
    """

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


class Dropout(nn.Module):
    """Dropout whose draws cost one random byte each: a sixth of the time of `torch.nn.Dropout` on a CPU.

    The rate is rounded to a multiple of 1/256; what is kept is scaled so that the expectation stays as it was.

    Args:
        rate: probability of dropping a value, in [0, 1).
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.threshold = round(rate * 256)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.threshold:
            return x
        if x.device.type != "cpu":
            return functional.dropout(x, self.threshold / 256)
        words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
        draws = words.view(torch.uint8)[: x.numel()].as_strided(x.shape, x.stride())
        return x * (draws >= self.threshold).to(x.dtype).mul_(256 / (256 - self.threshold))

    def extra_repr(self) -> str:
        return f"rate={self.threshold / 256:g}"
