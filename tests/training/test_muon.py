import pytest
import torch
from torch import nn
from torch.nn import functional

from handigits.training.muon import Muon, _orthogonalize


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 26 * 26, 10))


def muon(model: nn.Module, *, lr: float = 0.01, filters_lr: float = 0.05) -> Muon:
    filters = [p for p in model.parameters() if p.ndim == 4]
    others = [p for p in model.parameters() if p.ndim != 4]
    return Muon(filters, others, lr=lr, filters_lr=filters_lr, momentum=0.6, betas=(0.9, 0.99))


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (16, 16)])
def test_orthogonalizing_brings_all_singular_values_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    u, _, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    uneven = u @ torch.diag(torch.linspace(0.3, 1.0, min(shape))) @ v
    values = torch.linalg.svdvals(_orthogonalize(uneven))
    assert values.min() > 0.4
    assert values.max() < 1.4


@pytest.mark.parametrize("shape", [(5, 12), (12, 5)])
def test_orthogonalizing_is_three_iterations_of_the_quintic(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    matrix = torch.randn(shape)
    x = matrix / matrix.norm()
    for _ in range(3):
        cubed = x @ x.T @ x
        x = 3.4445 * x - 4.7750 * cubed + 2.0315 * (x @ x.T @ cubed)
    torch.testing.assert_close(_orthogonalize(matrix), x, atol=1e-5, rtol=1e-5)


def test_orthogonalizing_keeps_the_directions() -> None:
    """Left and right singular vectors stay: the polar factor of the result is that of the matrix."""
    torch.manual_seed(0)
    matrix = torch.randn(5, 12)
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    again, _, right = torch.linalg.svd(_orthogonalize(matrix), full_matrices=False)
    assert torch.allclose(u @ v, again @ right, atol=1e-3)


def test_the_other_parameters_take_adams_steps() -> None:
    ours, torchs = nn.Linear(5, 3), nn.Linear(5, 3)
    torchs.load_state_dict(ours.state_dict())
    optimizers = [muon(ours), torch.optim.Adam(torchs.parameters(), lr=0.01, betas=(0.9, 0.99))]
    torch.manual_seed(0)
    for _ in range(20):
        x = torch.randn(8, 5)
        for layer, optimizer in zip((ours, torchs), optimizers, strict=True):
            optimizer.zero_grad()
            layer(x).square().sum().backward()
            optimizer.step()
    assert torch.allclose(ours.weight, torchs.weight, atol=1e-6)
    assert torch.allclose(ours.bias, torchs.bias, atol=1e-6)


def test_the_filters_step_follows_the_learning_rate() -> None:
    """Half the learning rate, half the step: the schedule of the others is theirs too."""
    steps = []
    for lr in (0.01, 0.005):
        model = network()
        optimizer = muon(model)
        for group in optimizer.param_groups:
            group["lr"] = lr
        filters = model[0].weight
        before = filters.detach().clone()
        functional.cross_entropy(model(torch.ones(2, 1, 28, 28)), torch.tensor([1, 2])).backward()
        optimizer.step()
        steps.append((filters - before).norm().item())
    assert steps[1] == pytest.approx(steps[0] / 2, rel=1e-5)


def test_it_learns_a_batch_by_heart() -> None:
    model = network()
    optimizer = muon(model)
    images, labels = torch.rand(16, 1, 28, 28), torch.arange(16) % 10
    for _ in range(60):
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
