import numpy as np
import pytest
import torch
from torch import nn

from handigits.data.split import Split
from handigits.training.temperature import set_temperature


def noisy(sharpness: float) -> tuple[nn.Sequential, Split]:
    """A network whose logits are `sharpness` times too large for how often it is right, and images to see that on."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 10, 5_000)
    images = np.zeros((5_000, 28, 28), np.uint8)
    logits = generator.normal(0, 1, (5_000, 10))
    odds = np.exp(logits)
    labels = (odds.cumsum(1) / odds.sum(1, keepdims=True) > generator.random((5_000, 1))).argmax(1)  # drawn by them
    images[:, 0, :10] = np.rint((logits + 5) * 25)
    linear = nn.Linear(784, 10)
    with torch.no_grad():
        linear.weight.zero_()
        linear.bias.fill_(-5 * sharpness)
        linear.weight[:, :10] = torch.eye(10) * 255 / 25 * sharpness
    return nn.Sequential(nn.Flatten(), linear), Split(images, labels.astype(np.int64))


@pytest.mark.parametrize("sharpness", [0.2, 1.0, 4.0])
def test_the_certainty_becomes_what_it_should_be(sharpness: float) -> None:
    model, split = noisy(sharpness)
    assert set_temperature(model, split) == pytest.approx(sharpness, rel=0.1)
    assert set_temperature(model, split) == pytest.approx(1, rel=0.01)


def test_no_answer_changes() -> None:
    model, split = noisy(4.0)
    images = torch.from_numpy(split.images).unsqueeze(1) / 255
    before = model(images).argmax(1)
    set_temperature(model, split)
    assert torch.equal(model(images).argmax(1), before)
