import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.data import Split
from handigits.explain.saliency import attribute


def ranks(values: NDArray[np.float64]) -> NDArray[np.intp]:
    return values.ravel().argsort().argsort()


def test_contributions_sum_to_the_rise_from_blank_paper(network: nn.Sequential, image: NDArray[np.float32]) -> None:
    pictures = torch.stack([torch.zeros(1, 28, 28), torch.from_numpy(image)[None]])
    blank, full = network(pictures)[:, 4].tolist()
    assert attribute(network, image, 4).contributions.sum() == pytest.approx(full - blank, rel=0.05, abs=0.05)


def test_paper_contributes_nothing(network: nn.Sequential, image: NDArray[np.float32]) -> None:
    half = image.copy()
    half[:, 14:] = 0
    assert not attribute(network, half, 4).contributions[:, 14:].any()


def test_a_network_with_random_weights_gives_another_map(
    network: nn.Sequential, untrained: nn.Sequential, digits: Split
) -> None:
    """The sanity check of Adebayo et al., 2018: a map that ignores the weights explains the picture, not the model."""
    correlations = []
    for index in range(0, len(digits), 400):
        image = digits.images[index].astype(np.float32) / 255
        trained, random = (
            ranks(attribute(model, image, int(digits.labels[index])).contributions[image > 0.1])
            for model in (network, untrained)
        )
        correlations.append(np.corrcoef(trained, random)[0, 1])
    assert np.mean(np.abs(correlations)) < 0.2


def test_another_digit_gives_another_map(network: nn.Sequential, image: NDArray[np.float32]) -> None:
    one, other = (attribute(network, image, digit).contributions for digit in (4, 9))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] < 0.9


def test_the_network_is_left_as_it_was(network: nn.Sequential, image: NDArray[np.float32]) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    attribute(network, image, 4)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
