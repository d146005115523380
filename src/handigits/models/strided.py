"""Our own small networks: convolutions that stride instead of pooling, batch norm, one linear layer.

The first convolution, which a processor likes least, having one input channel, makes the picture small at once: what is
behind it gets four times cheaper if it strides by two, nine times if by three. No channel count is below 16, the width
that vector units want.
"""

from collections.abc import Sequence

from torch import nn

from handigits.models.layers import Crop, FlattenChannelsLast
from handigits.models.narrow import NarrowConv2d

__all__ = ["cropped_22", "cropped_24", "strided_4", "strided_5", "strided_6"]


def cropped_22(dropout: Sequence[float]) -> nn.Sequential:
    """The middle 22x22, then 16C7s3-32C3-64C3-FC10: for one epoch.

    MNIST fits digits into 20x20 and centres them by mass, so that there is hardly any ink in the outermost pixels. The
    first convolution strides by three, which leaves so little that the others need no stride.

    Args:
        dropout: empty; the network has no dropout.
    """
    () = dropout
    return _cropped(edge=3, first_size=7, last_size=3)


def cropped_24(dropout: Sequence[float]) -> nn.Sequential:
    """The middle 24x24, then 16C6s3-32C3-64C4-FC10: for a few epochs.

    Args:
        dropout: empty; the network has no dropout.
    """
    () = dropout
    return _cropped(edge=2, first_size=6, last_size=4)


def _cropped(*, edge: int, first_size: int, last_size: int) -> nn.Sequential:
    """With ReLU after each convolution, and batch norm before it in all but the first."""
    return nn.Sequential(
        Crop(edge),
        nn.Conv2d(1, 16, first_size, stride=3),
        nn.ReLU(inplace=True),
        *_convolution(16, 32, 3),
        *_narrow(32, 64, last_size),  # (B, 64, 2, 2)
        FlattenChannelsLast(),
        nn.Linear(64 * 2 * 2, 10),
    )


def strided_4(dropout: Sequence[float]) -> nn.Sequential:
    """16C5s2-32C3-64C3s2-128C3-FC10 with batch norm and ReLU after each convolution.

    Args:
        dropout: empty; the network has no dropout.
    """
    () = dropout
    return nn.Sequential(
        *_convolution(1, 16, 5, stride=2),  # (B, 16, 12, 12)
        *_convolution(16, 32, 3),  # (B, 32, 10, 10)
        *_narrow(32, 64, 3, stride=2),  # (B, 64, 4, 4)
        *_narrow(64, 128, 3),  # (B, 128, 2, 2)
        FlattenChannelsLast(),
        nn.Linear(128 * 2 * 2, 10),
    )


def strided_5(dropout: Sequence[float] = (), *, last: int = 160) -> nn.Sequential:
    """24C5s2-48C3-96C3s2-96C3-160C3-FC10 with batch norm and ReLU after each convolution.

    Args:
        dropout: empty; the network has no dropout.
        last: channels of the last convolution.
    """
    () = dropout
    return nn.Sequential(
        *_convolution(1, 24, 5, stride=2),  # (B, 24, 12, 12)
        *_convolution(24, 48, 3),  # (B, 48, 10, 10)
        *_narrow(48, 96, 3, stride=2),  # (B, 96, 4, 4)
        *_narrow(96, 96, 3, padding=1),  # (B, 96, 4, 4)
        *_narrow(96, last, 3),  # (B, last, 2, 2)
        FlattenChannelsLast(),
        nn.Linear(last * 2 * 2, 10),
    )


def strided_6(dropout: Sequence[float] = (), *, last: int = 192) -> nn.Sequential:
    """32C5s2-64C3-64C3-128C3s2-128C3-192C3-FC10 with batch norm and ReLU after each convolution; 10 million MACs.

    Args:
        dropout: empty; the network has no dropout.
        last: channels of the last convolution.
    """
    () = dropout
    return nn.Sequential(
        *_convolution(1, 32, 5, stride=2),  # (B, 32, 12, 12)
        *_convolution(32, 64, 3),  # (B, 64, 10, 10)
        *_convolution(64, 64, 3, padding=1),  # (B, 64, 10, 10)
        *_narrow(64, 128, 3, stride=2),  # (B, 128, 4, 4)
        *_narrow(128, 128, 3, padding=1),  # (B, 128, 4, 4)
        *_narrow(128, last, 3),  # (B, last, 2, 2)
        FlattenChannelsLast(),
        nn.Linear(last * 2 * 2, 10),
    )


def _convolution(channels_in: int, channels: int, size: int, *, stride: int = 1, padding: int = 0) -> list[nn.Module]:
    return _normalized(nn.Conv2d(channels_in, channels, size, stride, padding, bias=False))


def _narrow(channels_in: int, channels: int, size: int, *, stride: int = 1, padding: int = 0) -> list[nn.Module]:
    """To 4x4 or less."""
    return _normalized(NarrowConv2d(channels_in, channels, size, stride=stride, padding=padding))


def _normalized(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU(inplace=True)]
