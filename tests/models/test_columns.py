from collections.abc import Callable

import pytest
import torch
from torch import nn

from handigits.models import as_chain, build_model, measure_cost
from handigits.models.columns import Columns
from handigits.models.layers import FlattenChannelsLast


def column() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 5, stride=2, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        FlattenChannelsLast(),
        nn.Linear(8 * 12 * 12, 10),
    )


@pytest.fixture
def columns() -> Columns:
    """Three small ones, with statistics of their own."""
    torch.manual_seed(0)
    made = Columns([column() for _ in range(3)])
    for _ in range(3):
        made.train()(torch.rand(30, 1, 28, 28))
    return made


def test_they_are_read_together(columns: Columns) -> None:
    images = torch.rand(5, 1, 28, 28)
    expected = torch.stack([each(images) for each in columns.eval().chains]).mean(0)
    torch.testing.assert_close(columns(images), expected)


def test_in_training_each_answers_for_itself(columns: Columns) -> None:
    images = torch.rand(6, 1, 28, 28)
    logits = columns.train()(images).unflatten(0, (3, 6))
    for each, its in zip(columns.chains, logits, strict=True):
        torch.testing.assert_close(its, each(images))


@pytest.mark.parametrize(
    "make", [lambda columns: columns, lambda _: build_model("columns-2"), lambda _: build_model("columns-3")]
)
def test_the_chain_answers_as_the_columns(columns: Columns, make: Callable[[Columns], Columns]) -> None:
    model = make(columns).eval()
    chain = as_chain(model)
    assert isinstance(chain, nn.Sequential) and not any(isinstance(layer, Columns) for layer in chain)
    images = torch.rand(7, 1, 28, 28)
    torch.testing.assert_close(chain(images), model(images))
    assert not chain.training


def test_the_chain_has_its_own_weights(columns: Columns) -> None:
    before = columns.eval()(torch.ones(1, 1, 28, 28))
    for weight in as_chain(columns).parameters():
        weight.data.zero_()
    assert torch.equal(columns(torch.ones(1, 1, 28, 28)), before)


def test_the_chain_costs_what_the_columns_cost(columns: Columns) -> None:
    assert (
        measure_cost(as_chain(columns)).macs == measure_cost(columns).macs == 3 * measure_cost(columns.chains[0]).macs
    )


def test_a_chain_stays_itself() -> None:
    model = column()
    assert as_chain(model) is model


def test_the_champion_keeps_to_its_arithmetic() -> None:
    assert measure_cost(build_model("columns-3")).macs <= 30_000_000
