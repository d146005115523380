"""A network that has learnt real digits, and one that has learnt nothing."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.data import Split, load_dataset
from handigits.export.trained import model_of_run
from handigits.models import build_model
from handigits.run import Run
from handigits.workflow import train


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Not to be changed."""
    out = tmp_path_factory.mktemp("explained") / "run"
    return train("quick", data="mnist-5k", out=out, batch_size=128, threads=1)


@pytest.fixture(scope="session")
def digits() -> Split:
    """What the network was trained on."""
    return load_dataset("mnist-5k").train


@pytest.fixture(scope="session")
def network(run: Run) -> nn.Sequential:
    return model_of_run(run).requires_grad_(False)


@pytest.fixture(scope="session")
def untrained() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build_model("cropped-22").eval().requires_grad_(False)
    assert isinstance(model, nn.Sequential)
    return model


@pytest.fixture(scope="session")
def image(digits: Split) -> NDArray[np.float32]:
    """A digit as a model sees it."""
    return digits.images[1_700].astype(np.float32) / 255
