"""Real digits, and networks that have learnt a little of them."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.data import load_dataset
from handigits.models import as_chain, build_model
from handigits.recipes import RECIPES

Train = Callable[[str], nn.Module]


@pytest.fixture(scope="session")
def real_images() -> NDArray[np.uint8]:
    """1,000 of MNIST, or of the part of it that comes with a dependency."""
    return load_dataset("auto", offline=True).train.images[:1000]


@pytest.fixture(scope="session")
def real_tensors(real_images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return real_images[:, None].astype(np.float32) / np.float32(255)


@pytest.fixture(scope="session")
def trained(real_tensors: NDArray[np.float32]) -> Train:
    """A recipe's network after a few steps: weights and batch norm's statistics are no longer those of the start."""
    networks: dict[str, nn.Module] = {}

    def train(recipe: str) -> nn.Module:
        if recipe not in networks:
            config = RECIPES[recipe].config
            torch.manual_seed(0)
            model = build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)
            optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
            for start in range(0, 160, 32):
                optimizer.zero_grad()
                logits = model(torch.from_numpy(real_tensors[start : start + 32]))
                labels = (torch.arange(32) % 10).repeat(len(logits) // 32)  # for each column, where there are such
                nn.functional.cross_entropy(logits, labels).backward()
                optimizer.step()
            networks[recipe] = as_chain(model).eval()
        return networks[recipe]

    return train


@pytest.fixture(scope="session")
def answers_of(real_tensors: NDArray[np.float32]) -> Callable[[nn.Module], NDArray[np.float32]]:
    """What a torch model answers to the real images."""

    def answers(model: nn.Module) -> NDArray[np.float32]:
        with torch.inference_mode():
            return torch.softmax(model(torch.from_numpy(real_tensors)), dim=1).numpy()

    return answers
