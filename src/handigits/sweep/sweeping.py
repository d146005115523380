"""Train every run of a plan, compare them, and pick one by images that none was trained on.

A sweep that was interrupted goes on where it stopped: finished runs are left alone, and the one that was under way is
resumed. What a single run does is `workflow`'s business, what a comparison says `comparison`'s.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handigits.atomic import write_bytes
from handigits.comparison import SplitChoice, compare
from handigits.data import load_dataset
from handigits.errors import ConfigError, ModelError, RunError, TrainingError, TrainingInterrupted
from handigits.evaluation import Comparison
from handigits.run import Run
from handigits.sweep.planning import Training, plan_sweep
from handigits.workflow import resume, train

if TYPE_CHECKING:
    from handigits.training import Progress

__all__ = ["BEST", "Failure", "SweepProgress", "Swept", "carry_out", "conclude", "plan_into", "sweep"]

BEST = "best.onnx"

_HELD_OUT_SHARE = 12  # one in so many: of MNIST's 60,000, the 5,000 that are usual


@dataclass(frozen=True)
class SweepProgress:
    """How far a sweep is.

    Attributes:
        training: the run that is under way.
        number, total: which one it is, from 1, and how many there are.
        step: its own progress; None when it begins, or was there already.
        is_done: whether it is finished.
    """

    training: Training
    number: int
    total: int
    step: "Progress | None" = None
    is_done: bool = False


@dataclass(frozen=True)
class Failure:
    """A run that did not come to its end, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Swept:
    """What came of a sweep.

    Attributes:
        comparison: of all runs that came to their end.
        failures: those that did not.
        best: a copy of the chosen model; None where no images were held out to choose by.
    """

    comparison: Comparison
    failures: tuple[Failure, ...]
    best: Path | None


def sweep(
    recipes: Sequence[str],
    *,
    settings: Mapping[str, Sequence[Any]] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    data: str | Path = "auto",
    held_out: int | None = None,
    split: SplitChoice = "both",
    out: str | Path = "runs/sweep",
    offline: bool = False,
    watch: Callable[[SweepProgress], None] = lambda progress: None,
    tell: Callable[[str], None] = lambda notice: None,
) -> Swept:
    """Train everything, compare it, and copy the model that read the held-out images best to `best.onnx`.

    Args:
        recipes, settings, seeds: as for `plan_sweep`.
        data: what `load_dataset` takes.
        held_out: training images that are held out of every training, the same for all; None: one in twelve.
        split: what is compared in the end, with no part in the choice.
        out: where the run directories are, or will be.
        offline: the network may not be used.
        watch: called when a run begins, after each of its steps, and when it is done.
        tell: called with each notice that the user should read.

    Raises:
        ConfigError: as `plan_sweep`.
        RunError: there is a run of another kind under one of the names, or the disk is full.
        TrainingError: no run came to its end.
        TrainingInterrupted: Ctrl-C or SIGTERM came; the same call goes on from there.
    """
    directory = Path(out)
    trainings = plan_into(
        directory, recipes, settings=settings or {}, seeds=seeds, data=data, held_out=held_out, offline=offline
    )
    notices = _Once(tell)
    failures: list[Failure] = []
    for number, training in enumerate(trainings, start=1):
        begun = SweepProgress(training, number, len(trainings))
        try:
            carry_out(directory, training, data=data, offline=offline, watch=_of(begun, watch), tell=notices)
        except TrainingInterrupted as err:
            at = f"during {training.name}, {number} of {len(trainings)}"
            raise TrainingInterrupted(f"Interrupted {at}. The same command goes on from there.") from err
        except (ConfigError, ModelError, TrainingError) as err:
            failures.append(Failure(training.name, str(err)))
        watch(dataclasses.replace(begun, is_done=True))
    return conclude(directory, trainings, failures, split=split, offline=offline)


def plan_into(
    directory: Path,
    recipes: Sequence[str],
    *,
    settings: Mapping[str, Sequence[Any]],
    seeds: Sequence[int],
    data: str | Path,
    held_out: int | None,
    offline: bool,
) -> tuple[Training, ...]:
    """`plan_sweep` for the images that there are, and see that no run in `directory` is in its way.

    Raises:
        ConfigError, RunError: as `sweep`.
    """
    dataset = load_dataset(data, offline=offline)
    count = len(dataset.train) // _HELD_OUT_SHARE if held_out is None else held_out
    trainings = plan_sweep(recipes, settings=settings, seeds=seeds, held_out=count)
    for training in trainings:  # before the first of them takes its time
        _check_place(Run(directory / training.name), training, str(data))
    return trainings


def conclude(
    directory: Path,
    trainings: Sequence[Training],
    failures: Sequence[Failure],
    *,
    split: SplitChoice,
    offline: bool,
) -> Swept:
    """Compare the runs that came to their end, and copy the best of them.

    Raises:
        TrainingError: there is none.
    """
    finished = [run for run in (Run(directory / each.name) for each in trainings) if _is_finished(run)]
    if not finished:
        why = f"; {failures[0].name}: {failures[0].reason}" if failures else "."
        raise TrainingError(f"None of {len(trainings)} runs came to its end{why}")
    comparison = compare([run.directory for run in finished], split=split, offline=offline)
    return Swept(comparison, tuple(failures), _copy_best(comparison, directory / BEST))


class _Once:
    """Passes each notice on the first time; a sweep would say everything as often as it trains."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()

    def __call__(self, notice: str) -> None:
        if notice not in self._told:
            self._told.add(notice)
            self._tell(notice)


def _of(begun: SweepProgress, watch: Callable[[SweepProgress], None]) -> "Callable[[Progress | None], None]":
    return lambda step: watch(dataclasses.replace(begun, step=step))


def carry_out(
    directory: Path,
    training: Training,
    *,
    data: str | Path,
    offline: bool,
    watch: "Callable[[Progress | None], None]",
    tell: Callable[[str], None],
) -> Run:
    """Train a run of the sweep in `directory`, go on with it, or leave it alone, as it stands.

    `watch` is called with None before the first step.
    """
    watch(None)
    place = directory / training.name
    run = Run(place)
    if _is_finished(run):
        return run
    if run.has_begun:
        return resume(place, offline=offline, watch=watch, tell=tell)
    config = training.config
    return train(training.recipe, data=data, out=place, offline=offline, config=config, watch=watch, tell=tell)


def _is_finished(run: Run) -> bool:
    return run.has_begun and run.is_finished


def _check_place(run: Run, training: Training, data: str) -> None:
    """Refuse to take a run for one of the sweep that is another."""
    if not run.has_begun:
        return
    plan = run.plan
    if (plan.recipe, plan.data, plan.train) != (training.recipe, data, training.config):
        raise RunError(
            f"{run.directory} holds a run with other data or settings than this sweep's; choose another --out, "
            "or delete it."
        )


def _copy_best(comparison: Comparison, path: Path) -> Path | None:
    """Of the chosen contender, the model of the seed that read the held-out images best."""
    chosen = next((each for each in comparison.contenders if each.name == comparison.choice), None)
    if chosen is None and len(comparison.contenders) == 1 and comparison.contenders[0].held_out:
        (chosen,) = comparison.contenders
    if chosen is None:
        return None
    runs = [Run(Path(model)) for model in chosen.models]
    best = max(runs, key=lambda run: float(run.metrics["validation"]["accuracy"]))
    write_bytes(path, best.model.read_bytes())
    return path
