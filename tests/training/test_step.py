import copy
import dataclasses

import pytest
import torch
from torch import Tensor, nn

from handigits.config import TrainConfig
from handigits.models.columns import Columns
from handigits.training.checkpoint import TrainState
from handigits.training.engine import prepare_engine
from handigits.training.optim import build_optimizer
from handigits.training.step import train_step

CONFIG = TrainConfig(optimizer="sgd", lr=0.1, label_smoothing=0.1, device="cpu", precision="fp32", threads=1)


def column() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 4, 5, stride=3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10))


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(12, 1, 28, 28, generator=generator), torch.arange(12) % 10


def after_a_step(model: nn.Module, batch: tuple[Tensor, Tensor], config: TrainConfig = CONFIG) -> TrainState:
    state = TrainState(model=model, average=None, optimizer=build_optimizer(model, config))
    train_step(state, model, *batch, config, prepare_engine(config))
    return state


def test_each_column_takes_the_step_that_it_would_take_alone(batch: tuple[Tensor, Tensor]) -> None:
    torch.manual_seed(0)
    columns = [column() for _ in range(3)]
    alone = [after_a_step(copy.deepcopy(each), batch).model for each in columns]
    after_a_step(Columns(columns), batch, dataclasses.replace(CONFIG, lr=0.3))  # of the mean of three losses
    for together, expected in zip(columns, alone, strict=True):
        for name, tensor in expected.state_dict().items():
            torch.testing.assert_close(together.state_dict()[name], tensor)


def test_columns_are_counted_as_one_network(batch: tuple[Tensor, Tensor]) -> None:
    torch.manual_seed(0)
    one = column()
    single, threefold = (
        after_a_step(model, batch) for model in (copy.deepcopy(one), Columns([copy.deepcopy(one) for _ in range(3)]))
    )
    assert (threefold.seen, threefold.correct) == (single.seen, single.correct) == (12, single.correct)
    assert threefold.loss_sum == pytest.approx(single.loss_sum)
