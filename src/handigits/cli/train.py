"""`handigits train`."""

import dataclasses
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from handigits.cli.finetune import finetune_run
from handigits.cli.progress import training_progress
from handigits.cli.screen import ask, parse, print_json, say
from handigits.config import TrainConfig
from handigits.environment import is_first_process
from handigits.errors import TrainingInterrupted
from handigits.recipes import DEFAULT_RECIPE, RECIPES, find_recipe
from handigits.run import Run
from handigits.workflow import resume, train

if TYPE_CHECKING:
    from handigits.training import Progress

__all__ = ["main"]


@dataclass(frozen=True, kw_only=True)
class _Train:
    """Train a recipe; write model, measurements, plots and report to a run directory.

    Every setting can be changed; the defaults shown are those of the recipe named.

    Examples:
      handigits train
      handigits train sgd-2conv --seed 1 --out runs/first
      handigits train kaggle-4conv --data train.csv --validation 4200
      handigits train --resume runs/first
      handigits train --finetune runs/first --data mine.sqlite --out better.onnx
      torchrun --nproc-per-node 2 -m handigits train flash
    """

    recipe: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="RECIPE")] = DEFAULT_RECIPE
    """What to train; `handigits recipes` lists them."""
    data: str = "auto"
    """A dataset's name, a directory (IDX, class folders, Kaggle), a CSV or an NPZ; auto: mnist, else mnist-5k."""
    out: Path | None = None
    """Run directory; none: the first free one of runs/RECIPE, runs/RECIPE-2, ..."""
    force: bool = False
    """Replace the run that is there."""
    resume: Path | None = None
    """Go on with this run, with its own recipe, data and settings; no other setting may be given."""
    finetune: Path | None = None
    """Train this run's network on with the corrections named by --data, and write it to the file --out if it misreads
    no more digits than before; exit status 1 if not."""
    offline: bool = False
    """Do not use the network."""
    quiet: bool = False
    """Show no progress."""
    json: bool = False
    """Print metrics.json on stdout."""
    config: TrainConfig = field(default_factory=TrainConfig)


def main(arguments: list[str]) -> int:
    """Train, or go on with a run; of the processes that torchrun started, the first one speaks for all."""
    command = _parse(arguments)
    if command.resume is not None and _changes_the_run(command):
        say("handigits train: --resume goes on with the run's own recipe, data and settings; leave all others out.")
        return 2
    if command.finetune is not None:
        if _changes_the_run(dataclasses.replace(command, data="auto", out=None, force=False)):
            say("handigits train: --finetune keeps the run's own recipe and settings; leave all others out.")
            return 2
        return finetune_run(
            command.finetune,
            command.data,
            out=command.out,
            force=command.force,
            offline=command.offline,
            quiet=command.quiet,
            as_json=command.json,
        )
    speaks = is_first_process()
    force = command.force or (speaks and _may_replace(command.out))  # asked before there is a bar to draw over it
    try:
        with training_progress(quiet=command.quiet or not speaks) as watch:
            run = _run(command, force, watch)
    except TrainingInterrupted:
        if speaks:
            raise
        return 1
    if speaks:
        _show(run, as_json=command.json)
    return 0


def _run(command: _Train, force: bool, watch: "Callable[[Progress], None]") -> Run:
    if command.resume is not None:
        return resume(command.resume, offline=command.offline, watch=watch, tell=say)
    return train(
        command.recipe,
        data=command.data,
        out=command.out,
        force=force,
        offline=command.offline,
        config=command.config,
        watch=watch,
        tell=say,
    )


def _parse(arguments: list[str]) -> _Train:
    """Parse with the settings of the recipe as defaults: which recipe that is must be guessed first, and then checked.

    A recipe's name may also be the value of a flag, as in `--out sgd-2conv`.
    """
    guess = next((word for word in arguments if word in RECIPES), DEFAULT_RECIPE)
    command = parse(_Train, arguments, verb="train", default=_Train(config=find_recipe(guess).config))
    if command.recipe == guess:
        return command
    return parse(_Train, arguments, verb="train", default=_Train(config=find_recipe(command.recipe).config))


def _changes_the_run(command: _Train) -> bool:
    """Whether anything was given that a run which goes on has settled already."""
    settled = _Train(config=find_recipe(DEFAULT_RECIPE).config)
    return any(
        getattr(command, name) != getattr(settled, name) for name in ("recipe", "data", "out", "force", "config")
    )


def _may_replace(out: Path | None) -> bool:
    """Whether there is a run at `out` that the user, asked at a terminal, wants replaced."""
    return out is not None and Run(out).has_begun and ask(f"{out} holds a run already. Replace it?")


def _show(run: Run, *, as_json: bool) -> None:
    metrics = run.metrics
    if as_json:
        print_json(metrics)
        return
    name = next(split for split in ("test", "validation", "train") if split in metrics)
    measured = metrics[name]
    low, high = measured["interval"]
    print(  # noqa: T201 - the result, on stdout
        f"{name} accuracy {measured['accuracy']:.2%} (95 % interval {low:.2%} to {high:.2%}, "
        f"{measured['count']:,} images), loss {measured['loss']:.4f}\n"
        f"training {metrics['training_seconds']:.1f} s, all {metrics['total_seconds']:.1f} s\n"
        f"report {run.report}\n"
        f"try    handigits predict digit.png --model {shlex.quote(str(run.directory))}"
    )
