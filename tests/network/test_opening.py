import json
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from handigits.artifact.golden import GOLDEN_KEY
from handigits.artifact.reading import METADATA_KEY
from handigits.errors import MissingExtraError, MissingFileError, ModelError
from handigits.network import open_model
from handigits.network.keras_files import ABOUT
from handigits.recognizer import Recognizer


@pytest.fixture
def keras_directory(tmp_path: Path) -> Path:
    """A model that somebody trained in Keras: JSON, and the weights beside it."""
    generator = np.random.default_rng(0)
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 28, 28, 1]}},
        {"class_name": "Flatten", "config": {"name": "flatten"}},
        {"class_name": "Dense", "config": {"name": "dense", "activation": "softmax"}},
    ]
    text = json.dumps({"class_name": "Sequential", "config": {"layers": layers}})
    (tmp_path / "model.json").write_text(text, encoding="utf-8")
    with h5py.File(tmp_path / "model.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = generator.standard_normal((784, 10)).astype(np.float32)
        file["layers/dense/vars/1"] = generator.standard_normal(10).astype(np.float32)
    return tmp_path


def test_a_directory_of_keras_is_opened_by_its_architecture(keras_directory: Path) -> None:
    found = Recognizer.load(keras_directory).probabilities(np.zeros((1, 28, 28), np.uint8))
    named = Recognizer.load(keras_directory / "model.json").probabilities(np.zeros((1, 28, 28), np.uint8))
    assert np.array_equal(found, named)


def test_a_model_trained_elsewhere_says_so(keras_directory: Path) -> None:
    metadata = Recognizer.load(keras_directory).metadata
    assert (metadata.recipe, metadata.parameters, metadata.macs) == ("trained elsewhere", 7850, 7840)


def test_weights_may_be_called_h5_alone(keras_directory: Path) -> None:
    (keras_directory / "model.weights.h5").rename(keras_directory / "model.h5")
    assert Recognizer.load(keras_directory).metadata.parameters == 7850


def test_missing_weights_are_named(keras_directory: Path) -> None:
    (keras_directory / "model.weights.h5").unlink()
    with pytest.raises(MissingFileError, match=r"expected model\.weights\.h5 beside it"):
        open_model(keras_directory)


def test_weights_of_another_architecture_are_refused(keras_directory: Path) -> None:
    with h5py.File(keras_directory / "model.weights.h5", "a") as file:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = np.zeros((100, 10), np.float32)
    with pytest.raises(ModelError, match=r"model\.json: .*does not fit"):
        open_model(keras_directory)


def test_an_architecture_that_is_no_text_is_refused(keras_directory: Path) -> None:
    (keras_directory / "model.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(ModelError, match="not UTF-8"):
        open_model(keras_directory)


@pytest.mark.parametrize("about", ["{", "[]", '{"handigits": 7}'])
def test_what_it_says_about_itself_may_not_be_damaged(keras_directory: Path, about: str) -> None:
    (keras_directory / ABOUT).write_text(about, encoding="utf-8")
    with pytest.raises(ModelError, match=ABOUT):
        open_model(keras_directory)


def test_golden_examples_beside_it_are_asked(keras_directory: Path, entries: dict[str, str]) -> None:
    """Those of another network: this one answers otherwise."""
    (keras_directory / ABOUT).write_text(json.dumps(entries), encoding="utf-8")
    assert entries.keys() == {METADATA_KEY, GOLDEN_KEY}
    with pytest.raises(ModelError, match="golden examples otherwise"):
        open_model(keras_directory)


def test_a_directory_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no model\.onnx in it"):
        open_model(tmp_path)


def test_a_missing_package_is_named_with_what_brings_it(keras_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'handigits\[keras\]'"):
        open_model(keras_directory)


def test_a_keras_archive_without_its_parts_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ModelError, match=r"model\.keras: there is no config\.json with a model\.weights\.h5"):
        open_model(tmp_path / "model.keras")


def test_threads_are_passed_on(safetensors_file: Path) -> None:
    session, _ = open_model(safetensors_file, threads=1)
    assert session.get_session_options().intra_op_num_threads == 1
