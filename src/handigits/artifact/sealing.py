"""Put into an ONNX file what makes it an artefact: what it says about itself, golden examples, and a digest.

Needs the package `onnx` but no torch, so that models can be rewritten where none is trained. Deliberately absent: where
the graph comes from.
"""

from pathlib import Path
from typing import Any

from handigits.artifact.golden import GOLDEN_KEY, Golden
from handigits.artifact.metadata import ArtifactMetadata
from handigits.artifact.onnx_file import content_digest, metadata_entries
from handigits.artifact.reading import DIGEST_KEY, METADATA_KEY, check_artifact
from handigits.atomic import write_bytes
from handigits.errors import MissingExtraError, ModelError

__all__ = ["PARITY_TOLERANCE", "import_onnx", "seal", "update_metadata"]

PARITY_TOLERANCE = 1e-4
"""By how much a probability may differ between a file and what it was made from."""


def update_metadata(path: Path, metadata: ArtifactMetadata) -> None:
    """Replace what the artefact at `path` says about itself; its graph and golden examples stay as they are.

    For what can only be known once the file exists, such as the metrics that were measured with it.

    Raises:
        MissingFileError, ModelError: there is no sound artefact at `path`.
    """
    check_artifact(path)
    content = path.read_bytes()
    golden = metadata_entries(content).get(GOLDEN_KEY)
    write_bytes(path, seal(content, metadata, Golden.from_json(golden) if golden else None))


def seal(content: bytes, metadata: ArtifactMetadata, golden: Golden | None = None) -> bytes:
    """An ONNX file with `metadata`, golden examples and the digest of its graph inside: an artefact.

    Raises:
        ModelError: `content` is not valid ONNX.
        MissingExtraError: the `onnx` package is not installed.
    """
    onnx = import_onnx()
    try:
        model = onnx.load_model_from_string(content)
        onnx.checker.check_model(model, full_check=True)
    except Exception as err:  # protobuf's and onnx's errors have no other base class
        raise ModelError(f"the exported model is not valid ONNX: {err}") from err
    digest = content_digest(model.SerializeToString())
    del model.metadata_props[:]
    entries = {METADATA_KEY: metadata.to_json(), DIGEST_KEY: digest}
    onnx.helper.set_model_props(model, entries | ({GOLDEN_KEY: golden.to_json()} if golden else {}))
    sealed: bytes = model.SerializeToString()
    return sealed


def import_onnx() -> Any:
    """The package `onnx`, which only writing needs.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import onnx
    except ImportError as err:
        raise MissingExtraError("Writing a model needs the package onnx: pip install 'handigits[train]'.") from err
    return onnx
