"""`handigits sweep`."""

import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from handigits.atomic import write_text
from handigits.cli.compare import print_comparison
from handigits.cli.screen import parse, print_json, say
from handigits.comparison import SplitChoice
from handigits.errors import ConfigError
from handigits.report.compare_files import write_comparison_csv, write_comparison_page, write_pareto
from handigits.sweep import SweepProgress, Swept, sweep

__all__ = ["main"]

_LINE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class _Sweep:
    """Train several recipes with several seeds and settings, compare them, and pick the best.

    It is picked by training images that are held out of all trainings, never by the test split. Interrupted, the same
    command goes on: finished runs are not trained again.

    Examples:
      handigits sweep flash quick --seeds 0 1 2
      handigits sweep sgd-2conv kaggle-4conv lenet-1024 adadelta-2conv compact-5fc --out runs/reports
      handigits sweep flash quick --seeds 0 --serve
      handigits sweep quick --set lr=0.01,0.02 augment.shift=1,2 --seeds 0
      handigits sweep quick --set lr=0.005,0.01,0.02,0.04 --engine ray --trials 6
    """

    recipes: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="RECIPE")]
    """What to train; `handigits recipes` lists them."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Each is one training."""
    set: tuple[str, ...] = ()
    """Settings to try, as FIELD=VALUE,VALUE; of several, every combination is trained."""
    data: str = "auto"
    """A dataset's name, a directory (IDX, class folders, Kaggle), a CSV or an NPZ; auto: mnist, else mnist-5k."""
    held_out: int | None = None
    """Training images to choose by, held out of every training; none: one in twelve."""
    split: SplitChoice = "both"
    """What to compare in the end."""
    out: Path = Path("runs/sweep")
    """Directory for the runs, the comparison (compare.html, .csv, .json), pareto.png and best.onnx."""
    engine: Literal["local", "ray"] = "local"
    """local: one after the other; ray: side by side, on all cores or on a cluster. It needs `handigits[cluster]`."""
    address: str | None = None
    """With --engine ray: the cluster, such as 10.0.0.5:6379; none: this machine."""
    trials: int | None = None
    """With --engine ray: train so many, which Optuna picks by what the earlier ones read of the held-out images, and
    end the worst of them early (ASHA); none: train all to their end."""
    offline: bool = False
    """Do not use the network."""
    serve: bool = False
    """In the end, put the best to use: start the service and its drawing pad, as `handigits serve` does."""
    quiet: bool = False
    """Show no progress."""
    json: bool = False
    """Print the comparison as JSON."""


def main(arguments: list[str]) -> int:
    """Train and compare; 3 if some of the runs failed."""
    command = parse(_Sweep, arguments, verb="sweep")
    if not command.recipes:
        say("handigits sweep: name recipes to train; `handigits recipes` lists them.")
        return 2
    if command.serve and command.held_out == 0:
        say("handigits sweep: --serve needs images to choose by; leave --held-out 0 out.")
        return 2
    if command.engine == "local" and (command.address or command.trials):
        say("handigits sweep: --address and --trials go with --engine ray.")
        return 2
    with _progress(quiet=command.quiet) as watch:
        swept = _engine(command)(
            command.recipes,
            settings=_settings(command.set),
            seeds=command.seeds,
            data=command.data,
            held_out=command.held_out,
            split=command.split,
            out=command.out,
            offline=command.offline,
            watch=watch,
            tell=say,
        )
    _write(command.out, swept, shlex.join(["handigits", "sweep", *arguments]))
    if command.json:
        print_json(swept.comparison.to_json())
    else:
        print_comparison(swept.comparison)
        best = shlex.quote(str(swept.best))
        sys.stdout.write(f"report {command.out / 'compare.html'}\n")
        sys.stdout.write(f"try    handigits predict digit.png --model {best}\n" if swept.best else "")
    for failure in swept.failures:
        say(f"handigits sweep: {failure.name} failed: {failure.reason}")
    if command.serve and swept.best:
        from handigits.cli.serve import main as serve

        return serve(["--model", str(swept.best)])
    return 3 if swept.failures else 0


def _engine(command: _Sweep) -> Callable[..., Swept]:
    if command.engine == "local":
        return sweep
    from handigits.cluster.sweeping import sweep_on_ray

    return partial(sweep_on_ray, address=command.address, trials=command.trials)


def _settings(texts: Sequence[str]) -> dict[str, list[Any]]:
    settings: dict[str, list[Any]] = {}
    for name, values in map(_setting, texts):
        if name in settings:
            raise ConfigError(f"--set came with {name} twice; name all its values at once, as {name}=VALUE,VALUE.")
        settings[name] = values
    return settings


def _setting(text: str) -> tuple[str, list[Any]]:
    """`lr=0.01,0.02` as a field and its values; values are JSON where they can be, else words."""
    name, equals, values = text.partition("=")
    if not (name and equals and values):
        raise ConfigError(f"--set came with {text!r}; expected FIELD=VALUE,VALUE, such as lr=0.01,0.02.")
    try:
        return name, list(json.loads(f"[{values}]"))
    except json.JSONDecodeError:
        return name, values.split(",")


def _write(out: Path, swept: Swept, command: str) -> None:
    comparison = swept.comparison
    write_text(out / "compare.json", json.dumps(comparison.to_json(), indent=1) + "\n")
    write_comparison_csv(comparison, out / "compare.csv")
    write_comparison_page(comparison, out / "compare.html", command=command)
    write_pareto(comparison, out / "pareto.png")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[SweepProgress], None]]:
    """One view for all trainings: two bars on a terminal, else a line when one is done and every ten seconds."""
    if quiet:
        yield lambda progress: None
    elif sys.stderr.isatty():
        with _bars() as watch:
            yield watch
    else:
        yield _Lines()


class _Lines:
    def __init__(self) -> None:
        self._last = time.perf_counter()

    def __call__(self, progress: SweepProgress) -> None:
        if not progress.is_done and time.perf_counter() - self._last < _LINE_SECONDS:
            return
        self._last = time.perf_counter()
        state = "done" if progress.is_done else _state(progress)
        sys.stderr.write(f"{progress.number}/{progress.total} {progress.training.name}  {state}\n")
        sys.stderr.flush()


@contextmanager
def _bars() -> Iterator[Callable[[SweepProgress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), TextColumn("{task.fields[state]}"))
    console = Console(stderr=True, highlight=False)
    with Bar(*columns, TimeRemainingColumn(), TextColumn("left"), console=console, expand=True) as bar:
        all_task = bar.add_task("all", total=1.0, state="")
        run_task = bar.add_task("", total=1.0, state="")

        def watch(progress: SweepProgress) -> None:
            if progress.is_done:
                console.print(f"{progress.number}/{progress.total} {progress.training.name}")
            share = 1.0 if progress.is_done else progress.step.share if progress.step else 0.0
            done = (progress.number - 1 + share) / progress.total
            bar.update(all_task, completed=done, state=f"{progress.number} of {progress.total}")
            bar.update(run_task, completed=share, description=progress.training.name, state=_state(progress))

        yield watch


def _state(progress: SweepProgress) -> str:
    step = progress.step
    return f"epoch {step.epoch}/{step.epochs} accuracy {step.accuracy:.2%}" if step else ""
