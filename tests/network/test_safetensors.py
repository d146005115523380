import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from handigits.artifact.reading import METADATA_KEY
from handigits.errors import MissingFileError, ModelError
from handigits.network import open_model
from handigits.network.description import LAYERS_KEY
from handigits.recognizer import Recognizer

Arrays = dict[str, np.ndarray]


def rewrite(path: Path, change: Callable[[Arrays, dict[str, str]], None]) -> None:
    with safe_open(path, "np") as file:
        entries, arrays = file.metadata(), {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    change(arrays, entries)
    save_file(arrays, path, entries)


def test_it_says_where_it_comes_from(safetensors_file: Path) -> None:
    assert Recognizer.load(safetensors_file).metadata.recipe == "bars"


def test_a_flipped_bit_is_found_out(safetensors_file: Path) -> None:
    content = bytearray(safetensors_file.read_bytes())
    content[-3] ^= 1
    safetensors_file.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.safetensors: its weights are damaged or were changed"):
        open_model(safetensors_file)


def test_a_program_that_answers_otherwise_is_found_out(safetensors_file: Path) -> None:
    """The weights are sound, and another scale before them changes every answer."""

    def change(_: Arrays, entries: dict[str, str]) -> None:
        entries[LAYERS_KEY] = entries[LAYERS_KEY].replace('"scale": 3.0', '"scale": 2.0')

    rewrite(safetensors_file, change)
    with pytest.raises(ModelError, match=r"model\.safetensors: here it answers its golden examples otherwise"):
        open_model(safetensors_file)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(safetensors_file: Path, value: float) -> None:
    def change(arrays: Arrays, _: dict[str, str]) -> None:
        arrays["2.weight"].flat[0] = value

    rewrite(safetensors_file, change)
    with pytest.raises(ModelError, match="NaN or infinite"):
        open_model(safetensors_file)


def test_another_shape_is_refused(safetensors_file: Path) -> None:
    def change(arrays: Arrays, _: dict[str, str]) -> None:
        arrays["2.bias"] = arrays["2.bias"][:-1]

    rewrite(safetensors_file, change)
    with pytest.raises(ModelError, match="does not fit"):
        open_model(safetensors_file)


def test_a_newer_schema_is_refused(safetensors_file: Path) -> None:
    def change(_: Arrays, entries: dict[str, str]) -> None:
        entries[METADATA_KEY] = json.dumps(json.loads(entries[METADATA_KEY]) | {"schema_version": 2})

    rewrite(safetensors_file, change)
    with pytest.raises(ModelError, match="upgrade handigits"):
        open_model(safetensors_file)


def test_a_file_that_does_not_say_where_it_comes_from_is_of_elsewhere(safetensors_file: Path) -> None:
    rewrite(safetensors_file, lambda _, entries: entries.pop(METADATA_KEY) and None)
    assert Recognizer.load(safetensors_file).metadata.recipe == "trained elsewhere"


def test_weights_without_layers_are_refused(safetensors_file: Path) -> None:
    rewrite(safetensors_file, lambda _, entries: entries.pop(LAYERS_KEY) and None)
    with pytest.raises(ModelError, match="name the run directory"):
        open_model(safetensors_file)


def test_cut_anywhere_is_refused(safetensors_file: Path) -> None:
    content = safetensors_file.read_bytes()
    for size in range(0, len(content), 997):
        safetensors_file.write_bytes(content[:size])
        with pytest.raises(ModelError):
            open_model(safetensors_file)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        pickle.dumps({"weight": 1}),
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 8) + b'{"a":1}}',
    ],
)
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        open_model(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nothing\.safetensors"):
        open_model(tmp_path / "nothing.safetensors")
