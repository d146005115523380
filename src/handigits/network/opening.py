"""Open a model, whatever kind of file it is: what answers is always onnxruntime.

The kind is told by the name: .safetensors, .pt2, .keras, .json (Keras); everything else is taken for ONNX.
Deliberately absent: the formats (see the other files), and guessing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handigits.artifact import ArtifactMetadata, open_artifact
from handigits.artifact.golden import GOLDEN_KEY, Golden
from handigits.artifact.reading import DIGEST_KEY, METADATA_KEY, named, open_graph
from handigits.errors import MissingFileError, ModelError

if TYPE_CHECKING:
    from handigits.network.layers import Network

__all__ = ["ModelFile", "is_onnx", "model_file", "open_model", "read_model"]

_OTHERS = (".safetensors", ".pt2", ".keras", ".json")
_IN_A_DIRECTORY = ("model.onnx", "model.json")


@dataclass(frozen=True)
class ModelFile:
    """What is read from a file that is not ONNX.

    Attributes:
        network: the layers.
        metadata: what the file says about itself, or what can be seen, for a model trained elsewhere.
        golden: pictures with the answers that belong to them; None for a model trained elsewhere.
    """

    network: "Network"
    metadata: ArtifactMetadata
    golden: Golden | None


def open_model(path: Path | str, *, threads: int | None = None) -> tuple[Any, ArtifactMetadata]:
    """An `onnxruntime.InferenceSession` of a model, and what it says about itself.

    Args:
        path: a run directory, a directory of a Keras export, or a file of any format that `handigits export` writes.
        threads: how many cores one call may use; None leaves it to onnxruntime, which takes all.

    Raises:
        MissingFileError: there is no such file, or no model in the directory.
        ModelError: the file is no model, damaged, unsafe or too new, or it answers otherwise than it should.
        MissingExtraError: a package that reads this format is not installed.
    """
    file = model_file(Path(path))
    if is_onnx(file):
        return open_artifact(file, threads=threads)
    from handigits.network.onnx_graph import to_onnx

    with named(file):
        model = read_model(file)
        return open_graph(to_onnx(model.network), model.golden, threads=threads), model.metadata


def read_model(file: Path) -> ModelFile:
    """The layers of a model that is not ONNX.

    Raises:
        MissingFileError, ModelError, MissingExtraError: as `open_model`.
    """
    from handigits.network.description import weights_digest

    network, entries = _read(file)
    if DIGEST_KEY in entries and entries[DIGEST_KEY] != weights_digest(network):
        raise ModelError(
            "its weights are damaged or were changed since they were written; copy or export it again. "
            "What was trained further in Keras is read without the handigits.json beside it."
        )
    golden = entries.get(GOLDEN_KEY)
    return ModelFile(network, _metadata(network, entries), Golden.from_json(golden) if golden is not None else None)


def is_onnx(file: Path) -> bool:
    """Whether a file is taken for ONNX: by its name, it is nothing else."""
    return file.suffix not in _OTHERS


def model_file(path: Path) -> Path:
    """The file to open: `path`, or the one in the directory.

    Raises:
        MissingFileError: the directory holds no model.
    """
    if not path.is_dir():
        return path
    found = next((path / name for name in _IN_A_DIRECTORY if (path / name).exists()), None)
    if found is None:
        raise MissingFileError(f"{path}: there is no model.onnx in it; expected a run directory or a model's file.")
    return found


def _read(file: Path) -> tuple["Network", dict[str, str]]:
    """The network, and what the file says about itself; each reader is imported when it is needed."""
    match file.suffix:
        case ".safetensors":
            from handigits.network.safetensors import read_safetensors

            return read_safetensors(file)
        case ".pt2":
            from handigits.network.torch_archive import read_torch_archive

            return read_torch_archive(file)
        case ".keras":
            from handigits.network.keras_files import read_keras_archive

            return read_keras_archive(file)
        case _:
            from handigits.network.keras_files import read_keras_json

            return read_keras_json(file)


def _metadata(network: "Network", entries: dict[str, str]) -> ArtifactMetadata:
    if METADATA_KEY in entries:
        return ArtifactMetadata.from_json(entries[METADATA_KEY])
    return ArtifactMetadata(
        recipe="trained elsewhere",
        seed=0,
        data="unknown data",
        parameters=network.parameters,
        macs=network.macs,
        training_seconds=0.0,
        metrics={},
    )
