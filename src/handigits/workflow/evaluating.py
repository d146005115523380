"""Measure a model on a split of a dataset; does without torch."""

import dataclasses
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.artifact import ArtifactMetadata
from handigits.data import Split, load_dataset
from handigits.environment import describe_environment
from handigits.errors import DataError
from handigits.evaluation import Evaluation, Gallery, evaluate_probabilities
from handigits.evaluation.disputed import read_disputed
from handigits.publish import Measured, measure, publish_evaluation
from handigits.recognizer import Recognizer
from handigits.report import RunFacts, require_matplotlib
from handigits.report.robustness import read_suites
from handigits.run import Run
from handigits.workflow.digits import TRAINED_ON, choose_split, data_of, seen_notice

__all__ = ["Evaluated", "evaluate"]


@dataclass(frozen=True)
class Evaluated:
    """A model measured on a split.

    Attributes:
        evaluation: the numbers.
        galleries: digits to look at.
        notice: what a reader must know before believing the numbers; empty if nothing.
        undisputed: the numbers without the disputed labels; None where no table of them was given.
    """

    evaluation: Evaluation
    galleries: tuple[Gallery, ...]
    notice: str
    undisputed: Evaluation | None = None


def evaluate(
    model: str | Path | None = None,
    *,
    data: str | Path | None = None,
    split: str = "test",
    without: str | Path | None = None,
    out: str | Path | None = None,
    offline: bool = False,
) -> Evaluated:
    """Measure a model on a split of a dataset.

    Args:
        model: a run directory, an artefact file, or None for the shipped model.
        data: what `load_dataset` takes; None: what a run was trained on, and `auto` for other models.
        split: `test` or `train`.
        without: a file of disputed labels, as `read_disputed` takes it; the numbers are given twice, the second time
            without these.
        out: also write `report.json`, plots and `report.html` to this directory.
        offline: the network may not be used.

    Raises:
        DataError: the dataset has no such split, or the table is not about its labels.
        ModelError, MissingFileError: there is no such model or table, or the model is damaged.
        MissingExtraError: matplotlib is not installed, and `out` was given.
    """
    if out is not None:
        require_matplotlib()
    recognizer = Recognizer.load(model)
    metadata = recognizer.metadata
    data = data_of(model, metadata) if data is None else data
    dataset = load_dataset(data, offline=offline)
    chosen = choose_split(dataset, split)
    disputed = None if without is None else read_disputed(Path(without), chosen)
    measured = measure(recognizer, chosen)
    undisputed = None if disputed is None else _leave_out(disputed, measured, chosen)
    notice = " ".join(filter(None, [dataset.notice, seen_notice(metadata, dataset)]))
    if out is not None:
        words = ["handigits", "evaluate", *([str(model)] if model else []), "--data", str(data), "--split", split]
        words += ["--without", str(without)] if without else []
        run = Run(Path(model)) if model and Path(model).is_dir() else None
        publish_evaluation(
            Path(out),
            RunFacts(
                recipe=metadata.recipe,
                data=dataset.name,
                command=shlex.join(words),
                protocol=_evaluation_protocol(metadata, chosen, split),
                evaluations=[measured.evaluation, *([undisputed] if undisputed else [])],
                notice=notice,
                model=str(model or ""),
                history=run.history if run else (),
                galleries=measured.galleries,
                cells=measured.cells,
                suites=read_suites(run.directory) if run else (),
                metrics=dataclasses.asdict(metadata) | _temperature(run),
                environment=describe_environment(),
            ),
        )
    return Evaluated(measured.evaluation, measured.galleries, notice, undisputed)


def _leave_out(disputed: NDArray[np.int64], measured: Measured, split: Split) -> Evaluation:
    kept = np.delete(np.arange(len(split)), disputed)
    if not len(kept):
        raise DataError(f"The table disputes all {len(split):,} labels of {split.name}; nothing is left to measure.")
    name = f"{split.name} without {len(disputed):,} disputed"
    return evaluate_probabilities(measured.probabilities[kept], split.labels[kept], split_name=name)


def _temperature(run: Run | None) -> dict[str, Any]:
    """As it stands in `metrics.json`, if this is a run whose network was given one."""
    metrics = run.metrics if run and run.has_begun else {}
    return {"temperature": metrics["temperature"]} if "temperature" in metrics else {}


def _evaluation_protocol(metadata: ArtifactMetadata, split: Split, name: str) -> str:
    model = f"The model {metadata.recipe}, trained on {metadata.data} with seed {metadata.seed}"
    protocol = f"{model}, on the {len(split):,} images of {split.name}, each read once."
    if name == "train":
        protocol += f" {TRAINED_ON}"
    return protocol
