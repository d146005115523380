import copy

import pytest
import torch
from torch import nn

from handigits.config import TrainConfig
from handigits.data import Split
from handigits.training import fit
from handigits.training.average import refresh_batch_norm, update_average
from handigits.training.batches import to_input


def linear(value: float) -> nn.Linear:
    model = nn.Linear(3, 2)
    for parameter in model.parameters():
        nn.init.constant_(parameter, value)
    return model


def test_the_average_moves_towards_the_model_by_what_the_decay_leaves() -> None:
    average = linear(1)
    update_average(average, linear(2), 0.75, step=1000)
    assert all((parameter == 1.25).all() for parameter in average.parameters())


def test_the_first_steps_move_it_faster() -> None:
    average = linear(1)
    update_average(average, linear(2), 0.999, step=0)
    assert all(torch.allclose(parameter, torch.tensor(1.9)) for parameter in average.parameters())


def test_the_model_itself_is_not_changed() -> None:
    model = linear(2)
    update_average(linear(1), model, 0.5, step=100)
    assert all((parameter == 2).all() for parameter in model.parameters())


def test_training_returns_the_average_of_its_steps(digits: Split) -> None:
    """Compared with averaging the weights by hand, step by step."""
    config = TrainConfig(optimizer="sgd", lr=0.1, epochs=2, batch_size=50, ema=0.6, threads=1, device="cpu")
    torch.manual_seed(0)
    start = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    model, expected, steps = copy.deepcopy(start), copy.deepcopy(start), 0

    def average(_: object) -> None:
        nonlocal steps
        decay = min(0.6, (1 + steps) / (10 + steps))
        with torch.no_grad():
            for mean, now in zip(expected.parameters(), model.parameters(), strict=True):
                mean.copy_(decay * mean + (1 - decay) * now)
        steps += 1

    fitted = fit(model, digits, config, watch=average)
    for mean, kept, last in zip(expected.parameters(), fitted.model.parameters(), model.parameters(), strict=True):
        assert torch.allclose(kept, mean, atol=1e-6)
        assert not torch.equal(kept, last)


@pytest.mark.parametrize("held_out", [True, False])
def test_the_averages_batch_norm_is_measured_with_its_own_weights(digits: Split, held_out: bool) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 5, stride=3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(128, 10))
    config = TrainConfig(lr=0.05, epochs=3, batch_size=50, ema=0.9, threads=1, device="cpu")
    fitted = fit(model, digits, config, held_out=digits if held_out else None)
    convolution, norm = fitted.model[0], fitted.model[1]  # type: ignore[index]
    activations = convolution(to_input(torch.from_numpy(digits.images)))
    assert torch.allclose(norm.running_mean, activations.mean((0, 2, 3)), atol=1e-5)
    assert torch.allclose(norm.running_var, activations.var((0, 2, 3)), rtol=1e-4)


def test_images_may_come_in_any_order() -> None:
    """Sorted, as many sources are: 10,000 black ones, then as many white ones."""
    images = torch.zeros(20_000, 28, 28, dtype=torch.uint8)
    images[10_000:] = 255
    norm = nn.BatchNorm2d(1)
    refresh_batch_norm(nn.Sequential(norm), images)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert norm.running_mean.item() == pytest.approx(0.5, abs=0.02)
    assert norm.running_var.item() == pytest.approx(0.25, abs=0.01)


def test_refreshing_leaves_the_momentum_as_it_was_and_the_model_evaluating(digits: Split) -> None:
    model = nn.Sequential(nn.BatchNorm2d(1, momentum=0.03), nn.Dropout(0.5)).train()
    refresh_batch_norm(model, torch.from_numpy(digits.images))
    assert model[0].momentum == 0.03
    assert not any(layer.training for layer in model.modules())


def test_a_network_without_batch_norm_needs_no_refreshing(digits: Split) -> None:
    model = linear(1).train()
    refresh_batch_norm(model, torch.from_numpy(digits.images))  # would fail, had it been run on 28x28 images
    assert model.training
