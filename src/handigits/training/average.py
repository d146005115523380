"""A moving average of the weights, and batch-norm statistics that fit it."""

import torch
from torch import Tensor, nn

from handigits.data.split import draw_indices
from handigits.training.batches import to_input

__all__ = ["refresh_batch_norm", "update_average"]

_REFRESH_IMAGES = 10_000
_REFRESH_BATCH = 1_000


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """Move `average` towards `model` by 1 - `decay`; faster in the first steps, when there is little to keep."""
    weight = 1 - min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), weight)


@torch.no_grad()
def refresh_batch_norm(model: nn.Module, images: Tensor) -> None:
    """Measure the batch-norm statistics of `model` anew; averaged weights have statistics of their own.

    Args:
        model: changed in place; nothing happens if it has no batch norm.
        images: training images, uint8 (N, 28, 28), in any order; 10,000 of them are enough.
    """
    norms = [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
        norm.train()
    chosen = torch.from_numpy(draw_indices(len(images), _REFRESH_IMAGES)).to(images.device)
    for batch in torch.split(chosen, _REFRESH_BATCH):
        model(to_input(images[batch]))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.eval()
