"""A Keras model from the files it comes in: a `.keras` archive, or JSON with the weights in HDF5 beside it.

Deliberately absent: Keras itself, whose loader would build what the file asks for.
"""

import json
from pathlib import Path

from handigits.artifact.reading import read_content
from handigits.errors import MissingFileError, ModelError
from handigits.network.archive import read_archive
from handigits.network.keras_config import network_from_keras
from handigits.network.keras_weights import read_weights
from handigits.network.layers import Network

__all__ = ["ABOUT", "ARCHITECTURE", "ARCHIVE", "WEIGHTS", "files_beside", "read_keras_archive", "read_keras_json"]

ARCHIVE, ARCHITECTURE, WEIGHTS = "model.keras", "model.json", "model.weights.h5"
ABOUT = "handigits.json"
"""What a model of ours says about itself: JSON, text by name. In the archive, and beside the JSON."""


def read_keras_archive(path: Path) -> tuple[Network, dict[str, str]]:
    """The network in a `.keras` file, and what it says about itself by name, if it is one of ours.

    Raises:
        MissingFileError: there is no file at `path`.
        ModelError: it is no such file, damaged, or not a model that is known here.
        MissingExtraError: the `h5py` package is not installed.
    """
    members = read_archive(path)
    if not members.keys() >= {"config.json", WEIGHTS}:
        raise ModelError("there is no config.json with a model.weights.h5 in it; expected what Keras 3 saves.")
    network = network_from_keras(_text(members["config.json"]), read_weights(members[WEIGHTS]))
    return network, _entries(members.get(ABOUT, b"{}"))


def read_keras_json(path: Path) -> tuple[Network, dict[str, str]]:
    """As `read_keras_archive`, for the JSON of `model.to_json()`."""
    architecture = _text(read_content(path))
    weights, *about = files_beside(path)
    network = network_from_keras(architecture, read_weights(read_content(weights)))
    return network, _entries(read_content(about[0])) if about else {}


def files_beside(path: Path) -> list[Path]:
    """What is read with the JSON of `model.to_json()`: its weights; and, of a model of ours, what it says about itself.

    The weights are the file of the same name that ends in .weights.h5, or in .h5: model.json, model.weights.h5.

    Raises:
        MissingFileError: there are no weights.
    """
    candidates = [path.with_suffix(".weights.h5"), path.with_suffix(".h5")]
    weights = next((each for each in candidates if each.exists()), None)
    if weights is None:
        raise MissingFileError(f"{path}: its weights are missing; expected {candidates[0].name} beside it.")
    about = path.with_name(ABOUT)
    return [weights, about] if path.name == ARCHITECTURE and about.is_file() else [weights]


def _entries(content: bytes) -> dict[str, str]:
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError) as err:
        raise ModelError(f"its {ABOUT} is not JSON ({type(err).__name__}); export it again.") from err
    if not isinstance(entries, dict) or not all(isinstance(value, str) for value in entries.values()):
        raise ModelError(f"its {ABOUT} is no object of texts; export it again.")
    return entries


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as err:
        raise ModelError(f"its architecture is not UTF-8 ({err}); save it again.") from err
