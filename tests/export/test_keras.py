"""With the real Keras: what it reads of ours, and what we read of its."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from torch import nn

from handigits.artifact import ArtifactMetadata
from handigits.artifact.reading import METADATA_KEY
from handigits.errors import MissingExtraError, ModelError
from handigits.export.keras import answers_of_keras, write_keras
from handigits.export.trained import network_of_model
from handigits.network import layers
from handigits.network.layers import Network
from handigits.recipes import RECIPES
from handigits.recognizer import Recognizer

Answers = NDArray[np.float32]


pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's own, about the versions of numpy and torch


@pytest.fixture
def keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    return keras


@pytest.mark.parametrize("recipe", RECIPES)
def test_keras_answers_as_the_trained_network_does(
    tmp_path: Path,
    recipe: str,
    trained: Callable[[str], nn.Module],
    answers_of: Callable[[nn.Module], Answers],
    real_tensors: NDArray[np.float32],
) -> None:
    model = trained(recipe)
    write_keras(network_of_model(model), tmp_path / "keras", {})
    for found in answers_of_keras(tmp_path / "keras", real_tensors):
        assert np.abs(found - answers_of(model)).max() < 1e-4


def test_every_layer_becomes_keras(tmp_path: Path, every_layer: Network, real_tensors: NDArray[np.float32]) -> None:
    write_keras(every_layer, tmp_path / "keras", {})
    expected = Recognizer.load(tmp_path / "keras").probabilities(real_tensors[:50])
    for found in answers_of_keras(tmp_path / "keras", real_tensors[:50]):
        assert np.abs(found - expected).max() < 1e-5


def test_dropout_and_batch_norm_are_there_to_go_on_training(
    tmp_path: Path, trained: Callable[[str], nn.Module]
) -> None:
    def kinds(recipe: str) -> list[str]:
        write_keras(network_of_model(trained(recipe)), tmp_path / recipe, {})
        architecture = json.loads((tmp_path / recipe / "model.json").read_text(encoding="utf-8"))
        return [layer["class_name"] for layer in architecture["config"]["layers"]]

    assert kinds("kaggle-4conv").count("Dropout") == 3
    assert kinds("standard").count("BatchNormalization") == 4


def test_the_scale_is_inside_and_pictures_come_in_kerass_order(
    tmp_path: Path, trained: Callable[[str], nn.Module]
) -> None:
    write_keras(network_of_model(trained("sgd-2conv")), tmp_path / "keras", {})
    first, second, *_ = json.loads((tmp_path / "keras/model.json").read_text(encoding="utf-8"))["config"]["layers"]
    assert first["config"]["batch_shape"] == [None, 28, 28, 1]
    assert second["class_name"] == "Rescaling"


def test_names_of_layers_do_not_depend_on_what_was_built_before(tmp_path: Path, every_layer: Network) -> None:
    for name in ("first", "second"):
        write_keras(every_layer, tmp_path / name, {})
    texts = {(tmp_path / name / "model.json").read_text(encoding="utf-8") for name in ("first", "second")}
    assert len(texts) == 1


def test_the_files_ask_for_no_class_of_ours(tmp_path: Path, every_layer: Network) -> None:
    write_keras(every_layer, tmp_path / "keras", {})
    architecture = json.loads((tmp_path / "keras/model.json").read_text(encoding="utf-8"))
    assert {layer["module"] for layer in architecture["config"]["layers"]} == {"keras.layers"}


def test_without_keras_it_is_said_what_brings_it(
    tmp_path: Path, every_layer: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'handigits\[keras\]'"):
        write_keras(every_layer, tmp_path / "keras", {})


def their_model(keras: Any) -> Any:
    """In the manner of Keras's own examples: activations inside the layers, `same`, strides, a scale for 0 to 255."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(8, 5, strides=2, padding="same", activation="relu"),
            keras.layers.BatchNormalization(scale=False),
            keras.layers.ZeroPadding2D(((0, 1), (2, 0))),
            keras.layers.Conv2D(12, (3, 2), use_bias=False),
            keras.layers.Activation("relu"),
            keras.layers.MaxPooling2D((2, 2)),
            keras.layers.Cropping2D(1),
            keras.layers.Dropout(0.5),
            keras.layers.Flatten(),
            keras.layers.Dense(20, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(10),
        ]
    )
    generator = np.random.default_rng(0)

    def draw(shape: tuple[int, ...]) -> NDArray[Any]:
        spread = generator.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1]))
        return spread if len(shape) > 1 else generator.uniform(0.5, 1, shape)  # a variance may not be negative

    model.set_weights([draw(each.shape) for each in model.get_weights()])
    return model


