from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import nn

from handigits.artifact.reading import open_graph
from handigits.errors import ModelError
from handigits.export.trained import network_of_model, network_of_run
from handigits.models import ARCHITECTURES, build_model
from handigits.network.layers import BatchNorm, Dropout
from handigits.network.onnx_graph import to_onnx
from handigits.recipes import RECIPES
from handigits.run import Plan, Run, create_run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of `flash` without its weights."""
    run = create_run(tmp_path / "run")
    run.write_plan(Plan(recipe="flash", data="mnist", data_digest="", train=RECIPES["flash"].config))
    return run


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_layers_answer_as_the_model(
    recipe: str,
    trained: Callable[[str], nn.Module],
    answers_of: Callable[[nn.Module], NDArray[np.float32]],
    real_tensors: NDArray[np.float32],
) -> None:
    session = open_graph(to_onnx(network_of_model(trained(recipe))))
    found = session.run(None, {"images": real_tensors[:100]})[0]
    assert np.abs(found - answers_of(trained(recipe))[:100]).max() < 1e-5


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_is_a_chain_of_known_layers(name: str) -> None:
    network_of_model(build_model(name))


def test_dropout_and_batch_norm_are_kept(trained: Callable[[str], nn.Module]) -> None:
    rates = [layer.rate for layer in network_of_model(trained("kaggle-4conv")).layers if isinstance(layer, Dropout)]
    norms = [layer for layer in network_of_model(trained("standard")).layers if isinstance(layer, BatchNorm)]
    assert rates == [0.25, 0.25, 0.5]
    assert len(norms) == 4


@pytest.mark.parametrize(
    "module", [nn.GELU(), nn.AvgPool2d(2), nn.MaxPool2d(3, 1), nn.Conv2d(1, 1, 3, padding="same"), nn.Flatten()]
)
def test_a_module_that_is_not_known_is_named(module: nn.Module) -> None:
    with pytest.raises(ModelError, match=type(module).__name__):
        network_of_model(nn.Sequential(module))


def test_a_run_is_read_from_its_weights(run: Run, trained: Callable[[str], nn.Module]) -> None:
    save_file({name: tensor.contiguous() for name, tensor in trained("flash").state_dict().items()}, run.weights)
    found, expected = network_of_run(run).layers[-2], network_of_model(trained("flash")).layers[-2]
    assert np.array_equal(found.weight, expected.weight)


def test_reading_a_run_draws_nothing_from_the_callers_generator(run: Run, trained: Callable[[str], nn.Module]) -> None:
    save_file({name: tensor.contiguous() for name, tensor in trained("flash").state_dict().items()}, run.weights)
    before = torch.random.get_rng_state()
    network_of_run(run)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04\x95pickle"])
def test_damaged_weights_are_refused_in_one_line(run: Run, content: bytes) -> None:
    run.weights.write_bytes(content)
    with pytest.raises(ModelError, match=r"weights\.safetensors: not the weights of cropped-22") as caught:
        network_of_run(run)
    assert "\n" not in str(caught.value)


def test_weights_of_another_architecture_are_refused(run: Run, trained: Callable[[str], nn.Module]) -> None:
    save_file({name: tensor.contiguous() for name, tensor in trained("standard").state_dict().items()}, run.weights)
    with pytest.raises(ModelError, match="not the weights of cropped-22"):
        network_of_run(run)
