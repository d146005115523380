import dataclasses

import pytest
import torch
from torch import nn

from handigits.config import OptimizerName, Schedule, TrainConfig
from handigits.training.optim import build_optimizer, learning_rate

OPTIMIZERS: tuple[OptimizerName, ...] = ("sgd", "adam", "adamw", "adadelta")
SCHEDULES: tuple[Schedule, ...] = ("constant", "step", "cosine", "one-cycle")


def step_without_gradient(optimizer: OptimizerName, model: nn.Module) -> None:
    """One update by weight decay alone."""
    config = TrainConfig(optimizer=optimizer, lr=0.1, weight_decay=0.5)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    build_optimizer(model, config).step()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weight_decay_shrinks_filters_and_matrices_and_leaves_biases_and_norms_alone(optimizer: OptimizerName) -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(4, 3))
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    step_without_gradient(optimizer, model)
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1:
            assert (parameter < 1).all(), name
        else:
            assert (parameter == 1).all(), name


def test_a_network_without_biases_gets_an_optimizer_too() -> None:
    optimizer = build_optimizer(nn.Linear(2, 2, bias=False), TrainConfig())
    assert len(optimizer.param_groups) == 1


def test_every_parameter_is_trained_once() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(4, 3))
    trained = [id(p) for group in build_optimizer(model, TrainConfig()).param_groups for p in group["params"]]
    assert sorted(trained) == sorted(map(id, model.parameters()))


@pytest.mark.parametrize(
    ("optimizer", "settings", "expected"),
    [
        ("sgd", {"momentum": 0.9, "nesterov": True}, {"momentum": 0.9, "nesterov": True}),
        ("adam", {"betas": (0.8, 0.95)}, {"betas": (0.8, 0.95)}),
        ("adamw", {"betas": (0.8, 0.95)}, {"betas": (0.8, 0.95)}),
        ("adadelta", {}, {"rho": 0.95, "eps": 1e-7}),
    ],
)
def test_the_optimizers_settings_reach_it(
    optimizer: OptimizerName, settings: dict[str, object], expected: dict[str, object]
) -> None:
    config = dataclasses.replace(TrainConfig(optimizer=optimizer, lr=0.3), **settings)
    built = build_optimizer(nn.Linear(2, 2), config)
    assert built.defaults["lr"] == 0.3
    assert {name: built.defaults[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [2, 2, 2, 2]),
        ("cosine", [2, 2 * (1 + 0.5**0.5) / 2, 1, 0]),
        ("one-cycle", [2, 1.5, 1, 0]),
    ],
)
def test_a_schedule_without_warmup_starts_at_the_peak(schedule: Schedule, expected: list[float]) -> None:
    config = TrainConfig(lr=2, schedule=schedule)
    assert [learning_rate(config, progress) for progress in (0, 0.25, 0.5, 1)] == pytest.approx(expected)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_warmup_climbs_from_zero_in_a_line_and_reaches_the_peak(schedule: Schedule) -> None:
    config = TrainConfig(lr=2, schedule=schedule, warmup=0.4, lr_step_epochs=10)
    assert [learning_rate(config, progress) for progress in (0, 0.1, 0.2, 0.4)] == pytest.approx([0, 0.5, 1, 2])


@pytest.mark.parametrize(("schedule", "middle"), [("cosine", 1), ("one-cycle", 1)])
def test_after_a_warmup_the_way_down_takes_what_is_left(schedule: Schedule, middle: float) -> None:
    config = TrainConfig(lr=2, schedule=schedule, warmup=0.5)
    assert learning_rate(config, 0.75) == pytest.approx(middle)


@pytest.mark.parametrize("schedule", ["cosine", "one-cycle"])
@pytest.mark.parametrize("warmup", [0, 0.1, 0.3, 0.7])
def test_the_end_is_exactly_zero_and_never_below(schedule: Schedule, warmup: float) -> None:
    config = TrainConfig(lr=0.1, schedule=schedule, warmup=warmup)
    assert learning_rate(config, 1.0) == 0
    assert min(learning_rate(config, step / 997) for step in range(998)) == 0


def test_steps_drop_at_the_end_of_their_epochs() -> None:
    config = TrainConfig(lr=1, schedule="step", epochs=6, lr_step_epochs=2, lr_step_factor=0.5)
    rates = [learning_rate(config, epoch / 6) for epoch in range(6)]
    assert rates == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert learning_rate(config, 1.99 / 6) == 1


@pytest.mark.parametrize("epochs", [3, 7, 10, 49, 100])
def test_rounding_does_not_move_a_drop(epochs: int) -> None:
    """29 / 100 * 100 is less than 29."""
    config = TrainConfig(lr=1, schedule="step", epochs=epochs, lr_step_factor=0.5)
    assert [learning_rate(config, epoch / epochs) for epoch in range(epochs)] == [0.5**drop for drop in range(epochs)]


def test_a_warmup_may_take_the_whole_training() -> None:
    config = TrainConfig(lr=2, schedule="one-cycle", warmup=1)
    assert [learning_rate(config, progress) for progress in (0, 0.5, 1)] == [0, 1, 2]
