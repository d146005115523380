"""A convolution whose output is only a few pixels wide, trained as a product of two matrices.

oneDNN, which torch uses on a CPU, fills its vectors along a row of the output, and rows of two pixels leave them mostly
empty: forward and backward together reach 100 of the 340 GFLOP/s that a product of matrices reaches on the same two
cores. Copying the patches out costs less than that, there being so few of them. 128 -> 192 channels, 3x3, from 4x4 to
2x2, at batch 256: 4.7 ms instead of 13.3.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

__all__ = ["NarrowConv2d"]


class NarrowConv2d(nn.Conv2d):
    """`torch.nn.Conv2d` without padding, stride, dilation, groups and bias, faster to train where its output is narrow.

    Only in training, on a CPU, in fp32; everywhere else, and in every exported file, it is the plain convolution.

    Args:
        channels_in, channels: of input and output.
        size: height and width of the filters.
    """

    def __init__(self, channels_in: int, channels: int, size: int) -> None:
        super().__init__(channels_in, channels, size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """float32 (B, channels_in, H, W) -> (B, channels, H - size + 1, W - size + 1)."""
        if not self.training or x.device.type != "cpu" or torch.is_autocast_enabled("cpu"):
            return super().forward(x)
        y: Tensor = _Product.apply(x, self.weight)  # type: ignore[no-untyped-call]
        return y


class _Product(torch.autograd.Function):
    """All tensors lie in channels-last order, so that views are enough but for the patches and their sum."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        outputs, channels, size, _ = weight.shape
        windows = x.permute(0, 2, 3, 1).unfold(1, size, 1).unfold(2, size, 1)  # (B, H, W, I, K, K)
        patches = windows.permute(0, 1, 2, 4, 5, 3).reshape(-1, size * size * channels)
        ctx.save_for_backward(patches, weight)
        return (patches @ _as_matrix(weight).T).view(*windows.shape[:3], outputs).permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        patches, weight = ctx.saved_tensors
        outputs, channels, size, _ = weight.shape
        count, _, height, width = gradient.shape
        flat = gradient.permute(0, 2, 3, 1).reshape(-1, outputs)  # (B * H * W, O)
        of_weight = (flat.T @ patches).view(outputs, size, size, channels).permute(0, 3, 1, 2)
        of_patches = (flat @ _as_matrix(weight)).view(count, height, width, size, size, channels)
        of_input = gradient.new_zeros(count, height + size - 1, width + size - 1, channels)
        for row in range(size):
            for column in range(size):
                of_input[:, row : row + height, column : column + width] += of_patches[:, :, :, row, column]
        return of_input.permute(0, 3, 1, 2), of_weight


def _as_matrix(weight: Tensor) -> Tensor:
    """(O, I, K, K) -> (O, K * K * I)."""
    return weight.permute(0, 2, 3, 1).flatten(1)
