from dataclasses import replace

import numpy as np
import pytest
import torch

from handigits.artifact.reading import open_graph
from handigits.errors import ModelError
from handigits.network.layers import (
    BatchNorm,
    Convolution,
    Crop,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Network,
    Relu,
    Rescale,
    Softmax,
)
from handigits.network.onnx_graph import to_onnx


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def read_out(features: int = 784) -> tuple[Layer, ...]:
    return Flatten(), Dense(zeros(10, features), zeros(10)), Softmax()


def test_shapes_are_those_of_one_image(every_layer: Network) -> None:
    assert every_layer.shapes[:4] == ((1, 28, 28), (1, 28, 28), (1, 24, 26), (4, 13, 12))
    assert every_layer.shapes[-3:] == ((16,), (10,), (10,))


def test_costs_are_counted_by_the_layers() -> None:
    network = Network((Convolution(zeros(2, 1, 3, 3), zeros(2)), *read_out(2 * 26 * 26)))
    assert (network.parameters, network.macs) == (13_550, 25_688)


def test_for_inference_there_is_no_dropout_and_no_batch_norm_behind_weights(every_layer: Network) -> None:
    kinds = [type(layer) for layer in every_layer.for_inference().layers]
    assert Dropout not in kinds
    assert kinds.count(BatchNorm) == 1  # the one behind a ReLU


def test_batch_norm_behind_weights_is_folded_without_a_trace() -> None:
    generator = torch.Generator().manual_seed(0)
    weight, bias, *norm = (torch.randn(*shape, generator=generator) for shape in ((3, 1, 5, 5), *[(3,)] * 5))
    variance = norm[3].square()
    images = torch.rand(4, 1, 28, 28, generator=generator)
    expected = torch.nn.functional.batch_norm(
        torch.nn.functional.conv2d(images, weight, bias), norm[2], variance, norm[0], norm[1], eps=0.01
    )
    folded = Network(
        (
            Convolution(weight.numpy(), bias.numpy()),
            BatchNorm(norm[0].numpy(), norm[1].numpy(), norm[2].numpy(), variance.numpy(), 0.01),
            *read_out(3 * 24 * 24),
        )
    ).for_inference()
    convolution = folded.layers[0]
    assert isinstance(convolution, Convolution)
    found = torch.nn.functional.conv2d(images, torch.from_numpy(convolution.weight), torch.from_numpy(convolution.bias))
    assert torch.allclose(found, expected, atol=1e-4)


def test_rescalings_and_crops_in_a_row_become_one() -> None:
    network = Network(
        (Rescale(2.0, 1.0), Rescale(3.0, -1.0), Crop((1, 0, 0, 2)), Crop((0, 1, 1, 0)), *read_out(26 * 25))
    )
    first, second, *_ = network.for_inference().layers
    assert isinstance(first, Rescale)
    assert (first.scale, first.offset) == (6.0, 2.0)
    assert isinstance(second, Crop)
    assert second.edges == (1, 1, 1, 2)


@pytest.mark.parametrize(
    "layers",
    [
        (),
        (Flatten(), Dense(zeros(10, 784), zeros(10))),  # no softmax
        (Flatten(), Dense(zeros(26, 784), zeros(26)), Softmax()),
        (Dense(zeros(10, 784), zeros(10)), Softmax()),  # not flattened
        (Flatten(), *read_out()),
        (Softmax(), *read_out()),
        (Convolution(zeros(3, 2, 3, 3), zeros(3)), *read_out(3 * 26 * 26)),
        (Convolution(zeros(3, 1, 3, 3), zeros(2)), *read_out(3 * 26 * 26)),
        (Convolution(zeros(3, 1, 29, 29), zeros(3)), *read_out(3)),
        (Convolution(zeros(1, 1, 1, 1), zeros(1), stride=0), *read_out()),
        (Convolution(zeros(1, 1, 1, 1), zeros(1), padding=(29, 0, 0, 0)), *read_out(57 * 28)),
        (Convolution(zeros(1, 1, 1, 1), zeros(1), padding=(-1, 0, 0, 0)), *read_out(27 * 28)),
        (Convolution(zeros(0, 1, 1, 1), zeros(0)), *read_out(0)),
        (MaxPool(0), *read_out()),
        (MaxPool(29), *read_out(0)),
        (Crop((28, 0, 0, 0)), *read_out(0)),
        (Crop((-1, 0, 0, 0)), *read_out(29 * 28)),
        (Rescale(float("nan"), 0.0), *read_out()),
        (Rescale(1.0, float("inf")), *read_out()),
        (BatchNorm(zeros(2), zeros(2), zeros(2), zeros(2), 1e-3), *read_out()),
        (BatchNorm(zeros(1), zeros(1), zeros(1), zeros(1), 0.0), *read_out()),
        (BatchNorm(zeros(1), zeros(1), zeros(1), zeros(1) - 1, 1e-3), *read_out()),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers: tuple[Layer, ...]) -> None:
    with pytest.raises(ModelError):
        Network(layers)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(value: float) -> None:
    bias = zeros(10)
    bias[3] = value
    with pytest.raises(ModelError, match="NaN or infinite"):
        Network((Flatten(), Dense(zeros(10, 784), bias), Softmax()))


def test_more_weights_than_any_of_ours_are_refused() -> None:
    with pytest.raises(ModelError, match="weights; expected at most"):
        Network((Flatten(), Dense(zeros(20_500, 784), zeros(20_500)), Dense(zeros(10, 20_500), zeros(10)), Softmax()))


def test_a_layer_that_would_fill_the_memory_is_refused() -> None:
    """Two thousand filters of one number each are a small file, and 1.6 million numbers for every image."""
    wide = Convolution(zeros(2000, 1, 1, 1), zeros(2000))
    with pytest.raises(ModelError, match="1,568,000 numbers"):
        Network((wide, MaxPool(28), *read_out(2000)))


def test_a_message_names_the_layer_and_what_came_to_it() -> None:
    layers = (Relu(), Convolution(zeros(3, 2, 3, 3), zeros(3), stride=2), *read_out())
    with pytest.raises(ModelError, match=r"Convolution\(weight \(3, 2, 3, 3\).*stride=2.*\(1, 28, 28\)"):
        Network(layers)


def test_dropout_changes_nothing(every_layer: Network) -> None:
    images = np.random.default_rng(1).random((3, 1, 28, 28), dtype=np.float32)
    without = replace(every_layer, layers=tuple(each for each in every_layer.layers if not isinstance(each, Dropout)))
    answers = [open_graph(to_onnx(each)).run(None, {"images": images})[0] for each in (every_layer, without)]
    assert np.array_equal(*answers)
