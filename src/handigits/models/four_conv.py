"""Four convolutions in two blocks: the network that Kaggle's digit notebooks converged on."""

from collections.abc import Sequence

from torch import nn

from handigits.models.layers import Dropout, FlattenChannelsLast, PoolReLU, start_as_keras

__all__ = ["four_conv"]


def four_conv(dropout: Sequence[float]) -> nn.Sequential:
    """32C3-32C3-MaxPool2-Dropout-64C3-64C3-MaxPool2-Dropout-FC256-Dropout-FC10.

    Args:
        dropout: rates after the first block, after the second block and after the hidden layer.
    """
    after_first, after_second, after_hidden = dropout
    body = nn.Sequential(
        nn.Conv2d(1, 32, 3),  # (B, 32, 26, 26)
        nn.ReLU(inplace=True),
        nn.Conv2d(32, 32, 3),  # (B, 32, 24, 24)
        PoolReLU(),  # (B, 32, 12, 12)
        Dropout(after_first),
        nn.Conv2d(32, 64, 3),  # (B, 64, 10, 10)
        nn.ReLU(inplace=True),
        nn.Conv2d(64, 64, 3),  # (B, 64, 8, 8)
        PoolReLU(),  # (B, 64, 4, 4)
        FlattenChannelsLast(),
        Dropout(after_second),
        nn.Linear(64 * 4 * 4, 256),
        nn.ReLU(inplace=True),
        Dropout(after_hidden),
        nn.Linear(256, 10),
    )
    return start_as_keras(body)
