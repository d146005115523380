"""A convolution whose output is only a few pixels wide, trained by products of matrices.

oneDNN, which torch uses on a CPU, fills its vectors along a row of the output, and short rows leave them mostly empty.
Copying the patches out costs less than that, there being so few of them. At batch 256, on two cores:

- in fp32, where the output is 2x2: forward and backward together reach 100 of the 340 GFLOP/s that a product of
  matrices reaches. 128 -> 192 channels, 3x3, from 4x4 to 2x2: 4.7 ms instead of 13.3;
- in bf16, up to 4x4: there the gradient of the filters alone is slow, and takes half of a step. For
  the same convolution: 1.3 ms instead of 11; for 64 -> 128 channels from 10x10 to 4x4: 2.6 ms instead of 14.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

__all__ = ["NarrowConv2d"]


class NarrowConv2d(nn.Conv2d):
    """`torch.nn.Conv2d` without dilation, groups and bias, faster to train where its output is narrow.

    Only in training and on a CPU: in bf16, and in fp32 where it neither strides nor pads. Everywhere else, and in every
    exported file, it is the plain convolution.

    Args:
        channels_in, channels: of input and output.
        size: height and width of the filters.
        stride, padding: in both directions.
    """

    def __init__(self, channels_in: int, channels: int, size: int, *, stride: int = 1, padding: int = 0) -> None:
        super().__init__(channels_in, channels, size, stride, padding, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """float32 (B, channels_in, H, W) -> (B, channels, H', W'), H' = (H + 2 * padding - size) // stride + 1."""
        stride, padding = self.stride[0], int(self.padding[0])
        y: Tensor
        if not self.training or x.device.type != "cpu":
            return super().forward(x)
        if torch.is_autocast_enabled("cpu"):
            dtype = torch.get_autocast_dtype("cpu")
            y = _FilterProduct.apply(x.to(dtype), self.weight.to(dtype), stride, padding)  # type: ignore[no-untyped-call]
        elif (stride, padding) == (1, 0):
            y = _Product.apply(x, self.weight)  # type: ignore[no-untyped-call]
        else:
            return super().forward(x)
        return y


class _Product(torch.autograd.Function):
    """All three products of a convolution, without stride and padding.

    All tensors lie in channels-last order, so that views are enough but for the patches and their sum.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        outputs, _, size, _ = weight.shape
        patches = _patches(x, size)
        ctx.save_for_backward(patches, weight)
        count, height, width = len(x), x.shape[2] - size + 1, x.shape[3] - size + 1
        return (patches @ _as_matrix(weight).T).view(count, height, width, outputs).permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        patches, weight = ctx.saved_tensors
        _, channels, size, _ = weight.shape
        count, _, height, width = gradient.shape
        of_patches = (_as_rows(gradient) @ _as_matrix(weight)).view(count, height, width, size, size, channels)
        of_input = gradient.new_zeros(count, height + size - 1, width + size - 1, channels)
        for row in range(size):
            for column in range(size):
                of_input[:, row : row + height, column : column + width] += of_patches[:, :, :, row, column]
        return of_input.permute(0, 3, 1, 2), _of_filters(gradient, patches, weight)


class _FilterProduct(torch.autograd.Function):
    """A convolution whose gradient of the filters alone is a product of matrices."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return functional.conv2d(x, weight, None, stride, padding)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, None, None]:
        x, weight = ctx.saved_tensors
        strides, paddings = [ctx.stride] * 2, [ctx.padding] * 2
        of_input, _, _ = torch.ops.aten.convolution_backward(
            gradient,
            x,
            weight,
            None,
            strides,
            paddings,
            [1, 1],
            False,
            [0, 0],
            1,
            [ctx.needs_input_grad[0], False, False],
        )
        padded = functional.pad(x, paddings * 2) if ctx.padding else x
        return of_input, _of_filters(gradient, _patches(padded, weight.shape[-1], ctx.stride), weight), None, None


def _patches(x: Tensor, size: int, stride: int = 1) -> Tensor:
    """(B, I, H, W) -> (B * H' * W', K * K * I): what each pixel of the output is made of."""
    windows = x.permute(0, 2, 3, 1).unfold(1, size, stride).unfold(2, size, stride)  # (B, H', W', I, K, K)
    return windows.permute(0, 1, 2, 4, 5, 3).reshape(-1, size * size * x.shape[1])


def _of_filters(gradient: Tensor, patches: Tensor, weight: Tensor) -> Tensor:
    """The gradient of the filters, (O, I, K, K), from that of the output, (B, O, H', W')."""
    outputs, channels, size, _ = weight.shape
    return (_as_rows(gradient).T @ patches).view(outputs, size, size, channels).permute(0, 3, 1, 2)


def _as_rows(gradient: Tensor) -> Tensor:
    """(B, O, H', W') -> (B * H' * W', O)."""
    return gradient.permute(0, 2, 3, 1).reshape(-1, gradient.shape[1])


def _as_matrix(weight: Tensor) -> Tensor:
    """(O, I, K, K) -> (O, K * K * I)."""
    return weight.permute(0, 2, 3, 1).flatten(1)
