"""LeNet's plan at a later decade's size: two padded 5x5 convolutions and a wide hidden layer.

Reference: Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998, for the plan.
"""

from collections.abc import Sequence

from torch import nn

from handigits.models.layers import Dropout, FlattenChannelsLast, PoolReLU, start_as_keras

__all__ = ["lenet"]


def lenet(dropout: Sequence[float]) -> nn.Sequential:
    """32C5-MaxPool2-64C5-MaxPool2-FC1024-Dropout-FC10.

    Args:
        dropout: the rate after the hidden layer.
    """
    (after_hidden,) = dropout
    body = nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2),  # (B, 32, 28, 28)
        PoolReLU(),  # (B, 32, 14, 14)
        nn.Conv2d(32, 64, 5, padding=2),  # (B, 64, 14, 14)
        PoolReLU(),  # (B, 64, 7, 7)
        FlattenChannelsLast(),
        nn.Linear(64 * 7 * 7, 1024),
        nn.ReLU(inplace=True),
        Dropout(after_hidden),
        nn.Linear(1024, 10),
    )
    return start_as_keras(body)
