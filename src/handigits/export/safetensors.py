"""Write a network as .safetensors, which every language can read: arrays, and in the header JSON on what they do.

Deliberately absent: reading (see `network.safetensors`).
"""

from pathlib import Path

from handigits.artifact.reading import DIGEST_KEY
from handigits.errors import MissingExtraError
from handigits.network.description import LAYERS_KEY, describe, named_arrays, weights_digest
from handigits.network.layers import Network

__all__ = ["write_safetensors"]


def write_safetensors(network: Network, path: Path, entries: dict[str, str]) -> None:
    """Write the layers for inference; `entries` is what else the header will say by name.

    Raises:
        MissingExtraError: the `safetensors` package is not installed.
    """
    try:
        from safetensors.numpy import save_file
    except ImportError as err:
        raise MissingExtraError("Writing .safetensors needs the package: pip install 'handigits[train]'.") from err
    network = network.for_inference()
    entries = entries | {LAYERS_KEY: describe(network), DIGEST_KEY: weights_digest(network)}
    save_file(named_arrays(network), path, entries)
