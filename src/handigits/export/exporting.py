"""Export a model: write it, ask the written files the same questions, and only then hand them over.

Whatever the format, the files are made in a temporary directory, answer real images through the runtime that they are
for and through our own reader, and are put in their place if nothing differs. Deliberately absent: the formats
themselves (see the other files), and training.
"""

import dataclasses
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from handigits.artifact.golden import GOLDEN_KEY, choose_golden
from handigits.artifact.reading import METADATA_KEY, named, open_content, open_graph, read_content
from handigits.artifact.sealing import seal
from handigits.atomic import write_bytes
from handigits.data import Split, load_dataset
from handigits.data.sources import names
from handigits.data.split import draw_indices
from handigits.errors import ConfigError, MissingExtraError, ModelError
from handigits.network.layers import Network
from handigits.network.onnx_graph import from_onnx, to_onnx
from handigits.network.opening import is_onnx, model_file, read_model
from handigits.recognizer import Recognizer, shipped_model
from handigits.run import Run

__all__ = ["Exported", "Format", "export_model"]

Format = Literal["onnx", "onnx-int8", "keras", "torch-export", "safetensors", "html", "space"]

Answers = NDArray[np.float32]

_SUFFIXES = {
    "onnx": ".onnx",
    "onnx-int8": ".onnx",
    "torch-export": ".pt2",
    "safetensors": ".safetensors",
    "html": ".html",
}

_IMAGES = 1000
_TOLERANCE = 1e-4
_INT8_IMAGES = 10_000
_INT8_LOSS = 5e-4
"""Share of the images that 8 bits may cost, net of those that they win: 5 of 10,000."""
_INT8_TOLERANCE = 0.02
"""Rounded otherwise by one step, an activation moves a doubtful probability by about so much."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written, and how well it agrees.

    Attributes:
        files: what was written.
        data: the images on which the files were compared with the model.
        count: how many they were.
        max_difference: the largest absolute difference of a probability.
        changed: images that are read as another digit than by the model; 0 but for int8.
    """

    files: tuple[Path, ...]
    data: str
    count: int
    max_difference: float
    changed: int

    def to_json(self) -> dict[str, Any]:
        """The same fields as plain values for `json.dumps`."""
        return dataclasses.asdict(self) | {"files": [str(path) for path in self.files]}


def export_model(
    model: str | Path | None = None,
    *,
    format: Format,  # noqa: A002 - it is what the flag is called
    out: str | Path,
    data: str | Path | None = None,
    offline: bool = False,
    force: bool = False,
) -> Exported:
    """Write a model in another format, or in several files; nothing is written unless it answers as the model does.

    Args:
        model: what `Recognizer.load` takes.
        format: `onnx`; `onnx-int8` (8-bit); `keras` (a directory with model.json, model.weights.h5 and model.keras);
            `torch-export` (a .pt2 archive); `safetensors`; `html` (the drawing pad as a page that needs no network);
            `space` (a directory that runs as a Hugging Face Space).
        out: the file, or for `keras` and `space` the directory.
        data: whose training images both must agree on, and from which 8 bits take their ranges, as `load_dataset` takes
            it; None for what the model was trained on, or `auto` where that is not known by a name.
        offline: the network may not be used.
        force: replace what is at `out`.

    Raises:
        ModelError: the model is damaged, has a layer that the format is not known for, or answers otherwise there.
        ConfigError: something is at `out`, or its name does not end as this format's files do.
        DataError, MissingFileError: the dataset cannot be had, or there is no such model.
        MissingExtraError: a package that writes the format is not installed.
    """
    target = _target(Path(out), format, force=force)
    if format == "torch-export":
        _require_torch("Writing a .pt2 archive")
    source = _open_source(model, as_trained=format == "keras")
    images = load_dataset(data or source.data, offline=offline).train
    with TemporaryDirectory() as directory:
        written = Path(directory) / f"model{_SUFFIXES.get(format, '')}"
        try:
            exported = (_write_int8 if format == "onnx-int8" else _write)(source, format, images, written)
        except ModelError as err:
            raise ModelError(f"{target} was not written: {err}") from err
        return dataclasses.replace(exported, files=_hand_over(written, target))


def _target(out: Path, format: Format, *, force: bool) -> Path:  # noqa: A002
    suffix = _SUFFIXES.get(format, "")
    if suffix and out.suffix != suffix:
        raise ConfigError(f"out is {out}; expected a file that ends in {suffix}, as {format} is read by its name.")
    if not suffix and out.exists() and not out.is_dir():
        raise ConfigError(f"out is the file {out}; expected a directory, since {format} has several files.")
    is_taken = any(out.iterdir()) if out.is_dir() else out.exists()
    if is_taken and (not force or (suffix and out.is_dir())):
        raise ConfigError(f"{out} exists already; choose another --out, or replace it with --force.")
    return out


@dataclass(frozen=True, eq=False)
class _Source:
    """The model to export.

    Attributes:
        file: where it is.
        recognizer: answers as it does.
        content: its ONNX graph.
        trained: its layers as they were trained, with dropout and batch norm, where that is known and asked for.
        data: where its training images come from.
    """

    file: Path
    recognizer: Recognizer
    content: bytes
    trained: Network | None
    data: str


def _require_torch(purpose: str) -> None:
    if find_spec("torch") is None:
        raise MissingExtraError(f"{purpose} needs PyTorch, which is not installed: pip install 'handigits[train]'.")


