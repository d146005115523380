"""Several networks side by side that become one: columns, which are trained each by itself and read together.

Networks that start from other weights err in other places; the mean of their logits errs less than any of them. Trained
through that mean they would lean on each other and lose this, so in training each answers for itself. What comes out is
one chain of layers again, of grouped convolutions.

Reference: D. Ciresan, U. Meier and J. Schmidhuber, "Multi-column deep neural networks for image classification", 2012.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from handigits.models.strided import strided_5, strided_6

__all__ = ["Columns", "as_chain", "columns_2", "columns_3"]


def columns_2(dropout: Sequence[float]) -> "Columns":
    """Two of 24C5s2-48C3-96C3s2-96C3-96C3-FC10, batch norm and ReLU in each; 6.9 million MACs.

    Args:
        dropout: empty; the network has no dropout.
    """
    () = dropout
    return Columns([strided_5(last=96) for _ in range(2)])


def columns_3(dropout: Sequence[float]) -> "Columns":
    """Three of 32C5s2-64C3-64C3-128C3s2-128C3-160C3-FC10, batch norm and ReLU in each; 29.8 million MACs.

    Args:
        dropout: empty; the network has no dropout.
    """
    () = dropout
    return Columns([strided_6(last=160) for _ in range(3)])


class Columns(nn.Module):
    """C networks of one shape, float32 (B, 1, 28, 28) in [0, 1] -> logits (B, 10).

    In training, (C * B, 10): first what the first column says of all images, then what the second says.

    Args:
        columns: chains of the same layers with weights of their own: convolutions without bias, flattened as
            `FlattenChannelsLast` does, and one linear layer.
    """

    def __init__(self, columns: Sequence[nn.Sequential]) -> None:
        super().__init__()
        self.columns = nn.ModuleList(columns)

    @property
    def chains(self) -> list[nn.Sequential]:
        """The columns."""
        return cast(list[nn.Sequential], list(self.columns))

    def forward(self, images: Tensor) -> Tensor:
        logits = [column(images) for column in self.chains]
        return torch.cat(logits) if self.training else torch.stack(logits).mean(0)

    def chain(self) -> nn.Sequential:
        """One network that gives the mean of the columns' logits: their convolutions as groups, one linear layer."""
        merged = nn.Sequential()
        channels = 0  # of a column
        for layers in zip(*self.chains, strict=True):
            match layers[0]:
                case nn.Conv2d():
                    merged.append(_side_by_side(layers, groups=len(layers) if channels else 1))
                    channels = layers[0].out_channels
                case nn.BatchNorm2d():
                    merged.append(_norms_side_by_side(layers))
                case nn.Linear():
                    merged.append(_mean(layers, channels))
                case other:  # without weights
                    merged.append(other)
        merged.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return merged.train(self.training)


def as_chain(model: nn.Module) -> nn.Module:
    """The network as one chain of layers if it is made of columns; else itself."""
    return model.chain() if isinstance(model, Columns) else model


def _side_by_side(layers: Sequence[nn.Conv2d], groups: int) -> nn.Conv2d:
    """One convolution of all; in as many groups as there are, or in one, where all look at the same images."""
    first = layers[0]
    assert first.bias is None
    merged = nn.Conv2d(
        first.in_channels * groups,
        first.out_channels * len(layers),
        cast(tuple[int, int], first.kernel_size),
        cast(tuple[int, int], first.stride),
        cast(tuple[int, int], first.padding),
        groups=groups,
        bias=False,
        device=first.weight.device,
    )
    merged.weight.data = torch.cat([layer.weight.data for layer in layers])
    return merged


def _norms_side_by_side(layers: Sequence[nn.BatchNorm2d]) -> nn.BatchNorm2d:
    merged = nn.BatchNorm2d(sum(layer.num_features for layer in layers), layers[0].eps, layers[0].momentum)
    states = [layer.state_dict() for layer in layers]
    merged.load_state_dict(
        {
            name: torch.cat([state[name] for state in states]) if value.ndim else value
            for name, value in states[0].items()
        }
    )
    return merged.to(layers[0].weight.device)


def _mean(layers: Sequence[nn.Linear], channels: int) -> nn.Linear:
    """One linear layer whose answer is the mean of all; its inputs are, pixel by pixel, those of all columns."""
    weights = [layer.weight.data.view(layer.out_features, -1, channels) for layer in layers]  # (10, pixels, channels)
    first = layers[0]
    merged = nn.Linear(first.in_features * len(layers), first.out_features, device=first.weight.device)
    merged.weight.data = torch.cat(weights, dim=2).flatten(1) / len(layers)
    merged.bias.data = torch.stack([layer.bias.data for layer in layers]).mean(0)
    return merged
