"""Inside a network: the filters of its first layer, what each layer makes of a digit, and what it finds alike."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from handigits.data.split import Split

__all__ = ["FeatureMaps", "Neighbours", "feature_maps", "first_filters", "nearest"]

_BATCH = 1_000


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """What a layer makes of a digit.

    Attributes:
        name: such as `16 maps of 12x12`.
        maps: float32 (C, H, W), as the next layer gets them; 0 and above where there is an activation between the two.
    """

    name: str
    maps: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Training digits that look alike to a network.

    Attributes:
        indices: int64 (K,), their places in the training split, nearest first.
        labels: int64 (K,).
        similarities: float32 (K,), cosines between the features, at most 1.
        images: uint8 (K, 28, 28).
    """

    indices: NDArray[np.int64]
    labels: NDArray[np.int64]
    similarities: NDArray[np.float32]
    images: NDArray[np.uint8]


def first_filters(model: nn.Sequential) -> NDArray[np.float32]:
    """The weights of the first convolution, float32 (C, H, W): what kinds of strokes and edges it answers to."""
    first = next(layer for layer in model if isinstance(layer, nn.Conv2d))
    filters: NDArray[np.float32] = first.weight.detach()[:, 0].contiguous().numpy()
    return filters


@torch.inference_mode()
def feature_maps(model: nn.Sequential, image: NDArray[np.float32]) -> tuple[FeatureMaps, ...]:
    """What every stage makes of an image, float32 (28, 28) in [0, 1]: a convolution with what follows, to the next."""
    found = []
    x, seen = torch.from_numpy(image)[None, None], False
    for layer in model:
        after = layer(x.clone())  # a layer may work in place
        if seen and (isinstance(layer, nn.Conv2d) or after.ndim != x.ndim):
            _, channels, height, width = x.shape
            found.append(FeatureMaps(f"{channels} maps of {height}x{width}", x[0].contiguous().numpy()))
        if after.ndim != 4:
            break
        x, seen = after, seen or isinstance(layer, nn.Conv2d)
    return tuple(found)


@torch.inference_mode()
def nearest(model: nn.Sequential, image: NDArray[np.float32], train: Split, *, count: int) -> Neighbours:
    """The training digits whose features, before the last layer, point most nearly the same way as the image's.

    Args:
        model: its last layer gives the logits.
        image: float32 (28, 28) in [0, 1].
        train: where to look.
        count: how many to give.
    """
    features = model[:-1]
    wanted = _directions(features(torch.from_numpy(image)[None, None]))[0]
    parts = []
    for start in range(0, len(train), _BATCH):
        images = torch.from_numpy(train.images[start : start + _BATCH]).unsqueeze(1).float() / 255
        parts.append(_directions(features(images)) @ wanted)
    similarities, indices = torch.cat(parts).topk(min(count, len(train)))
    places = indices.numpy()
    return Neighbours(places, train.labels[places], similarities.numpy(), train.images[places])


def _directions(features: Tensor) -> Tensor:
    return nn.functional.normalize(features.flatten(1), dim=1)
