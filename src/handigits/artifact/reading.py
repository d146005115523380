"""Check an artefact and open it with onnxruntime.

Every reader comes through here, so that a file is refused for the same reasons everywhere. Deliberately absent: torch,
the `onnx` package, unpickling, and pictures (see `recognizer`).
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from handigits.artifact.golden import GOLDEN_KEY, Golden
from handigits.artifact.metadata import ArtifactMetadata
from handigits.artifact.onnx_file import check_tensors, content_digest, metadata_entries
from handigits.errors import MissingFileError, ModelError

__all__ = [
    "DIGEST_KEY",
    "INPUT",
    "METADATA_KEY",
    "OUTPUT",
    "check_artifact",
    "named",
    "open_artifact",
    "open_content",
    "open_graph",
    "open_unchecked",
    "read_content",
    "read_golden",
    "read_metadata",
]

INPUT, OUTPUT = "images", "probabilities"
METADATA_KEY, DIGEST_KEY = "handigits", "handigits.sha256"
_MAX_SIZE_MB = 64  # the largest recipe takes 13


def read_metadata(path: Path | str) -> ArtifactMetadata:
    """What the artefact at `path` says about itself; starts no runtime.

    Raises:
        MissingFileError: there is no file at `path`.
        ModelError: it is no artefact, changed since it was written, or comes from a newer handigits.
    """
    with named(path):
        return _metadata(read_content(Path(path)))


def check_artifact(path: Path | str) -> ArtifactMetadata:
    """Make sure that the artefact at `path` may be used; `open_artifact` makes sure of the same.

    Raises:
        MissingFileError: there is no file at `path`.
        ModelError: it is not ONNX, cut short, changed since it was written, of a newer schema, larger than 64 MB, of
            other inputs or outputs, or it has weights in other files, or weights or answers that are not finite, or it
            answers its golden examples otherwise than where it was written.
    """
    _, metadata = open_artifact(path)
    return metadata


def open_artifact(path: Path | str, *, threads: int | None = None) -> tuple[Any, ArtifactMetadata]:
    """An `onnxruntime.InferenceSession` of the artefact at `path`, and its metadata.

    Args:
        path: the file.
        threads: how many cores one call may use; None leaves it to onnxruntime, which takes all.

    Raises:
        MissingFileError, ModelError: as `check_artifact`.
    """
    with named(path):
        return open_content(read_content(Path(path)), threads=threads)


def open_content(content: bytes, *, threads: int | None = None) -> tuple[Any, ArtifactMetadata]:
    """As `open_artifact`, for the bytes of an artefact."""
    metadata = _metadata(content)
    return open_graph(content, read_golden(content), threads=threads), metadata


def open_graph(content: bytes, golden: Golden | None = None, *, threads: int | None = None) -> Any:
    """As `open_artifact`, for ONNX that need not say anything about itself; gives the session alone."""
    _check_size(len(content))
    check_tensors(content)
    session = _session(content, threads)
    _check_contract(session)
    _check_answers(session, golden)
    return session


def open_unchecked(content: bytes, *, threads: int | None = None) -> tuple[Any, dict[str, str]]:
    """A session of any ONNX that may be opened, whatever its inputs and outputs, and its metadata entries.

    Raises:
        ModelError: it is not ONNX, too large, or has weights in other files or weights that are not finite.
    """
    _check_size(len(content))
    check_tensors(content)
    return _session(content, threads), metadata_entries(content)


def read_golden(content: bytes) -> Golden | None:
    """The golden examples that an artefact carries; None for one that was written without.

    Raises:
        ModelError: the bytes are not ONNX, or the examples are damaged.
    """
    text = metadata_entries(content).get(GOLDEN_KEY)
    return None if text is None else Golden.from_json(text)


@contextmanager
def named(path: Path | str) -> Iterator[None]:
    """Put the name of the file before every message about it."""
    try:
        yield
    except ModelError as err:
        raise ModelError(f"{path}: {err}") from err


def read_content(path: Path) -> bytes:
    """The bytes of a file that may be a model.

    Raises:
        MissingFileError: there is no file at `path`.
        ModelError: it is no regular file, larger than 64 MB, or cannot be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would block, a device would never end
            raise ModelError("this is not a file; expected an artefact such as model.onnx.")
        _check_size(status.st_size)
        return path.read_bytes()
    except FileNotFoundError as err:
        raise MissingFileError(f"{path}: no such file; expected an artefact such as runs/NAME/model.onnx.") from err
    except OSError as err:
        raise ModelError(f"it cannot be read ({err.strerror}); check the name and the permissions.") from err


def _check_size(size: int) -> None:
    if size > _MAX_SIZE_MB * 1_000_000:
        raise ModelError(f"it has {size / 1e6:,.0f} MB; a model of digits has at most {_MAX_SIZE_MB}.")


def _metadata(content: bytes) -> ArtifactMetadata:
    entries = metadata_entries(content)
    if METADATA_KEY not in entries:
        raise ModelError(
            "this ONNX model was not written by handigits, so nothing is known of its inputs; "
            "make one with `handigits train`."
        )
    metadata = ArtifactMetadata.from_json(entries[METADATA_KEY])
    if entries.get(DIGEST_KEY) != content_digest(content):
        raise ModelError("it is damaged or was changed since it was measured; copy or train it again.")
    return metadata


def _session(content: bytes, threads: int | None) -> Any:
    # From 1.29 on onnxruntime reports models and how fast they are to its makers, unless told not to before it loads.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what matters is raised
    options.intra_op_num_threads = threads or 0
    # By default onnxruntime looks at the bytes and may see its own format, which nobody has checked here.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as err:  # onnxruntime's errors have no other base class
        raise ModelError(f"onnxruntime cannot load it ({_first_line(err)}); train or export the model again.") from err


def _check_contract(session: Any) -> None:
    """Names, types and shapes; the first dimension, the batch, must be free (onnxruntime gives its name)."""
    for kind, nodes, name, shape in (
        ("input", session.get_inputs(), INPUT, [1, 28, 28]),
        ("output", session.get_outputs(), OUTPUT, [10]),
    ):
        found = [(node.name, node.type, node.shape) for node in nodes]
        expected = f"{name}: tensor(float) [batch, {', '.join(map(str, shape))}]"
        fits = len(found) == 1 and found[0][:2] == (name, "tensor(float)") and found[0][2][1:] == shape
        if not fits or isinstance(found[0][2][0], int):
            came = "; ".join(f"{each}: {dtype} {dims}" for each, dtype, dims in found)
            raise ModelError(f"its {kind} is {came or 'missing'}; expected {expected}.")


def _check_answers(session: Any, golden: Golden | None) -> None:
    """That it answers with probabilities, and with those that it gave when it was written."""
    images = np.zeros((3, 1, 28, 28), dtype=np.float32) if golden is None else golden.tensors
    which = "three blank images" if golden is None else "its golden examples"
    try:
        answers = session.run([OUTPUT], {INPUT: images})[0]
    except Exception as err:  # see _session
        raise ModelError(f"it fails on {which} ({_first_line(err)}); train or export it again.") from err
    if answers.shape != (len(images), 10) or not np.allclose(answers.sum(axis=1), 1, atol=1e-3) or answers.min() < 0:
        raise ModelError(f"its answers to {which} are no probabilities; train or export it again.")
    if golden is not None:
        golden.check(answers)


def _first_line(err: Exception) -> str:
    return (str(err).splitlines() or [type(err).__name__])[0]
