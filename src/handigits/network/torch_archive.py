"""Read a network from a .pt2 archive of ours, without torch.

Such an archive is a zip with a program for torch, the weights as raw bytes, JSON that says which is which, and what we
put beside it: the description of the layers. That and the weights are read here; the program is left alone, since
loading one in torch may unpickle. Deliberately absent: archives of others.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handigits.errors import ModelError
from handigits.network.archive import read_archive
from handigits.network.description import LAYERS_KEY, rebuild
from handigits.network.layers import Network

__all__ = ["read_torch_archive"]

_WEIGHTS, _EXTRA = "data/weights/", "extra/"
_CONFIG = "model_weights_config.json"


def read_torch_archive(path: Path) -> tuple[Network, dict[str, str]]:
    """The network, and what else we put beside it, by name.

    Raises:
        MissingFileError: there is no file at `path`.
        ModelError: it is no such archive, damaged, or not one of ours.
    """
    members = {name.partition("/")[2]: content for name, content in read_archive(path).items()}
    entries = {
        name.removeprefix(_EXTRA): content.decode("utf-8", "replace")
        for name, content in members.items()
        if name.startswith(_EXTRA)
    }
    if LAYERS_KEY not in entries:
        raise ModelError("this archive was not written by handigits; write one with `handigits export`.")
    return rebuild(entries[LAYERS_KEY], dict(_arrays(members))), entries


def _arrays(members: dict[str, bytes]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    try:
        for name, entry in json.loads(members[_WEIGHTS + _CONFIG])["config"].items():
            shape = [size["as_int"] for size in entry["tensor_meta"]["sizes"]]
            content = members[_WEIGHTS + entry["path_name"]]
            yield name, np.frombuffer(content, "<f4").reshape(shape).astype(np.float32)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as err:
        raise ModelError(f"its weights are damaged ({type(err).__name__}: {err}); export it again.") from err
