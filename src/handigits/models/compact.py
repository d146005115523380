"""Eight convolution channels in all, and then five fully connected layers that do the work."""

from collections.abc import Sequence

from torch import nn

from handigits.models.layers import FlattenChannelsLast, start_as_keras

__all__ = ["compact"]


def compact(dropout: Sequence[float]) -> nn.Sequential:
    """5C3-3C4s2-MaxPool2-FC1000-500-250-125-10, ReLU between the fully connected layers.

    Args:
        dropout: empty; the network has no dropout.
    """
    () = dropout
    body = nn.Sequential(
        nn.Conv2d(1, 5, 3),  # (B, 5, 26, 26)
        nn.Conv2d(5, 3, 4, stride=2),  # (B, 3, 12, 12)
        nn.MaxPool2d(2),  # (B, 3, 6, 6)
        FlattenChannelsLast(),
        nn.Linear(3 * 6 * 6, 1000),
        nn.ReLU(inplace=True),
        nn.Linear(1000, 500),
        nn.ReLU(inplace=True),
        nn.Linear(500, 250),
        nn.ReLU(inplace=True),
        nn.Linear(250, 125),
        nn.ReLU(inplace=True),
        nn.Linear(125, 10),
    )
    return start_as_keras(body)
