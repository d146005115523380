"""A training that is quick, and one that was interrupted."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import handigits.workflow.task
from handigits.errors import TrainingInterrupted
from handigits.training import Progress
from handigits.workflow import train


@pytest.fixture
def small() -> dict[str, Any]:
    """The settings of `finished_run`: 18 steps."""
    return {"epochs": 2, "batch_size": 20, "validation": 20, "seed": 7, "threads": 1, "precision": "fp32"}


@pytest.fixture
def interrupt_at() -> Callable[[int], Callable[[Progress], None]]:
    """A watcher of the training that presses Ctrl-C at a step."""

    def at(step: int) -> Callable[[Progress], None]:
        def watch(progress: Progress) -> None:
            if progress.step == step:
                os.kill(os.getpid(), signal.SIGINT)

        return watch

    return at


@pytest.fixture
def begun(small: dict[str, Any], interrupt_at: Callable[[int], Callable[[Progress], None]]) -> Callable[..., Path]:
    """Begins a run that is interrupted."""

    def begin(out: Path, data: Path, **settings: Any) -> Path:
        with pytest.raises(TrainingInterrupted):
            train("compact-5fc", data=data, out=out, watch=interrupt_at(5), **small, **settings)
        return out

    return begin


@pytest.fixture
def unpublished(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Leaves the measuring and drawing out; collects the trainings instead."""
    fits: list[Any] = []
    monkeypatch.setattr(handigits.workflow.task, "publish", lambda run, plan, dataset, fitted, **_: fits.append(fitted))
    return fits
