"""Train a recipe into a run directory, or go on with a run that was interrupted.

Which run, and with which data, is settled here; a settled task is carried out by `task`. Needs the `[train]` extra.
"""

import dataclasses
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handigits.config import TrainConfig
from handigits.data import load_dataset
from handigits.errors import ConfigError, MissingExtraError, RunError
from handigits.escape import printable
from handigits.recipes import DEFAULT_RECIPE, find_recipe
from handigits.run import Plan, Run, create_run, default_directory, newest_run, open_run
from handigits.workflow.task import carry_out, prepare, unfinished

if TYPE_CHECKING:
    from handigits.training import Progress

__all__ = ["resume", "train"]


def _to_stderr(notice: str) -> None:
    """Not to be lost by default: a notice may say that this is not the whole of MNIST."""
    sys.stderr.write(f"{printable(notice)}\n")


def train(
    recipe: str = DEFAULT_RECIPE,
    *,
    data: str | Path = "auto",
    out: str | Path | None = None,
    force: bool = False,
    offline: bool = False,
    config: TrainConfig | None = None,
    watch: "Callable[[Progress], None]" = lambda _: None,
    tell: Callable[[str], None] = _to_stderr,
    **settings: Any,
) -> Run:
    """Train a recipe, measure it, and write everything about it to a run directory.

    In processes that torchrun started, all train together and the first one writes.

    Args:
        recipe: a name that `handigits recipes` lists; with `config`, the one that comes nearest.
        data: what `load_dataset` takes.
        out: the run directory; default: the first free one of `runs/<recipe>`, `runs/<recipe>-2`, ...
        force: replace the run that is there.
        offline: the network may not be used.
        config: all settings, instead of the recipe's.
        watch: called with a `Progress` after every step.
        tell: called with each notice that the user should read; by default they go to stderr.
        settings: fields of `TrainConfig` that differ from the recipe's, such as `epochs=3, seed=1`.

    Raises:
        HandigitsError: as the single steps do; a run that was interrupted can be continued with `resume`.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as directory:
        ...     run = train("flash", data="mnist-5k", out=f"{directory}/run")
        ...     run.metrics["test"]["accuracy"] > 0.8
        True
    """
    base = find_recipe(recipe).config  # even where it is not used: page, card and comparison say what differs from it
    config = _configure(base if config is None else config, settings)
    _require_packages()
    from handigits.training.distributed import join_processes

    with join_processes() as processes:
        dataset = load_dataset(data, offline=offline)
        plan = Plan(recipe=recipe, data=str(data), data_digest=dataset.train.digest, train=config)
        task = prepare(plan, dataset, processes)
        begun = processes.ask_first(lambda: _begun_before(plan, out)) if processes.restarts else None
        if begun:
            return carry_out(begun, task, resume=True, watch=watch, tell=tell)
        run = processes.ask_first(
            lambda: create_run(Path(out) if out is not None else default_directory(recipe), force=force)
        )
        return carry_out(run, task, resume=False, watch=watch, tell=tell)


def resume(
    directory: str | Path,
    *,
    offline: bool = False,
    watch: "Callable[[Progress], None]" = lambda _: None,
    tell: Callable[[str], None] = _to_stderr,
) -> Run:
    """Go on with a run that was interrupted.

    On a CPU, and without a time budget, the result is bit for bit what an uninterrupted run would have given.

    Args:
        directory: the run directory.
        offline, watch, tell: as for `train`.

    Raises:
        RunError: the run is no run, is finished, or began with other data.
        ModelError: it has no whole checkpoint.
    """
    _require_packages()
    from handigits.training.distributed import join_processes

    run = Run(Path(directory))
    with join_processes() as processes:
        plan = processes.ask_first(lambda: unfinished(open_run(run.directory)).plan)
        dataset = load_dataset(plan.data, offline=offline)
        if dataset.train.digest != plan.data_digest:
            raise RunError(
                f"{run.directory} began with other images than {plan.data} gives now ({dataset.name}); "
                "a run goes on with the data it began with, or anew with --force."
            )
        task = prepare(plan, dataset, processes)
        return carry_out(run, task, resume=True, watch=watch, tell=tell)


def _begun_before(plan: Plan, out: str | Path | None) -> Run | None:
    """The run that this very training had begun before torchrun started it anew, if it got so far."""
    run = Run(Path(out)) if out is not None else newest_run(plan.recipe)
    return run if run and run.has_begun and not run.is_finished and run.plan == plan else None


def _configure(config: TrainConfig, settings: dict[str, Any]) -> TrainConfig:
    unknown = sorted(set(settings) - {entry.name for entry in dataclasses.fields(TrainConfig)})
    if unknown:
        raise ConfigError(f"There is no setting {', '.join(unknown)}; the settings are the fields of TrainConfig.")
    return dataclasses.replace(config, **settings)


def _require_packages() -> None:
    """Find out whether all is there that the training, the model's file and the report need, before the first step."""
    missing = [name for name in ("torch", "safetensors", "onnx", "matplotlib") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"Training needs {', '.join(missing)}, not installed here: pip install 'handigits[train]'."
        )
