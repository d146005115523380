"""A toy network that learns `digits` within seconds."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from handigits.models.columns import Columns
from handigits.models.layers import Dropout, FlattenChannelsLast


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


@pytest.fixture
def toy_columns() -> Callable[[], nn.Module]:
    """A fresh network of three columns, the same each time."""

    def make() -> nn.Module:
        torch.manual_seed(0)
        columns = [
            nn.Sequential(
                nn.Conv2d(1, 4, 5, stride=3, bias=False),  # (B, 4, 8, 8)
                nn.BatchNorm2d(4),
                nn.ReLU(),
                FlattenChannelsLast(),
                Dropout(0.25),
                nn.Linear(4 * 8 * 8, 10),
            )
            for _ in range(3)
        ]
        return Columns(columns)

    return make
