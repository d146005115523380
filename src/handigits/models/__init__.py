"""The architectures, one small file each, and one way to build them by name.

Each takes float32 (B, 1, 28, 28) in [0, 1], white ink on black, and gives logits (B, 10). What they have in common,
normalisation and memory order, is added here; how they are trained is written in `recipes`.
"""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from handigits.errors import ConfigError
from handigits.models.columns import Columns, as_chain, columns_2, columns_3
from handigits.models.compact import compact
from handigits.models.cost import Cost, measure_cost
from handigits.models.four_conv import four_conv
from handigits.models.layers import Crop, Normalize
from handigits.models.lenet import lenet
from handigits.models.strided import cropped_22, cropped_24, strided_4, strided_5, strided_6
from handigits.models.two_conv import two_conv

__all__ = ["ARCHITECTURES", "Cost", "as_chain", "build_model", "measure_cost"]

Architecture = Callable[[Sequence[float]], nn.Sequential | Columns]

_DROPOUT_LAYERS = {"two-conv": 2, "four-conv": 3, "lenet": 1}  # the others have none

ARCHITECTURES: dict[str, Architecture] = {
    "two-conv": two_conv,
    "four-conv": four_conv,
    "lenet": lenet,
    "compact": compact,
    "cropped-22": cropped_22,
    "cropped-24": cropped_24,
    "strided-4": strided_4,
    "strided-5": strided_5,
    "strided-6": strided_6,
    "columns-2": columns_2,
    "columns-3": columns_3,
}


def build_model(name: str, *, dropout: Sequence[float] = (), normalize: bool = True) -> nn.Module:
    """Build an architecture with fresh weights from torch's global generator.

    Args:
        name: a key of `ARCHITECTURES`.
        dropout: one rate for each dropout layer of the architecture, in order; empty: none is used.
        normalize: take out MNIST's mean and scale before the first convolution.

    Raises:
        ConfigError: no such architecture, or another number of dropout layers.
    """
    if name not in ARCHITECTURES:
        raise ConfigError(f"There is no model {name!r}; choose one of {', '.join(ARCHITECTURES)}.")
    expected = _DROPOUT_LAYERS.get(name, 0)
    if len(dropout) not in (0, expected):
        raise ConfigError(f"dropout is {tuple(dropout)}; expected {expected} rates for {name}, or none at all.")
    model = ARCHITECTURES[name](dropout or (0.0,) * expected)
    if normalize:
        for chain in model.chains if isinstance(model, Columns) else [model]:
            place = 1 if isinstance(chain[0], Crop) else 0  # behind a crop there are fewer pixels to normalise
            chain.insert(place, Normalize())
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing from torch's annotations
    return model