def _open_source(model: str | Path | None, *, as_trained: bool) -> _Source:
    path = shipped_model() if model is None else Path(model)
    file = model_file(path)
    trained = None
    with named(file):
        if is_onnx(file):
            content = read_content(file)
            session, metadata = open_content(content)
        else:
            read = read_model(file)
            content, metadata, trained = to_onnx(read.network), read.metadata, read.network
            session = open_graph(content, read.golden)
    is_known = metadata.data in names() and metadata.data != "mnist"  # which `auto` is, or 5,000 digits of it
    data = metadata.data if is_known else "auto"
    run = Run(path)
    if run.has_begun:
        data = run.plan.data
    if as_trained and run.has_begun and run.weights.is_file():
        _require_torch("Exporting a run's layers as they were trained")
        from handigits.export.trained import network_of_run

        trained = network_of_run(run)
    return _Source(file, Recognizer(session, metadata), content, trained, data)


def _write(source: _Source, format: Format, images: Split, written: Path) -> Exported:  # noqa: A002
    """Write a format that answers as the model does, to within rounding."""
    sample = images.images[draw_indices(len(images), _IMAGES)]
    expected = source.recognizer.probabilities(sample)
    metadata, golden = source.recognizer.metadata, choose_golden(sample, expected)
    entries = {METADATA_KEY: metadata.to_json(), GOLDEN_KEY: golden.to_json()}
    tensors = sample[:, np.newaxis].astype(np.float32) / np.float32(255)
    answers: list[Answers] = []
    if format == "onnx":
        write_bytes(written, seal(source.content, metadata, golden))
    elif format == "space":
        from handigits.export.space import write_space

        write_space(metadata, written)
        write_bytes(written / "model.onnx", seal(source.content, metadata, golden))
    elif format == "safetensors":
        from handigits.export.safetensors import write_safetensors

        write_safetensors(from_onnx(source.content), written, entries)
    elif format == "torch-export":
        from handigits.export.torch_archive import answers_of_torch_archive, write_torch_archive

        write_torch_archive(from_onnx(source.content), written, entries)
        answers = [answers_of_torch_archive(written, tensors)]
    elif format == "html":
        from handigits.export.html import read_html, write_html

        write_html(from_onnx(source.content), Recognizer.load(source.file), golden, written)
        session = open_graph(to_onnx(read_html(written)), golden)
        answers = [Recognizer(session, metadata).probabilities(sample)]
    else:
        from handigits.export.keras import answers_of_keras, write_keras

        write_keras(source.trained or from_onnx(source.content), written, entries)
        answers = answers_of_keras(written, tensors)
    if format != "html":
        answers.append(Recognizer.load(written).probabilities(sample))
    difference = float(np.max([np.abs(each - expected) for each in answers]))
    if not difference <= _TOLERANCE:  # NaN fails too
        raise ModelError(
            f"as {format}, it differs from the model by {difference:.1e} in a probability "
            f"({len(sample):,} images; at most {_TOLERANCE:.0e} is allowed)."
        )
    changed = max(_changed(each, expected) for each in answers)
    return Exported(files=(), data=images.name, count=len(sample), max_difference=difference, changed=changed)


def _write_int8(source: _Source, _: Format, images: Split, written: Path) -> Exported:
    """Write 8-bit integers, and count what they cost on images that their ranges were not taken from."""
    from handigits.export.quantize import quantize

    drawn = draw_indices(len(images), _IMAGES + _INT8_IMAGES)
    sample = images.images[drawn[:_IMAGES]]
    content = quantize(source.content, sample[:, np.newaxis].astype(np.float32) / np.float32(255))
    metadata = source.recognizer.metadata
    about = dataclasses.replace(metadata, recipe=f"{metadata.recipe} in int8", metrics={})  # those were not its own
    answers = Recognizer(open_graph(content), about).probabilities(sample)
    golden = dataclasses.replace(choose_golden(sample, answers), tolerance=_INT8_TOLERANCE)
    write_bytes(written, seal(content, about, golden))

    others = images.subset(drawn[_IMAGES:] if len(images) > 2 * _IMAGES else drawn)
    expected = source.recognizer.probabilities(others.images)
    found = Recognizer.load(written).probabilities(others.images)
    labels = others.labels
    lost = int((expected.argmax(axis=1) == labels).sum() - (found.argmax(axis=1) == labels).sum())
    if lost > max(_INT8_LOSS * len(labels), 1):
        raise ModelError(
            f"in 8 bits it misreads {lost} more of {len(labels):,} training images, and at most {_INT8_LOSS:.2%} is "
            "allowed. Export it as onnx."
        )
    return Exported(
        files=(),
        data=images.name,
        count=len(labels),
        max_difference=float(np.abs(found - expected).max()),
        changed=_changed(found, expected),
    )


def _changed(answers: Answers, expected: Answers) -> int:
    """How many images are read as another digit."""
    return int((answers.argmax(axis=1) != expected.argmax(axis=1)).sum())


def _hand_over(written: Path, target: Path) -> tuple[Path, ...]:
    """Put what was written in its place, each file whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if written.is_file():
        write_bytes(target, written.read_bytes())
        return (target,)
    files = sorted(path.relative_to(written) for path in written.rglob("*") if path.is_file())
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        write_bytes(target / file, (written / file).read_bytes())
    return tuple(target / file for file in files)
