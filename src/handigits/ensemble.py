"""Several models as one file, whose answer is the mean of their probabilities.

Deliberately absent: training the members (`sweep` does that) and weights for them: an average needs no data to choose.
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
from handigits.artifact.writing import PARITY_TOLERANCE, seal
from handigits.atomic import write_bytes
from handigits.errors import ConfigError, ModelError
from handigits.network.opening import model_file

__all__ = ["Ensemble", "write_ensemble"]


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


def write_ensemble(models: Sequence[str | Path], out: str | Path, *, force: bool = False) -> Ensemble:
    """Write an artefact that averages the probabilities of other artefacts.

    Args:
        models: run directories or artefacts, two or more, all trained on the same dataset.
        out: the file to write, ending in .onnx; whole or not at all.
        force: replace what is at `out`.

    Raises:
        MissingFileError: there is no such model.
        ModelError: one is damaged, was written without golden examples, or the average is not that of the members.
        ConfigError: fewer than two models, models of several datasets, or something at `out`.
    """
    target = Path(out)
    if len(models) < 2:
        raise ConfigError(f"An ensemble of {len(models)} came; expected two models or more.")
    if target.suffix != ".onnx":
        raise ConfigError(f"out is {target}; expected a file that ends in .onnx.")
    if target.exists() and (target.is_dir() or not force):
        raise ConfigError(f"{target} exists already; choose another --out, or replace it with --force.")
    members = [_open(model_file(Path(model))) for model in models]
    if len(trained_on := sorted({member.metadata.data for member in members})) > 1:
        raise ConfigError(f"The models were trained on {', '.join(trained_on)}; expected one dataset for all.")
    golden = _expected(members)
    content = seal(_average(members), _describe([member.metadata for member in members]), golden)
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


def _expected(members: list[_Member]) -> Golden:
    """The first member's pictures, and the mean of what all members answer to them, each asked by itself."""
    golden = members[0].golden
    answers = np.stack([_ask(member.session, golden) for member in members])
    return Golden(golden.images, answers.mean(axis=0))


def _ask(session: Any, golden: Golden) -> NDArray[np.float32]:
    return np.asarray(session.run([OUTPUT], {INPUT: golden.tensors})[0], np.float32)


def _average(members: list[_Member]) -> bytes:
    """One graph: those of the members side by side, on the same images, and the mean of their outputs."""
    import onnx

    graphs = []
    for number, member in enumerate(members):
        model = onnx.load_model_from_string(member.content)
        graphs.append(onnx.compose.add_prefix_graph(model.graph, f"{number}/"))
    shared = onnx.load_model_from_string(members[0].content)
    nodes, weights = [], []
    for number, graph in enumerate(graphs):
        for node in graph.node:
            node.input[:] = [INPUT if name == f"{number}/{INPUT}" else name for name in node.input]
        nodes += graph.node
        weights += graph.initializer
    outputs = [f"{number}/{OUTPUT}" for number in range(len(members))]
    nodes.append(onnx.helper.make_node("Mean", outputs, [OUTPUT], name="mean"))
    together = onnx.helper.make_graph(nodes, "ensemble", shared.graph.input, shared.graph.output, weights)
    model = onnx.helper.make_model(together, opset_imports=shared.opset_import, ir_version=shared.ir_version)
    content: bytes = model.SerializeToString()
    return content


def _describe(members: list[ArtifactMetadata]) -> ArtifactMetadata:
    counts = Counter(member.recipe for member in members)
    return ArtifactMetadata(
        recipe=" + ".join(f"{count} x {recipe}" for recipe, count in counts.items()),
        seed=members[0].seed,
        data=members[0].data,
        parameters=sum(member.parameters for member in members),
        macs=sum(member.macs for member in members),
        training_seconds=sum(member.training_seconds for member in members),
        metrics={},
    )
