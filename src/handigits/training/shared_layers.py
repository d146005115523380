"""Layers that see a part of a batch and act as if they saw all of it; the other parts are with other processes."""

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from handigits.models.layers import Dropout

__all__ = ["SharedBatchNorm", "SharedDropout"]


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm over the images of all processes; for training alone.

    torch's `SyncBatchNorm` does the same, on GPUs only.
    """

    @classmethod
    def of(cls, layer: nn.BatchNorm2d) -> "SharedBatchNorm":
        """The shared form of a layer, with its parameters and buffers."""
        shared = cls(layer.num_features, eps=layer.eps, momentum=layer.momentum)
        shared.weight, shared.bias = layer.weight, layer.bias
        shared.running_mean, shared.running_var = layer.running_mean, layer.running_var
        shared.num_batches_tracked = layer.num_batches_tracked
        return shared

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        assert self.momentum is not None
        with torch.no_grad():
            count, mean, variance = _moments(x)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / max(count - 1, 1)), self.momentum)
            self.num_batches_tracked += 1
        normalized: Tensor = _Normalize.apply(x, self.weight, self.bias, mean, variance, count, self.eps)  # type: ignore[no-untyped-call]
        return normalized


class SharedDropout(Dropout):
    """Dropout that draws for the whole batch, so that each image loses what it would lose in one process.

    Args:
        layer: whose rate to take.
        batch: gives the size of the whole batch, and the part of it that is here.
    """

    def __init__(self, layer: Dropout, batch: Callable[[], tuple[int, slice]]) -> None:
        super().__init__(layer.threshold / 256)
        self._batch = batch

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        if not self.training or not self.threshold:
            return x
        size, part = self._batch()
        whole = torch.empty_strided((size, *x.shape[1:]), x.stride(), dtype=x.dtype, device=x.device).fill_(1)
        return x * super().forward(whole)[part]


def _moments(x: Tensor) -> tuple[float, Tensor, Tensor]:
    """How many values each channel of all processes' (B, C, H, W) has, their mean and biased variance, both (C,).

    The parts' own variances are put together, in double precision: sums of squares would lose digits.
    """
    count = x.numel() // x.shape[1]
    sums = torch.zeros(2 * x.shape[1] + 1, dtype=torch.float64, device=x.device)
    if count:
        variance, mean = (part.double() for part in torch.var_mean(x.float(), (0, 2, 3), correction=0))
        sums = torch.cat([mean * count, (variance + mean**2) * count, sums.new_tensor([count])])
    dist.all_reduce(sums)
    total = sums[-1].item()
    mean, square = (sums[:-1] / total).chunk(2)
    return total, mean.float(), (square - mean**2).clamp_(min=0).float()


class _Normalize(torch.autograd.Function):
    """Normalise by moments that depend on the input, here and in other processes."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, count: float, eps: float
    ) -> Tensor:
        """(B, C, H, W), and (C,) for all but the last two -> (B, C, H, W)."""
        ctx.save_for_backward(x, weight, mean, variance)
        ctx.count, ctx.eps = count, eps
        if not len(x):  # which torch's own would divide by
            return x.clone()
        return functional.batch_norm(x, mean, variance, weight, bias, eps=eps)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """The gradient with fixed moments, less what flows back through the moments of all processes."""
        x, weight, mean, variance = ctx.saved_tensors
        grad_x, grad_weight, grad_bias = gradient, torch.zeros_like(weight), torch.zeros_like(weight)
        if len(x):
            grad_x, grad_weight, grad_bias = torch.ops.aten.native_batch_norm_backward(
                gradient, x, weight, mean, variance, None, None, False, ctx.eps, [True, True, True]
            )
        sums = torch.stack([grad_bias, grad_weight])
        dist.all_reduce(sums)
        scale = (variance + ctx.eps).rsqrt()
        level, slope = sums * (weight * scale / ctx.count)
        slope = slope * scale
        level = level - mean * slope
        grad_x = grad_x - (x * slope.view(-1, 1, 1) + level.view(-1, 1, 1)).to(grad_x.dtype)
        return grad_x, grad_weight, grad_bias, None, None, None, None
