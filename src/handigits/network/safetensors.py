"""Read a network from a .safetensors file: arrays, with the description of the layers in the header's `__metadata__`.

Deliberately absent: weights without a description, which do not say what to do with them.
"""

from pathlib import Path

import numpy as np

from handigits.artifact.reading import read_content
from handigits.errors import MissingExtraError, ModelError
from handigits.network.description import LAYERS_KEY, rebuild
from handigits.network.layers import Network

__all__ = ["read_safetensors"]


def read_safetensors(path: Path) -> tuple[Network, dict[str, str]]:
    """The network, and what else the header says by name.

    Raises:
        MissingFileError: there is no file at `path`.
        ModelError: it is no such file, damaged, or does not describe its layers.
        MissingExtraError: the `safetensors` package is not installed.
    """
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as err:
        raise MissingExtraError("Reading .safetensors needs the package: pip install 'handigits[train]'.") from err
    read_content(path)  # refuses what is too large or no file
    try:
        with safe_open(path, "np") as file:
            entries: dict[str, str] = file.metadata() or {}
            arrays = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, TypeError, ValueError) as err:  # a type that numpy does not have, such as bfloat16
        raise ModelError(f"it is no .safetensors file, or damaged ({err}); export it again.") from err
    if LAYERS_KEY not in entries:
        raise ModelError(
            "it holds weights and does not say what to do with them; name the run directory or its model.onnx, or "
            "write one with `handigits export --format safetensors`."
        )
    return rebuild(entries[LAYERS_KEY], arrays), entries
