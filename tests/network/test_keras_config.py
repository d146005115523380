import json
from typing import Any

import numpy as np
import pytest

from handigits.errors import ModelError
from handigits.network.description import describe
from handigits.network.keras_config import network_from_keras, same_padding
from handigits.network.layers import BatchNorm, Convolution, Dense, Network, Rescale

Settings = dict[str, Any]


def layer(kind: str, **settings: Any) -> Settings:
    return {"class_name": kind, "config": {"name": kind.lower(), **settings}}


def convolution(**settings: Any) -> Settings:
    usual = {"strides": [1, 1], "padding": "valid", "activation": "linear", "dilation_rate": [1, 1], "groups": 1}
    return layer("Conv2D", **{**usual, **settings})


def pooling(**settings: Any) -> Settings:
    return layer("MaxPooling2D", **{"pool_size": [2, 2], "strides": [2, 2], "padding": "valid", **settings})


READ_OUT = [layer("Flatten"), layer("Dense", activation="softmax")]


def read(*layers: Settings, features: int = 784, kernel: tuple[int, ...] = (3, 3, 1, 1)) -> Network:
    """The network of these layers before the read-out; `features` is how many numbers are flattened."""

    def weights_of(kind: str, _: str) -> list[np.ndarray]:
        if kind == "Dense":
            return [np.ones((features, 10), np.float32), np.ones(10, np.float32)]
        if kind == "Conv2D":
            return [np.arange(np.prod(kernel), dtype=np.float32).reshape(kernel)]
        return [np.full(1, value, np.float32) for value in (2, 3, 4, 5)]

    return network_from_keras(
        json.dumps({"class_name": "Sequential", "config": {"layers": [*layers, *READ_OUT]}}), weights_of
    )


def test_filters_are_turned_into_our_order() -> None:
    first = read(convolution(), features=26 * 26 * 5, kernel=(3, 3, 1, 5)).layers[0]
    assert isinstance(first, Convolution)
    assert first.weight.shape == (5, 1, 3, 3)
    assert first.weight[4, 0, 2, 1] == (2 * 3 + 1) * 5 + 4
    assert not first.bias.any()


def test_dense_weights_are_turned_into_our_order() -> None:
    dense = read().layers[1]
    assert isinstance(dense, Dense)
    assert dense.weight.shape == (10, 784)


def test_an_activation_is_a_layer_of_its_own() -> None:
    network = read(convolution(activation="relu"), layer("Activation", activation="relu"), features=26 * 26)
    assert [each["layer"] for each in json.loads(describe(network))[:3]] == ["Convolution", "Relu", "Relu"]


def test_logits_get_a_softmax() -> None:
    layers = [layer("Flatten"), layer("Dense", activation="linear")]
    text = json.dumps({"class_name": "Sequential", "config": {"layers": layers}})
    network = network_from_keras(text, lambda *_: [np.ones((784, 10), np.float32)])
    assert describe(network).count("Softmax") == 1


def test_the_older_json_is_a_list_of_layers() -> None:
    text = json.dumps({"class_name": "Sequential", "config": READ_OUT})
    assert network_from_keras(text, lambda *_: [np.ones((784, 10), np.float32)]).shapes[-1] == (10,)


@pytest.mark.parametrize(("scale", "offset", "expected"), [(1 / 255, 0.0, 1.0), (1 / 127.5, -1.0, 2.0)])
def test_a_model_made_for_pictures_to_255_gets_those_to_1_as_it_expects(
    scale: float, offset: float, expected: float
) -> None:
    first = read(layer("Rescaling", scale=scale, offset=offset)).layers[0]
    assert isinstance(first, Rescale)
    assert (first.scale, first.offset) == (expected, offset)


def test_another_scale_is_kept() -> None:
    first = read(layer("Rescaling", scale=2.0, offset=-1.0)).layers[0]
    assert isinstance(first, Rescale)
    assert (first.scale, first.offset) == (2.0, -1.0)


def test_batch_norm_without_scale_has_ones() -> None:
    first = read(layer("BatchNormalization", epsilon=0.01, axis=[3], scale=False)).layers[0]
    assert isinstance(first, BatchNorm)
    assert first.scale.tolist() == [1.0]
    assert first.shift.tolist() == [2.0]


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [
        (28, 3, 1, (1, 1)),
        (28, 5, 2, (1, 2)),
        (28, 2, 1, (0, 1)),
        (7, 3, 2, (1, 1)),
        (28, 1, 2, (0, 0)),
        (6, 2, 2, (0, 0)),
    ],
)
def test_same_pads_more_at_the_end(size: int, kernel: int, stride: int, expected: tuple[int, int]) -> None:
    assert same_padding(size, kernel, stride) == expected


def test_zeros_around_the_picture_go_into_the_convolution() -> None:
    first = read(layer("ZeroPadding2D", padding=[[1, 2], [3, 4]]), convolution(), features=29 * 33).layers[0]
    assert isinstance(first, Convolution)
    assert first.padding == (1, 3, 2, 4)


def test_dropout_and_the_input_are_read() -> None:
    assert read(layer("InputLayer", batch_shape=[None, 28, 28, 1]), layer("Dropout", rate=0.5)).parameters == 7850


@pytest.mark.parametrize(
    "layers",
    [
        [layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEAAAA="}})],
        [layer("TFOpLambda")],
        [layer("os.system")],
        [layer("Sequential", layers=[])],
        [layer("InputLayer", batch_shape=[None, 784])],
        [layer("InputLayer", batch_input_shape=[None, 32, 32, 3])],
        [convolution(data_format="channels_first")],
        [convolution(strides=[1, 2])],
        [convolution(dilation_rate=[2, 2])],
        [convolution(groups=2)],  # of one channel
        [convolution(padding="causal")],
        [convolution(activation="swish")],
        [convolution(activation={"class_name": "function", "config": "print"})],
        [layer("ZeroPadding2D", padding=[[1, 1], [1, 1]]), convolution(padding="same")],
        [layer("ZeroPadding2D", padding=[[1, 1], [1, 1]]), pooling()],
        [pooling(strides=[1, 1])],
        [pooling(pool_size=[2, 3])],
        [pooling(pool_size=[3, 3], strides=[3, 3], padding="same")],
        [layer("ReLU", max_value=6.0)],
        [layer("BatchNormalization", epsilon=0.01, axis=1)],
        [layer("Cropping2D", cropping=[[30, 0], [0, 0]])],
        [layer("Rescaling", scale=[1.0, 2.0], offset=0.0)],
        [layer("Dropout")],
        [{"class_name": "ReLU"}],
        [7],
    ],
)
def test_what_is_not_known_is_refused_in_one_line(layers: list[Any]) -> None:
    with pytest.raises(ModelError) as caught:
        read(*layers)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_lambda_is_called_what_it_is() -> None:
    with pytest.raises(ModelError, match="code along is refused"):
        read(layer("Lambda"))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", "[" * 100_000, '{"class_name": "Sequential"}', '{"class_name": "Sequential", "config": {}}'],
)
def test_what_is_not_kerass_json_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="not Keras's JSON"):
        network_from_keras(text, lambda *_: [])


def test_a_model_with_branches_is_refused() -> None:
    with pytest.raises(ModelError, match="'Functional' model; only Sequential"):
        network_from_keras('{"class_name": "Functional", "config": {}}', lambda *_: [])
