"""Go on training with corrections that people gave, and keep the result only if it reads the old digits as well.

It starts from the weights of a finished run, at a tenth of its learning rate, on the run's own digits with the
corrections among them. Before and after, the same digits are read that none of this training learns from; where more of
them are misread after it than before, nothing is written. Deliberately absent: going on from what came out. Start again
from the run with all corrections there are, and many small steps cannot lead away from it. A network of columns goes on
as the one chain that it has become.
"""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from handigits.artifact import ArtifactMetadata
from handigits.artifact.sealing import update_metadata
from handigits.atomic import write_bytes
from handigits.data import Split, hold_out, load_dataset
from handigits.data.split import draw_indices
from handigits.errors import ConfigError, DataError, MissingExtraError, RunError
from handigits.publish import Measured, measure
from handigits.recognizer import Recognizer
from handigits.run import Plan, Run, open_run
from handigits.workflow.task import HOLD_OUT_SEED

if TYPE_CHECKING:
    from handigits.training import Progress

__all__ = ["FineTuned", "finetune"]

_EPOCHS = 2
_SLOWER = 0.1  # of the learning rates of the run
_SHARE = 0.1  # of the images that are corrections: with fewer, each comes several times in an epoch
_MOST_REPEATS = 20
_CHECKED = 5_000
_EVERY = 5  # one correction in five is not learnt from


@dataclass(frozen=True, kw_only=True)
class FineTuned:
    """What came of it.

    Attributes:
        file: the artefact; None where it was not promoted.
        corrections: how many were learnt from.
        count: how many of the run's digits were read before and after.
        wrong_before, wrong_after: how many of them were misread.
        corrections_checked: how many corrections were kept from the training, to be read before and after.
        corrections_wrong_before, corrections_wrong_after: how many of those were misread.
        unseen: the run had not learnt from the digits that were read either; else it had learnt all of them before.
    """

    file: Path | None
    corrections: int
    count: int
    wrong_before: int
    wrong_after: int
    corrections_checked: int
    corrections_wrong_before: int
    corrections_wrong_after: int
    unseen: bool

    @property
    def promoted(self) -> bool:
        """Whether the model was written."""
        return self.file is not None

    def to_json(self) -> dict[str, Any]:
        """The same fields as plain values for `json.dumps`."""
        return dataclasses.asdict(self) | {"file": str(self.file) if self.file else None, "promoted": self.promoted}


def finetune(
    run: str | Path,
    corrections: str | Path,
    *,
    out: str | Path,
    force: bool = False,
    offline: bool = False,
    watch: "Callable[[Progress], None]" = lambda _: None,
) -> FineTuned:
    """Train a run's network on with corrections; write it to `out` only if it misreads no more digits than before.

    Args:
        run: the directory of a finished run.
        corrections: what `handigits serve --collect` keeps, or other labelled digits as `load_dataset` takes them.
        out: the file to write, ending in .onnx; whole or not at all.
        force: replace what is at `out`.
        offline: the network may not be used.
        watch: called with a `Progress` after every step.

    Raises:
        ConfigError: something is at `out`, or it does not end in .onnx.
        RunError: `run` is no finished run, or its data are other ones now.
        DataError: there are no corrections, or too few digits in the run's data to check with.
        ModelError: the run's weights are damaged.
        MissingExtraError: torch is not installed.
        TrainingError, TrainingInterrupted: as for `train`; nothing is written.
    """
    target = _target(Path(out), force=force)
    begun = open_run(Path(run))
    if not begun.is_finished:
        raise RunError(f"{run} is not finished; go on with: {begun.resume_command}")
    before = Recognizer.load(begun.model)
    plan = begun.plan
    dataset = load_dataset(plan.data, offline=offline)
    if dataset.train.digest != plan.data_digest:
        raise RunError(
            f"{run} was trained on other images ({before.metadata.data}) than {plan.data} gives now ({dataset.name}); "
            "expected the same, so that none that it learnt from is taken for a new one."
        )
    learnt, checked = hold_out(dataset.train, _count_to_check(plan, dataset.train), seed=HOLD_OUT_SEED)
    taught, asked = _divide(load_dataset(corrections, offline=offline).train)
    with TemporaryDirectory() as directory:
        file = Path(directory) / "model.onnx"
        metadata = _train(begun, plan, _mix(learnt, taught), checked, file, before.metadata, watch)
        after = Recognizer.load(file)
        measured = measure(after, checked)
        wrong = [_wrong(each, split) for split in (checked, asked) for each in (before, after)]
        promoted = wrong[1] <= wrong[0]
        if promoted:
            _hand_over(file, target, metadata, measured, says_how_sure=bool(plan.train.validation))
    return FineTuned(
        file=target if promoted else None,
        corrections=len(taught),
        count=len(checked),
        wrong_before=wrong[0],
        wrong_after=wrong[1],
        corrections_checked=len(asked),
        corrections_wrong_before=wrong[2],
        corrections_wrong_after=wrong[3],
        unseen=bool(plan.train.validation),
    )


