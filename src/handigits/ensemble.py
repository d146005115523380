"""Several models as one file, whose answer is the mean of their probabilities.

Each may look at the picture from five places, which costs five times the arithmetic and no training. Deliberately
absent: training the members (`sweep` does that) and weights for them: an average needs no data to choose.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.artifact import ArtifactMetadata
from handigits.artifact.golden import Golden
from handigits.artifact.reading import INPUT, OUTPUT, named, open_content, read_content, read_golden
from handigits.artifact.sealing import PARITY_TOLERANCE, import_onnx, seal
from handigits.atomic import write_bytes
from handigits.errors import ConfigError, ModelError
from handigits.network.opening import model_file

__all__ = ["PLACES", "Ensemble", "write_ensemble"]

PLACES = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
"""Pixels down and to the right by which a picture is shifted to be seen from five places."""


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """What was written.

    Attributes:
        file: the artefact.
        members: the files that went into it.
        metadata: what it says about itself; nothing has been measured with it yet.
    """

    file: Path
    members: tuple[Path, ...]
    metadata: ArtifactMetadata


@dataclass(frozen=True, eq=False)
class _Member:
    path: Path
    content: bytes
    session: Any
    metadata: ArtifactMetadata
    golden: Golden


def write_ensemble(
    models: Sequence[str | Path], out: str | Path, *, shifts: bool = False, force: bool = False
) -> Ensemble:
    """Write an artefact that averages the probabilities of other artefacts.

    Args:
        models: run directories or artefacts, all trained on the same dataset; two or more, or with `shifts` one.
        out: the file to write, ending in .onnx; whole or not at all.
        shifts: let each see the picture as it is and shifted by a pixel up, down, to the left and to the right.
        force: replace what is at `out`.

    Raises:
        MissingFileError: there is no such model.
        ModelError: one is damaged, was written without golden examples, or the average is not that of the members.
        ConfigError: too few models, models of several datasets, or something at `out`.
        MissingExtraError: the `onnx` package is not installed.
    """
    target = Path(out)
    if len(models) < (1 if shifts else 2):
        raise ConfigError(f"An ensemble of {len(models)} came; expected two models or more, or one with shifts.")
    if target.suffix != ".onnx":
        raise ConfigError(f"out is {target}; expected a file that ends in .onnx.")
    if target.exists() and (target.is_dir() or not force):
        raise ConfigError(f"{target} exists already; choose another --out, or replace it with --force.")
    members = [_open(model_file(Path(model))) for model in models]
    if len(trained_on := sorted({member.metadata.data for member in members})) > 1:
        raise ConfigError(f"The models were trained on {', '.join(trained_on)}; expected one dataset for all.")
    places = PLACES if shifts else PLACES[:1]
    golden = _expected(members, places)
    about = _describe([member.metadata for member in members], len(places))
    content = seal(_average(members, places), about, golden)
    session, metadata = open_content(content)  # asks it for its golden examples, with a wider tolerance than this:
    difference = float(np.abs(_ask(session, golden) - golden.probabilities).max())
    if not difference <= PARITY_TOLERANCE:
        raise ModelError(f"{target} was not written: it differs from the mean of its members by {difference:.1e}.")
    write_bytes(target, content)
    return Ensemble(file=target, members=tuple(member.path for member in members), metadata=metadata)


def _open(path: Path) -> _Member:
    with named(path):
        content = read_content(path)
        session, metadata = open_content(content)
        golden = read_golden(content)
        if golden is None:
            raise ModelError("it carries no golden examples to compare the ensemble on; train it again.")
    return _Member(path, content, session, metadata, golden)


def _expected(members: list[_Member], places: Sequence[tuple[int, int]]) -> Golden:
    """The first member's pictures, and the mean of what all members answer to them, each asked by itself."""
    golden = members[0].golden
    room = np.pad(golden.images, ((0, 0), (1, 1), (1, 1)))
    seen = [
        Golden(room[:, 1 - down : 29 - down, 1 - right : 29 - right], golden.probabilities) for down, right in places
    ]
    answers = np.stack([_ask(member.session, each) for member in members for each in seen])
    return Golden(golden.images, answers.mean(axis=0))


def _ask(session: Any, golden: Golden) -> NDArray[np.float32]:
    return np.asarray(session.run([OUTPUT], {INPUT: golden.tensors})[0], np.float32)


def _average(members: list[_Member], places: Sequence[tuple[int, int]]) -> bytes:
    """One graph: those of the members side by side, on the same views of the images, and the mean of their outputs."""
    onnx = import_onnx()
    shared = onnx.load_model_from_string(members[0].content)
    nodes, weights, views = _views(places) if len(places) > 1 else ([], [], INPUT)
    for number, member in enumerate(members):
        graph = onnx.compose.add_prefix_graph(onnx.load_model_from_string(member.content).graph, f"{number}/")
        for node in graph.node:
            node.input[:] = [views if name == f"{number}/{INPUT}" else name for name in node.input]
        nodes += graph.node
        weights += graph.initializer
    outputs = [f"{number}/{OUTPUT}" for number in range(len(members))]
    if len(places) == 1:
        nodes.append(onnx.helper.make_node("Mean", outputs, [OUTPUT], name="mean"))
    else:
        nodes.append(onnx.helper.make_node("Mean", outputs, ["mean"], name="mean"))
        nodes.append(onnx.helper.make_node("Reshape", ["mean", "by view"], ["means"], name="means"))
        nodes.append(
            onnx.helper.make_node("ReduceMean", ["means"], [OUTPUT], name="mean of views", axes=[0], keepdims=0)
        )
        weights.append(_integers("by view", [len(places), -1, 10]))
    together = onnx.helper.make_graph(nodes, "ensemble", shared.graph.input, shared.graph.output, weights)
    model = onnx.helper.make_model(together, opset_imports=shared.opset_import, ir_version=shared.ir_version)
    content: bytes = model.SerializeToString()
    return content


def _views(places: Sequence[tuple[int, int]]) -> tuple[list[Any], list[Any], str]:
    """Nodes and constants that turn the images, (B, 1, 28, 28), into views, (places * B, 1, 28, 28), and their name."""
    import onnx

    make = onnx.helper.make_node
    nodes = [make("Pad", [INPUT, "edges"], ["padded"], name="padded")]
    constants = [_integers("edges", [0, 0, 1, 1, 0, 0, 1, 1]), _integers("rows and columns", [2, 3])]
    views = [f"view {number}" for number in range(len(places))]
    for view, (down, right) in zip(views, places, strict=True):
        first, last = f"{view} first", f"{view} last"
        nodes.append(make("Slice", ["padded", first, last, "rows and columns"], [view], name=view))
        constants += [_integers(first, [1 - down, 1 - right]), _integers(last, [29 - down, 29 - right])]
    nodes.append(make("Concat", views, ["views"], name="views", axis=0))
    return nodes, constants, "views"


def _integers(name: str, values: list[int]) -> Any:
    import onnx

    return onnx.numpy_helper.from_array(np.array(values, np.int64), name)


def _describe(members: list[ArtifactMetadata], views: int) -> ArtifactMetadata:
    counts = Counter(member.recipe for member in members)
    made_of = " + ".join(f"{count} x {recipe}" for recipe, count in counts.items())
    return ArtifactMetadata(
        recipe=made_of if views == 1 else f"{made_of}, seen from {views} places",
        seed=members[0].seed,
        data=members[0].data,
        parameters=sum(member.parameters for member in members),
        macs=views * sum(member.macs for member in members),
        training_seconds=sum(member.training_seconds for member in members),
        metrics={},
    )
