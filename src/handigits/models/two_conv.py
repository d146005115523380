"""Two convolutions, one pooling, one hidden layer: the network of PyTorch's and Keras's first examples."""

from collections.abc import Sequence

from torch import nn

from handigits.models.layers import Dropout, FlattenChannelsLast, PoolReLU, start_as_keras

__all__ = ["two_conv"]


def two_conv(dropout: Sequence[float]) -> nn.Sequential:
    """32C3-ReLU-64C3-ReLU-MaxPool2-Dropout-FC128-ReLU-Dropout-FC10.

    Args:
        dropout: rates after the pooling and after the hidden layer.
    """
    after_pool, after_hidden = dropout
    body = nn.Sequential(
        nn.Conv2d(1, 32, 3),  # (B, 32, 26, 26)
        nn.ReLU(inplace=True),
        nn.Conv2d(32, 64, 3),  # (B, 64, 24, 24)
        PoolReLU(),  # (B, 64, 12, 12)
        FlattenChannelsLast(),
        Dropout(after_pool),
        nn.Linear(64 * 12 * 12, 128),
        nn.ReLU(inplace=True),
        Dropout(after_hidden),
        nn.Linear(128, 10),
    )
    return start_as_keras(body)
