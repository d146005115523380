"""Give a trained network the certainty that it deserves: one number that all its logits are divided by.

Label smoothing leaves a network unsure of what it knows: it says 90 % where 99.7 % would be right. The division goes
into the weights of the last layer, so that no file and no reader needs to know of it.

Reference: C. Guo et al., "On Calibration of Modern Neural Networks", 2017.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from handigits.data.split import Split, draw_indices
from handigits.training.batches import to_input

__all__ = ["divide_logits", "set_temperature"]

_IMAGES = 20_000  # more change the third decimal
_BATCH = 1_000
_STEPS = 40
_RANGE = (0.05, 20.0)


@torch.inference_mode()
def set_temperature(model: nn.Module, split: Split) -> float:
    """Fit the temperature on images by their cross-entropy, and divide the last layer's weights by it.

    Args:
        model: its last layer is linear, as that of every architecture here; changed in place.
        split: images that the network was not shown, where there are any; a network that was trained with label
            smoothing, far from knowing its training images by heart, may be fitted on those.

    Returns:
        The temperature; 1 where the network was well calibrated.
    """
    device = next(model.parameters()).device
    model.eval()
    chosen = draw_indices(len(split), _IMAGES)
    labels = torch.from_numpy(split.labels[chosen]).to(device)
    batches = [torch.from_numpy(split.images[chosen[at : at + _BATCH]]) for at in range(0, len(chosen), _BATCH)]
    logits = torch.cat([model(to_input(batch.to(device))).float() for batch in batches])
    temperature = _minimize(logits, labels)
    divide_logits(model, temperature)
    return temperature


@torch.no_grad()
def divide_logits(model: nn.Module, temperature: float) -> None:
    """Divide the weights of the last layer, which is linear, and so all logits; `model` is changed in place."""
    last = list(model.modules())[-1]
    assert isinstance(last, nn.Linear)
    for parameter in last.parameters():
        parameter.div_(temperature)


def _minimize(logits: Tensor, labels: Tensor) -> float:
    """The temperature of least cross-entropy, by golden section over its logarithm; there is one minimum."""
    low, high = (torch.tensor(limit).log().item() for limit in _RANGE)
    ratio = (5**0.5 - 1) / 2

    def loss(position: float) -> float:
        return functional.cross_entropy(logits / torch.tensor(position).exp().item(), labels).item()

    for _ in range(_STEPS):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(torch.tensor((low + high) / 2).exp())
