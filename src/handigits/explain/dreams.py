"""Activation maximisation: for each digit a picture that the network takes for it, found by climbing its own gradient.

A network also answers to scrawls that no person would take for a digit. So the climb is held near what training images
are like, a Gaussian in the space of their principal components, and the picture is moved about on the way, so that what
does not survive a move does not stay in it.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from handigits.data.split import CLASSES, IMAGE_SIZE, Split, draw_indices

__all__ = ["Dreams", "dream"]

_COMPONENTS = 100  # hold 91 % of the variance of MNIST's pixels
_IMAGES = 10_000  # enough for components that no longer change
_STEPS, _STEP = 150, 0.1
_PULL = 0.005  # towards the mean digit; ten times as much leaves a blur
_MOVES = 2  # pixels each way; without, another network reads one in ten as something else


@dataclass(frozen=True, eq=False)
class Dreams:
    """The ten pictures.

    Attributes:
        images: float32 (10, 28, 28) in [0, 1], digit 0 first.
        probabilities: float32 (10,), what the network gives each for its digit.
    """

    images: NDArray[np.float32]
    probabilities: NDArray[np.float32]


def dream(model: nn.Module, train: Split) -> Dreams:
    """Draw the ten digits as the network knows them; the same every time.

    Args:
        model: gives logits (B, 10).
        train: what digits are like.

    Reference:
        Simonyan, Vedaldi and Zisserman, Deep inside convolutional networks, 2014.
    """
    mean, components = _principal_components(train)
    places = torch.zeros(CLASSES, components.shape[1], requires_grad=True)  # in units of standard deviations
    optimizer = torch.optim.Adam([places], lr=_STEP)
    digits, draws = torch.arange(CLASSES), torch.Generator().manual_seed(0)
    for _ in range(_STEPS):
        down, right = torch.randint(-_MOVES, _MOVES + 1, (2,), generator=draws).tolist()
        moved = _draw(places, mean, components).roll((down, right), (2, 3))
        loss = functional.cross_entropy(model(moved), digits, reduction="sum") + _PULL * places.square().sum()
        (places.grad,) = torch.autograd.grad(loss, [places])
        optimizer.step()
    with torch.inference_mode():
        images = _draw(places, mean, components)
        probabilities = model(images).softmax(dim=1).diagonal()
    return Dreams(images[:, 0].numpy(), probabilities.contiguous().numpy())


def _principal_components(train: Split) -> tuple[Tensor, Tensor]:
    """The mean image (784,), and (784, K) the directions in which training images differ most, as long as they do."""
    rows = torch.from_numpy(train.images[draw_indices(len(train), _IMAGES)]).flatten(1).float() / 255
    mean = rows.mean(dim=0)
    variances, directions = torch.linalg.eigh((rows - mean).T @ (rows - mean) / len(rows))  # ascending
    largest = slice(-_COMPONENTS, None)
    return mean, directions[:, largest] * variances[largest].clamp(min=0).sqrt()


def _draw(places: Tensor, mean: Tensor, components: Tensor) -> Tensor:
    """Images (10, 1, 28, 28) in [0, 1]."""
    return (mean + places @ components.T).clamp(0, 1).view(-1, 1, IMAGE_SIZE, IMAGE_SIZE)
