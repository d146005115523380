"""Digits that a toy network learns within seconds, and such a network."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.data import Split
from handigits.models.layers import Dropout


@pytest.fixture(scope="session")
def digits(bar_image: Callable[[int], NDArray[np.uint8]]) -> Split:
    """200 noisy bars, 20 of each digit, shuffled."""
    generator = np.random.default_rng(0)
    labels = generator.permutation(np.repeat(np.arange(10), 20))
    noise = generator.integers(0, 120, (len(labels), 28, 28))
    images = np.maximum(np.stack([bar_image(label) for label in labels]), noise).astype(np.uint8)
    return Split(images, labels, "bars/train")


@pytest.fixture
def toy_model() -> Callable[[], nn.Module]:
    """Makes a network with everything that has a state or draws at random: batch norm and dropout."""

    def make() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(1, 4, 5, stride=3),  # (B, 4, 8, 8)
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Flatten(),
            Dropout(0.25),
            nn.Linear(4 * 8 * 8, 10),
        )

    return make
