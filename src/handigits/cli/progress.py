"""The progress of a training: a bar with the time left on a terminal, a line for each epoch elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handigits.training import Progress

__all__ = ["training_progress"]

_LINE_SECONDS = 10.0


@contextmanager
def training_progress(*, quiet: bool) -> "Iterator[Callable[[Progress], None]]":
    """Give a function to call after each step; it shows the progress on stderr until the block ends."""
    if quiet:
        yield lambda progress: None
    elif sys.stderr.isatty():
        with _bar() as watch:
            yield watch
    else:
        yield _Lines()


class _Lines:
    """A plain line for each epoch, and one in between where an epoch takes long."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, progress: "Progress") -> None:
        if progress.completed or progress.seconds - self._last >= _LINE_SECONDS:
            self._last = progress.seconds
            sys.stderr.write(f"epoch {progress.epoch}/{progress.epochs}  {_figures(progress)}\n")
            sys.stderr.flush()


@contextmanager
def _bar() -> "Iterator[Callable[[Progress], None]]":
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}"))
    with Bar(*columns, TextColumn("left"), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("training", figures="")

        def watch(progress: "Progress") -> None:
            epoch = f"epoch {progress.epoch}/{progress.epochs}"
            bar.update(task, completed=progress.step, total=progress.steps, description=epoch)
            bar.update(task, figures=_figures(progress))

        yield watch


def _figures(progress: "Progress") -> str:
    row = progress.completed
    held_out = ""
    if row and row.validation_accuracy is not None:
        held_out = f"  held out {row.validation_loss:.4f} {row.validation_accuracy:.2%}"
    speed = progress.images / progress.seconds if progress.seconds else 0.0
    return (
        f"loss {progress.loss:.4f}  accuracy {progress.accuracy:.2%}{held_out}  "
        f"{speed:,.0f} images/s  {progress.seconds:.0f} s"
    )
