"""One training, from a plan and its images to a finished run directory; of several processes, the first writes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handigits.config import TrainConfig
from handigits.data import Dataset, Split, hold_out
from handigits.errors import RunError, TrainingInterrupted
from handigits.publish import publish
from handigits.run import Plan, Run

if TYPE_CHECKING:
    from torch import nn

    from handigits.training import Fit, Progress
    from handigits.training.distributed import Processes

__all__ = ["HOLD_OUT_SEED", "Task", "carry_out", "prepare", "unfinished"]

HOLD_OUT_SEED = 0
"""The same images are held out whatever the seed of the training, so that seeds can be compared."""


@dataclass(frozen=True)
class Task:
    """A plan that can be carried out.

    Attributes:
        plan: what is set out to do.
        dataset: as it was loaded.
        train: the images to learn from: those of `dataset` but for the ones held out.
        held_out: the images to watch the training by, if any.
        model: the network; its weights are drawn but not trained.
        processes: those that train together.
    """

    plan: Plan
    dataset: Dataset
    train: Split
    held_out: Split | None
    model: "nn.Module"
    processes: "Processes"


def prepare(plan: Plan, dataset: Dataset, processes: "Processes") -> Task:
    """Find out whether a plan can be carried out, before anything is written or replaced for it.

    Raises:
        ConfigError, DataError: it cannot; there is no such device or architecture, or too few images to hold out.
    """
    import torch

    from handigits.models import build_model
    from handigits.training.engine import prepare_engine

    config = plan.train
    prepare_engine(config, processes)
    train, held_out = dataset.train, None
    if config.validation:
        train, held_out = hold_out(train, config.validation, seed=HOLD_OUT_SEED)
    with torch.random.fork_rng(devices=[]):  # the weights are drawn on the CPU
        torch.manual_seed(config.seed)
        model = build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)
    return Task(plan, dataset, train, held_out, model, processes)


def carry_out(
    run: Run, task: Task, *, resume: bool, watch: "Callable[[Progress], None]", tell: Callable[[str], None]
) -> Run:
    """Train and publish; of several processes, all train, and the first publishes.

    Args:
        run: where to; made already.
        task: what to do.
        resume: go on from the newest checkpoint in `run`.
        watch: called with a `Progress` after every step.
        tell: called with each notice that the user should read.

    Raises:
        TrainingInterrupted, RunError: with the command that goes on.
    """
    if not task.processes.is_first:
        _fit(run, task, resume=resume, watch=lambda _: None)
        return run
    began = time.perf_counter()
    with run.locked():
        if resume:
            unfinished(run)
        else:
            run.write_plan(task.plan)
        for notice in _notices(task.dataset, task.plan.train):
            tell(notice)
        fitted = _fit(run, task, resume=resume, watch=watch)
        for notice in fitted.notices:
            tell(notice)
        with _resumable(run):
            publish(run, task.plan, task.dataset, fitted, held_out=task.held_out, began=began)
    return run


def unfinished(run: Run) -> Run:
    """The same run, if it can be gone on with.

    Raises:
        RunError: it is finished.
    """
    if run.is_finished:
        raise RunError(f"{run.directory} is finished already; its metrics.json says what came of it.")
    return run


def _fit(run: Run, task: Task, *, resume: bool, watch: "Callable[[Progress], None]") -> "Fit":
    from handigits.training import fit

    with _resumable(run):
        return fit(
            task.model,
            task.train,
            task.plan.train,
            held_out=task.held_out,
            checkpoints=run.checkpoints,
            resume=resume,
            processes=task.processes,
            watch=watch,
        )


@contextmanager
def _resumable(run: Run) -> Iterator[None]:
    """Say how to go on after what is no fault of the training."""
    try:
        yield
    except (TrainingInterrupted, KeyboardInterrupt) as err:
        raise TrainingInterrupted(f"{str(err) or 'Interrupted.'} Go on with: {run.resume_command}") from None
    except OSError as err:  # a full disk, say, or another process that is gone
        raise RunError(f"{err}. The checkpoints are kept; go on with: {run.resume_command}") from err


def _notices(dataset: Dataset, config: TrainConfig) -> list[str]:
    notices = [dataset.notice] if dataset.notice else []
    if config.augment.flip:
        notices.append("flip mirrors digits, and a mirrored 2 is no digit: expect a lower accuracy.")
    return notices
