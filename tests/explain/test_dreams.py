import numpy as np
import torch
from torch import nn

from handigits.data import Split
from handigits.explain.dreams import dream
from handigits.recognizer import Recognizer


def test_another_model_takes_the_pictures_for_what_they_are_meant_to_be(network: nn.Sequential, digits: Split) -> None:
    """What only the network itself could read would be a trick, not a picture of a digit."""
    dreams = dream(network, digits)
    answers = Recognizer.load(threads=1).probabilities(dreams.images).argmax(axis=1)
    assert (answers == np.arange(10)).sum() >= 9


def test_the_probabilities_are_those_of_the_pictures(network: nn.Sequential, digits: Split) -> None:
    dreams = dream(network, digits)
    assert dreams.images.shape == (10, 28, 28)
    assert (dreams.images.min(), dreams.images.max() <= 1) == (0, True)
    answers = network(torch.from_numpy(dreams.images)[:, None]).softmax(dim=1).diagonal()
    assert np.allclose(dreams.probabilities, answers.numpy(), atol=1e-5)
    assert dreams.probabilities.min() > 0.5


def test_the_same_network_draws_the_same_pictures(network: nn.Sequential, digits: Split) -> None:
    assert np.array_equal(dream(network, digits).images, dream(network, digits).images)
