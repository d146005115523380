"""The training loop: `fit`. What one step does is in `step`."""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from handigits.config import TrainConfig
from handigits.data.split import Split
from handigits.errors import TrainingError, TrainingInterrupted
from handigits.models import as_chain
from handigits.training.average import refresh_batch_norm
from handigits.training.batches import Batches
from handigits.training.checkpoint import EpochRow, TrainState, discard_checkpoint, load_newest, save_checkpoint
from handigits.training.distributed import ALONE, Processes
from handigits.training.engine import Engine, prepare_engine
from handigits.training.interrupt import listen_for_stop
from handigits.training.optim import build_optimizer, learning_rate
from handigits.training.step import measure, train_step

__all__ = ["EpochRow", "Fit", "Progress", "fit"]

_EPOCH_SAVE_SECONDS = 1.0


@dataclass(frozen=True)
class Progress:
    """What a progress display may want to know after a step.

    Attributes:
        epoch, epochs: the epoch that the step belongs to, from 1, and how many there will be.
        step, steps: optimiser steps done, and how many there will be at most.
        share: of the training that is done, 0 to 1: of its steps, or of its time where that is ahead.
        images: training images seen so far, in all epochs.
        loss, accuracy: means over the epoch so far.
        seconds: training time so far.
        completed: the epoch's row in the history, once it is complete.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    share: float
    images: int
    loss: float
    accuracy: float
    seconds: float
    completed: EpochRow | None


@dataclass(frozen=True)
class Fit:
    """A finished training.

    Attributes:
        model: in evaluation mode, with the weights to keep; one chain of layers, if columns were trained too.
        history: one row for each epoch.
        seconds: training time with held-out evaluations, summed over all parts of a run that was continued.
        engine: what it ran on.
        notices: what the user should be told.
    """

    model: nn.Module
    history: tuple[EpochRow, ...]
    seconds: float
    engine: Engine
    notices: tuple[str, ...]


def fit(
    model: nn.Module,
    train: Split,
    config: TrainConfig,
    *,
    held_out: Split | None = None,
    checkpoints: Path | None = None,
    resume: bool = False,
    processes: Processes = ALONE,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Fit:
    """Train `model` on `train` as `config` says.

    Args:
        model: gives logits (B, 10) for float32 (B, 1, 28, 28) in [0, 1]; changed in place. What it comes to is the
            same network, or the chain that its columns make.
        train: what to learn from.
        config: how.
        held_out: images to watch the training by; needed for patience.
        checkpoints: directory for checkpoints; None: none are written.
        resume: go on from the newest checkpoint there; at the beginning where none was written yet.
        processes: who takes part; all give the same model and data, and the first alone writes.
        watch: called after every step.

    Raises:
        TrainingError: the loss is no longer finite; the newest checkpoint holds weights whose loss was.
        TrainingInterrupted: Ctrl-C or SIGTERM came; the state was saved first.
        ModelError: `resume`, and no checkpoint is whole, or the newest does not fit.
        ConnectionError: another of the processes is gone.
    """
    engine = prepare_engine(config, processes)
    model.to(engine.device)
    average = copy.deepcopy(model) if config.ema else None
    state = TrainState(model=model, average=average, optimizer=build_optimizer(model, config))
    notices = load_newest(checkpoints, state, processes) if resume and checkpoints else []
    writes_to = checkpoints if processes.is_first else None
    if writes_to:
        writes_to.mkdir(parents=True, exist_ok=True)
    saved = time.perf_counter()
    began = saved - state.seconds
    batches = Batches(train, config, engine.device, processes)  # takes its time where digits are to be drawn

    own_gpu = [engine.device] if engine.device.type == "cuda" else []
    with listen_for_stop() as stop, torch.random.fork_rng(devices=own_gpu), processes.in_contact():
        network = processes.share(model)
        while not _is_finished(state, config, batches.steps):
            images, labels = batches.at(state.step)
            _set_learning_rate(state, config, batches.steps)
            try:
                train_step(state, network, images, labels, config, engine)
            except TrainingError:
                if writes_to:  # weights that were saved before their loss was known
                    discard_checkpoint(writes_to, state.step)
                raise
            state.seconds = processes.agree(time.perf_counter() - began)

            row = None
            if state.step % batches.per_epoch == 0 or _is_finished(state, config, batches.steps):
                row = _complete_epoch(state, config, engine, batches, held_out)
                state.seconds = processes.agree(time.perf_counter() - began)
            watch(_progress(state, row, config, batches))
            if row:
                state.seen, state.loss_sum, state.correct = 0, 0.0, 0

            stopping = processes.any(stop.requested)
            due = min(config.checkpoint_seconds, _EPOCH_SAVE_SECONDS if row else math.inf)
            if writes_to and (stopping or time.perf_counter() - saved >= due):
                save_checkpoint(writes_to, state)
                saved = time.perf_counter()
            if stopping:
                raise TrainingInterrupted(f"Stopped after step {state.step:,} of {batches.steps:,}.")

    if state.best:
        state.result.load_state_dict(state.best)
    elif state.average is not None and not held_out:
        refresh_batch_norm(state.average, batches.images)
    return Fit(as_chain(state.result).eval(), tuple(state.history), state.seconds, engine, tuple(notices))


def _is_finished(state: TrainState, config: TrainConfig, steps: int) -> bool:
    out_of_time = config.time is not None and state.seconds >= config.time
    return state.step >= steps or out_of_time or _epochs_since_best(state) >= (config.patience or math.inf)


def _epochs_since_best(state: TrainState) -> int:
    losses = [row.validation_loss for row in state.history if row.validation_loss is not None]
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0


def _set_learning_rate(state: TrainState, config: TrainConfig, steps: int) -> None:
    """Set what the schedule gives; under a time budget it runs with the clock where that is ahead of the steps."""
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate(config, _share_done(state, config, steps))


def _share_done(state: TrainState, config: TrainConfig, steps: int) -> float:
    share_of_time = state.seconds / config.time if config.time else 0.0
    return min(1.0, max(state.step / steps, share_of_time))


def _complete_epoch(
    state: TrainState, config: TrainConfig, engine: Engine, batches: Batches, held_out: Split | None
) -> EpochRow:
    """Add the epoch's row to the history, and remember its weights if they are the best so far and that matters."""
    if state.average is not None and held_out:
        refresh_batch_norm(state.average, batches.images)
    loss, accuracy = measure(state.result, held_out, engine) if held_out else (None, None)
    row = EpochRow(
        epoch=len(state.history) + 1,
        train_loss=state.loss_sum / state.seen,
        train_accuracy=state.correct / state.seen,
        validation_loss=loss,
        validation_accuracy=accuracy,
        learning_rate=state.optimizer.param_groups[0]["lr"],
        seconds=state.seconds,
    )
    state.history.append(row)
    if config.patience and _epochs_since_best(state) == 0:
        state.best = {name: tensor.clone() for name, tensor in state.result.state_dict().items()}
    return row


def _progress(state: TrainState, row: EpochRow | None, config: TrainConfig, batches: Batches) -> Progress:
    epochs_before = len(state.history) - (row is not None)
    return Progress(
        epoch=epochs_before + 1,
        epochs=config.epochs,
        step=state.step,
        steps=batches.steps,
        share=_share_done(state, config, batches.steps),
        images=epochs_before * len(batches.labels) + state.seen,
        loss=state.loss_sum / state.seen,
        accuracy=state.correct / state.seen,
        seconds=state.seconds,
        completed=row,
    )