def _target(out: Path, *, force: bool) -> Path:
    if out.suffix != ".onnx":
        raise ConfigError(f"out is {out}; expected a file that ends in .onnx.")
    if out.exists() and (out.is_dir() or not force):
        raise ConfigError(f"{out} exists already; choose another --out, or replace it with --force.")
    return out


def _count_to_check(plan: Plan, train: Split) -> int:
    """How many digits to read before and after: those that the run held out, else as many as usual."""
    count = plan.train.validation or min(_CHECKED, len(train) // 5)
    if not count:
        raise DataError(f"{train.name} has {len(train)} digits; expected 5 or more, so as to check with one in five.")
    return count


def _divide(corrections: Split) -> tuple[Split, Split]:
    """(To learn from, to ask about)."""
    if not len(corrections):
        raise DataError(f"{corrections.name} holds no digits; expected one correction or more.")
    is_asked = np.arange(len(corrections)) % _EVERY == _EVERY - 1
    taught, asked = (
        Split(corrections.images[chosen], corrections.labels[chosen], corrections.name)
        for chosen in (~is_asked, is_asked)
    )
    return taught, asked


def _mix(learnt: Split, taught: Split) -> Split:
    repeats = round(_SHARE / (1 - _SHARE) * len(learnt) / len(taught))
    repeats = min(max(repeats, 1), _MOST_REPEATS)
    return Split(
        np.concatenate([learnt.images, *[taught.images] * repeats]),
        np.concatenate([learnt.labels, *[taught.labels] * repeats]),
        f"{learnt.name} with {len(taught):,} corrections",
    )


def _train(
    run: Run,
    plan: Plan,
    train: Split,
    checked: Split,
    file: Path,
    before: ArtifactMetadata,
    watch: "Callable[[Progress], None]",
) -> ArtifactMetadata:
    """Train on from the run's weights and write the artefact; what it says about itself is returned."""
    try:
        from handigits.artifact.writing import write_artifact
        from handigits.export.trained import model_of_run
        from handigits.training import fit
        from handigits.training.temperature import divide_logits, set_temperature
    except ModuleNotFoundError as err:
        raise MissingExtraError(f"{err.name} is not installed; training needs: pip install 'handigits[train]'") from err
    config = dataclasses.replace(
        plan.train,
        epochs=_EPOCHS,
        lr=plan.train.lr * _SLOWER,
        muon_lr=plan.train.muon_lr * _SLOWER,
        ema=0.0,
        validation=0,
        patience=None,
        time=None,
    )
    began = time.perf_counter()
    start = model_of_run(run)
    divide_logits(start, 1 / run.metrics.get("temperature", 1.0))  # as the training had left them
    model = fit(start, train, config, watch=watch).model.to("cpu")
    if config.label_smoothing:
        set_temperature(model, checked)
    metadata = ArtifactMetadata(
        recipe=f"{before.recipe}, with corrections",
        seed=before.seed,
        data=before.data,
        parameters=before.parameters,
        macs=before.macs,
        training_seconds=round(time.perf_counter() - began, 3),
        metrics={},
    )
    write_artifact(model, file, metadata, checked.images[draw_indices(len(checked), 1000)])
    return metadata


def _wrong(recognizer: Recognizer, split: Split) -> int:
    return int((recognizer.probabilities(split.images).argmax(axis=1) != split.labels).sum())


def _hand_over(
    file: Path, target: Path, metadata: ArtifactMetadata, measured: Measured, *, says_how_sure: bool
) -> None:
    """Put the artefact in its place, with what was measured; how sure it must be, only by digits new to it."""
    evaluation = measured.evaluation
    known: dict[str, Any] = {"metrics": {"validation": evaluation.summary()}}
    if says_how_sure:
        known |= {"held_out": evaluation.count, "mistakes": tuple(evaluation.coverage.mistakes.tolist())}
    update_metadata(file, dataclasses.replace(metadata, **known))
    target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(target, file.read_bytes())
