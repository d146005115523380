"""Saliency: how much each pixel of ink speaks for a digit, or against it, by integrated gradients."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.errors import MissingExtraError

__all__ = ["Saliency", "attribute"]

_STEPS = 64  # the sum then is within a percent of what it should be


@dataclass(frozen=True, eq=False)
class Saliency:
    """What each pixel contributes to a digit's logit, compared with blank paper.

    Attributes:
        digit: the digit in question.
        contributions: float64 (28, 28); they sum to the logit's rise from blank paper to the picture.
    """

    digit: int
    contributions: NDArray[np.float64]


def attribute(model: nn.Module, image: NDArray[np.float32], digit: int) -> Saliency:
    """Integrate the gradient of a digit's logit from blank paper to an image, float32 (28, 28) in [0, 1].

    Raises:
        MissingExtraError: captum is not installed.

    Reference:
        Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, 2017.
    """
    try:
        from captum.attr import IntegratedGradients
    except ImportError as err:
        raise MissingExtraError(
            "Saliency needs captum, which is not installed: pip install 'handigits[train,explain]'."
        ) from err
    picture = torch.from_numpy(image)[None, None]  # (1, 1, 28, 28)
    contributions = IntegratedGradients(model).attribute(picture, target=digit, n_steps=_STEPS)
    return Saliency(digit, contributions[0, 0].detach().numpy().astype(np.float64))
