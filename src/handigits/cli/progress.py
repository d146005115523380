"""The progress of what takes long, on stderr: lines, and on a terminal a bar with the time left."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handigits.training import Progress

__all__ = ["share_progress", "training_progress"]

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


@contextmanager
def share_progress(label: str, *, quiet: bool) -> "Iterator[Callable[[float], None]]":
    """Give a function to call with the share that is done: a bar on a terminal, else a line every ten seconds."""
    if quiet:
        yield lambda done: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress as Bar

        with Bar(console=Console(stderr=True, highlight=False), transient=True) as bar:
            task = bar.add_task(label, total=1.0)
            yield lambda done: bar.update(task, completed=done)
    else:
        last = time.perf_counter()

        def watch(done: float) -> None:
            nonlocal last
            if time.perf_counter() - last >= _LINE_SECONDS:
                last = time.perf_counter()
                sys.stderr.write(f"{label} {done:.0%}\n")
                sys.stderr.flush()

        yield watch


class _Lines:
    """A plain line for each epoch, and one in between where an epoch takes long."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, progress: "Progress") -> None:
        if progress.completed or progress.seconds - self._last >= _LINE_SECONDS:
            self._last = progress.seconds
            sys.stderr.write(
                f"{_epoch(progress)}  {_figures(progress)}  {_speed(progress)}  {progress.seconds:.0f} s\n"
            )
            sys.stderr.flush()


@contextmanager
def _bar() -> "Iterator[Callable[[Progress], None]]":
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    console = Console(stderr=True, highlight=False)
    with Bar(*columns, console=console, expand=True) as bar:
        task = bar.add_task("training", total=1.0, figures="")

        def watch(progress: "Progress") -> None:
            if progress.completed:
                console.print(f"{_epoch(progress)}  {_figures(progress)}  {progress.seconds:.0f} s")
            figures = f"loss {progress.loss:.4f} accuracy {progress.accuracy:.2%} {_speed(progress)}"
            bar.update(task, completed=progress.share, description=_epoch(progress), figures=figures)

        yield watch


def _epoch(progress: "Progress") -> str:
    return f"epoch {progress.epoch}/{progress.epochs}"


def _figures(progress: "Progress") -> str:
    row = progress.completed
    held_out = ""
    if row and row.validation_accuracy is not None:
        held_out = f"  held out {row.validation_loss:.4f} {row.validation_accuracy:.2%}"
    return f"loss {progress.loss:.4f}  accuracy {progress.accuracy:.2%}{held_out}"


def _speed(progress: "Progress") -> str:
    return f"{progress.images / progress.seconds if progress.seconds else 0:,.0f} images/s"
