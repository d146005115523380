import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.data import Split
from handigits.explain.layers import feature_maps, first_filters, nearest
from handigits.models import ARCHITECTURES, as_chain, build_model


def test_the_maps_are_those_of_the_forward_pass(network: nn.Sequential, image: NDArray[np.float32]) -> None:
    """From the last maps on, the rest of the network comes to the network's own answer."""
    layers = feature_maps(network, image)
    assert [layer.name for layer in layers] == ["16 maps of 7x7", "32 maps of 5x5", "64 maps of 2x2"]
    after = torch.from_numpy(layers[-1].maps)[None]
    assert torch.allclose(network[-2:](after), network(torch.from_numpy(image)[None, None]), atol=1e-5)


def test_maps_are_what_is_left_after_the_activation(network: nn.Sequential, image: NDArray[np.float32]) -> None:
    for layer in feature_maps(network, image):
        assert layer.maps.min() == 0
        assert layer.maps.max() > 0


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_can_be_looked_into(architecture: str, image: NDArray[np.float32], digits: Split) -> None:
    model = as_chain(build_model(architecture)).eval()
    assert isinstance(model, nn.Sequential)
    assert feature_maps(model, image)
    assert first_filters(model).ndim == 3
    assert len(nearest(model, image, digits, count=2).indices) == 2


def test_a_training_digit_is_nearest_to_itself(network: nn.Sequential, digits: Split) -> None:
    found = nearest(network, digits.images[17].astype(np.float32) / 255, digits, count=5)
    assert found.indices[0] == 17
    assert found.similarities[0] == pytest.approx(1, abs=1e-5)
    assert found.similarities.tolist() == sorted(found.similarities.tolist(), reverse=True)
    assert np.array_equal(found.images, digits.images[found.indices])
    assert np.array_equal(found.labels, digits.labels[found.indices])


def test_alike_to_a_trained_network_is_what_has_the_same_label(network: nn.Sequential, digits: Split) -> None:
    labels = [
        nearest(network, digits.images[index].astype(np.float32) / 255, digits, count=10).labels == digits.labels[index]
        for index in range(0, len(digits), 400)
    ]
    assert np.mean(labels) > 0.9


def test_no_more_neighbours_are_given_than_there_are_digits(network: nn.Sequential, digits: Split) -> None:
    few = digits.subset(np.arange(3))
    assert len(nearest(network, few.images[0].astype(np.float32) / 255, few, count=9).indices) == 3
