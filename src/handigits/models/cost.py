"""What a network costs: parameters, and multiply-accumulates for one image."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Cost", "measure_cost"]


@dataclass(frozen=True)
class Cost:
    """What a network costs.

    Attributes:
        parameters: trainable numbers.
        macs: multiply-accumulates of the convolutions and linear layers for one 28x28 image; the rest is small change.
    """

    parameters: int
    macs: int


def measure_cost(model: nn.Module) -> Cost:
    """Count by running one blank image through `model`.

    Example:
        >>> measure_cost(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 26 * 26, 10)))
        Cost(parameters=13550, macs=25688)
    """
    macs = 0

    def count(layer: nn.Module, _inputs: Any, output: Tensor) -> None:
        nonlocal macs
        if isinstance(layer, nn.Conv2d | nn.Linear):  # each output number is a dot product with one filter
            macs += output[0].numel() * layer.weight[0].numel()

    hooks = [layer.register_forward_hook(count) for layer in model.modules()]
    training = model.training
    parameter = next(model.parameters())
    try:
        with torch.inference_mode():
            model.eval()(torch.zeros(1, 1, 28, 28, device=parameter.device))
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()
    return Cost(parameters=sum(p.numel() for p in model.parameters() if p.requires_grad), macs=macs)