@pytest.mark.parametrize("layout", ["json", "keras", "older"])
def test_a_network_trained_in_keras_answers_here_as_there(
    tmp_path: Path, keras: Any, real_images: NDArray[np.uint8], layout: str
) -> None:
    model = their_model(keras)
    logits = model(real_images[:100, ..., None].astype(np.float32), training=False)
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(logits).detach())
    path = tmp_path / ("model.keras" if layout == "keras" else "model.json")
    if layout == "keras":
        model.save(path)
    else:
        path.write_text(model.to_json(), encoding="utf-8")
        if layout == "json":
            model.save_weights(tmp_path / "model.weights.h5")
        else:
            model.save(tmp_path / "model.h5")  # as Keras 2 did
    found = Recognizer.load(path).probabilities(real_images[:100])
    assert np.abs(found - expected).max() < 1e-5
    assert expected.std(axis=0).max() > 0.05  # not all the same


def test_what_was_trained_further_in_keras_is_told_how_to_be_read(
    tmp_path: Path, keras: Any, every_layer: Network, metadata: ArtifactMetadata
) -> None:
    write_keras(every_layer, tmp_path / "keras", {METADATA_KEY: metadata.to_json()})
    model = keras.models.load_model(tmp_path / "keras/model.keras")
    model.layers[-2].set_weights([2 * each for each in model.layers[-2].get_weights()])
    model.save_weights(tmp_path / "keras/model.weights.h5")
    with pytest.raises(ModelError, match="trained further in Keras"):
        Recognizer.load(tmp_path / "keras")
    (tmp_path / "keras/handigits.json").unlink()
    assert Recognizer.load(tmp_path / "keras").metadata.recipe == "trained elsewhere"


def test_code_in_a_keras_file_is_not_run(tmp_path: Path, keras: Any) -> None:
    path, trace = tmp_path / "model.keras", str(tmp_path / "ran")
    poison = keras.layers.Lambda(lambda x: x + 0 * len(open(trace, "w").name))  # noqa: PTH123, SIM115
    model = keras.Sequential([keras.Input((28, 28, 1)), poison, keras.layers.Flatten(), keras.layers.Dense(10)])
    model.save(path)
    (tmp_path / "ran").unlink()
    with pytest.raises(ModelError, match="Lambda"):
        Recognizer.load(path)
    assert not (tmp_path / "ran").exists()


def test_a_model_with_branches_is_refused(tmp_path: Path, keras: Any) -> None:
    images = keras.Input((28, 28, 1))
    flat = keras.layers.Flatten()(images)
    keras.Model(images, keras.layers.Dense(10)(flat)).save(tmp_path / "model.keras")
    with pytest.raises(ModelError, match="only Sequential"):
        Recognizer.load(tmp_path / "model.keras")


@pytest.mark.parametrize("padding", [(0, 0, 0, 0), (1, 1, 1, 1), (2, 0, 1, 3)])
@pytest.mark.parametrize("stride", [1, 2])
def test_padding_means_the_same_in_keras(
    tmp_path: Path, real_tensors: NDArray[np.float32], padding: tuple[int, int, int, int], stride: int
) -> None:
    generator = np.random.default_rng(0)
    first = layers.Convolution(generator.random((2, 1, 3, 3), np.float32), np.zeros(2, np.float32), stride, padding)
    size = int(np.prod(layers.output_shape((1, 28, 28), first)))
    dense = layers.Dense(generator.random((10, size), np.float32) / size, np.zeros(10, np.float32))
    write_keras(Network((first, layers.Flatten(), dense, layers.Softmax())), tmp_path / "keras", {})
    expected = Recognizer.load(tmp_path / "keras").probabilities(real_tensors[:5])
    for found in answers_of_keras(tmp_path / "keras", real_tensors[:5]):
        assert np.abs(found - expected).max() < 1e-6
