"""The verbs that join several rooms: train a recipe into a run directory, go on with one, evaluate a model.

What each step does is written where it belongs (`training`, `publish`, `evaluation`); here is only their order.
Training needs the `[train]` extra; `evaluate` does without torch.
"""

import dataclasses
import hashlib
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from handigits.artifact import ArtifactMetadata
from handigits.config import TrainConfig
from handigits.data import Dataset, Split, hold_out, load_dataset
from handigits.data.catalogue import MNIST_5K
from handigits.environment import describe_environment
from handigits.errors import ConfigError, DataError, MissingExtraError, RunError, TrainingInterrupted
from handigits.escape import printable
from handigits.evaluation import Evaluation, Gallery, evaluate_probabilities
from handigits.evaluation.disputed import read_disputed
from handigits.publish import Measured, measure, publish, publish_evaluation
from handigits.recipes import DEFAULT_RECIPE, find_recipe
from handigits.recognizer import Recognizer
from handigits.report import RunFacts, require_matplotlib, write_suite
from handigits.report.robustness import read_suites, update_robustness
from handigits.run import Plan, Run, create_run, default_directory, newest_run, open_run
from handigits.stress import PhotoResult, StressResult, measure_photos, measure_stress

if TYPE_CHECKING:
    from torch import nn

    from handigits.training import Fit, Progress
    from handigits.training.distributed import Processes

__all__ = [
    "Evaluated",
    "Stressed",
    "Suite",
    "choose_split",
    "evaluate",
    "evaluate_suite",
    "resume",
    "seen_notice",
    "train",
]

Suite = Literal["stress", "photos"]

_HOLD_OUT_SEED = 0  # the same images are held out whatever the seed of the training, so that seeds can be compared
_HOLDING_MNIST_5K = ("mnist", "qmnist")  # as training images
_TRAINED_ON = "A model has seen the images it was trained on: this number says how well it learnt them, no more."


def _ignore(_: Any) -> None:
    pass


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
    watch: "Callable[[Progress], None]" = _ignore,
    tell: Callable[[str], None] = _to_stderr,
    **settings: Any,
) -> Run:
    """Train a recipe, measure it, and write everything about it to a run directory.

    In processes that torchrun started, all train together and the first one writes.

    Args:
        recipe: a name that `handigits recipes` lists.
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
    config = _configure(find_recipe(recipe).config if config is None else config, settings)
    _require_torch()
    from handigits.training.distributed import join_processes

    with join_processes() as processes:
        dataset = load_dataset(data, offline=offline)
        plan = Plan(recipe=recipe, data=str(data), data_digest=_digest(dataset.train), train=config)
        task = _prepare(plan, dataset, processes)
        begun = processes.ask_first(lambda: _begun_before(plan, out)) if processes.restarts else None
        if begun:
            return _train_into(begun, task, resume=True, watch=watch, tell=tell)
        run = processes.ask_first(
            lambda: create_run(Path(out) if out is not None else default_directory(recipe), force=force)
        )
        return _train_into(run, task, resume=False, watch=watch, tell=tell)


def resume(
    directory: str | Path,
    *,
    offline: bool = False,
    watch: "Callable[[Progress], None]" = _ignore,
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
    _require_torch()
    from handigits.training.distributed import join_processes

    run = Run(Path(directory))
    with join_processes() as processes:
        plan = processes.ask_first(lambda: _unfinished(open_run(run.directory)).plan)
        dataset = load_dataset(plan.data, offline=offline)
        if _digest(dataset.train) != plan.data_digest:
            raise RunError(
                f"{run.directory} began with other images than {plan.data} gives now ({dataset.name}); "
                "a run goes on with the data it began with, or anew with --force."
            )
        task = _prepare(plan, dataset, processes)
        return _train_into(run, task, resume=True, watch=watch, tell=tell)


@dataclass(frozen=True)
class Evaluated:
    """A model measured on a split.

    Attributes:
        evaluation: the numbers.
        galleries: digits to look at.
        notice: what a reader must know before believing the numbers; empty if nothing.
        undisputed: the numbers without the disputed labels; None where no table of them was given.
    """

    evaluation: Evaluation
    galleries: tuple[Gallery, ...]
    notice: str
    undisputed: Evaluation | None = None


def evaluate(
    model: str | Path | None = None,
    *,
    data: str | Path | None = None,
    split: str = "test",
    without: str | Path | None = None,
    out: str | Path | None = None,
    offline: bool = False,
) -> Evaluated:
    """Measure a model on a split of a dataset.

    Args:
        model: a run directory, an artefact file, or None for the shipped model.
        data: what `load_dataset` takes; None: what a run was trained on, and `auto` for other models.
        split: `test` or `train`.
        without: a table of disputed labels, as `handigits labels` writes it; the numbers are given twice, the second
            time without these.
        out: also write `report.json`, plots and `report.html` to this directory.
        offline: the network may not be used.

    Raises:
        DataError: the dataset has no such split, or the table is not about its labels.
        ModelError, MissingFileError: there is no such model or table, or the model is damaged.
    """
    recognizer = Recognizer.load(model)
    metadata = recognizer.metadata
    data = _data_of(model, metadata) if data is None else data
    dataset = load_dataset(data, offline=offline)
    chosen = choose_split(dataset, split)
    disputed = None if without is None else read_disputed(Path(without), chosen)
    measured = measure(recognizer, chosen)
    undisputed = None if disputed is None else _leave_out(disputed, measured, chosen)
    notice = " ".join(filter(None, [dataset.notice, seen_notice(metadata, dataset)]))
    if out is not None:
        words = ["handigits", "evaluate", *([str(model)] if model else []), "--data", str(data), "--split", split]
        words += ["--without", str(without)] if without else []
        run = Run(Path(model)) if model and Path(model).is_dir() else None
        publish_evaluation(
            Path(out),
            RunFacts(
                recipe=metadata.recipe,
                data=dataset.name,
                command=shlex.join(words),
                protocol=_evaluation_protocol(metadata, chosen, split),
                evaluations=[measured.evaluation, *([undisputed] if undisputed else [])],
                notice=notice,
                model=str(model or ""),
                history=run.history if run else (),
                galleries=measured.galleries,
                cells=measured.cells,
                suites=read_suites(run.directory) if run else (),
                metrics=dataclasses.asdict(metadata) | _temperature(run),
                environment=describe_environment(),
            ),
        )
    return Evaluated(measured.evaluation, measured.galleries, notice, undisputed)


def _data_of(model: str | Path | None, metadata: ArtifactMetadata) -> str:
    """What to measure a model on when nobody says: a run's own data, and `auto` for a file that lies by itself."""
    run = Run(Path(model)) if model else None
    if not run or not run.has_begun:
        return "auto"
    return metadata.data if run.plan.data == "auto" else run.plan.data


def _leave_out(disputed: NDArray[np.int64], measured: Measured, split: Split) -> Evaluation:
    kept = np.delete(np.arange(len(split)), disputed)
    if not len(kept):
        raise DataError(f"The table disputes all {len(split):,} labels of {split.name}; nothing is left to measure.")
    name = f"{split.name} without {len(disputed):,} disputed"
    return evaluate_probabilities(measured.probabilities[kept], split.labels[kept], split_name=name)


def _temperature(run: Run | None) -> dict[str, Any]:
    """As it stands in `metrics.json`, if this is a run whose network was given one."""
    metrics = run.metrics if run and run.has_begun else {}
    return {"temperature": metrics["temperature"]} if "temperature" in metrics else {}


@dataclass(frozen=True)
class Stressed:
    """A model measured on bad pictures.

    Attributes:
        result: the numbers.
        notice: what a reader must know before believing the numbers; empty if nothing.
    """

    result: StressResult | PhotoResult
    notice: str


def evaluate_suite(
    suite: Suite,
    model: str | Path | None = None,
    *,
    data: str | Path | None = None,
    split: str = "test",
    count: int | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    offline: bool = False,
    watch: Callable[[float], None] = _ignore,
) -> Stressed:
    """Measure a model on corrupted digits, or on photographs that are made up of digits.

    Args:
        suite: `stress` or `photos`.
        model, data, split, offline: as for `evaluate`; data names the digits that bad pictures are made of.
        count: how many digits, or photographs of either sort; None: as many as take a minute or two.
        seed: of everything that is random.
        out: also write the numbers and a plot to this directory; where it lies in a run's directory, they are told on
            the run's page from then on.
        watch: called with the share that is done.

    Raises:
        ConfigError: there is no such suite, or `count` is less than 1.
        HandigitsError: as for `evaluate`.
    """
    measures: dict[str, Callable[..., StressResult | PhotoResult]] = {
        "stress": measure_stress,
        "photos": measure_photos,
    }
    if suite not in measures:
        raise ConfigError(f"There is no suite {suite!r}; choose {' or '.join(measures)}.")
    if out is not None:
        require_matplotlib()
    recognizer = Recognizer.load(model)
    dataset = load_dataset(_data_of(model, recognizer.metadata) if data is None else data, offline=offline)
    chosen = choose_split(dataset, split)
    options = {} if count is None else {"count": count}
    result = measures[suite](recognizer, chosen, seed=seed, watch=watch, **options)
    if out is not None:
        write_suite(Path(out), result)
        if model and Path(model).is_dir():
            run = Run(Path(model))
            update_robustness(run.report, read_suites(run.directory))
    trained_on = _TRAINED_ON if split == "train" else ""
    notice = " ".join(filter(None, [dataset.notice, seen_notice(recognizer.metadata, dataset), trained_on]))
    return Stressed(result, notice)


def seen_notice(metadata: ArtifactMetadata, dataset: Dataset) -> str:
    """That the test digits of a dataset stand in another one, which the model was trained on; empty if they do not."""
    if dataset.name != MNIST_5K.name or metadata.data not in _HOLDING_MNIST_5K:
        return ""
    return (
        f"The model was trained on {metadata.data}, which holds the digits of {MNIST_5K.name}, those of its test split "
        "too: these numbers say how well it learnt them, no more."
    )


def _evaluation_protocol(metadata: ArtifactMetadata, split: Split, name: str) -> str:
    model = f"The model {metadata.recipe}, trained on {metadata.data} with seed {metadata.seed}"
    protocol = f"{model}, on the {len(split):,} images of {split.name}, each read once."
    if name == "train":
        protocol += f" {_TRAINED_ON}"
    return protocol


@dataclass(frozen=True)
class _Task:
    """A plan together with the images it is about and the network, whose weights are drawn but not trained."""

    plan: Plan
    dataset: Dataset
    train: Split
    held_out: Split | None
    model: "nn.Module"
    processes: "Processes"


def _prepare(plan: Plan, dataset: Dataset, processes: "Processes") -> _Task:
    """Find out whether a plan can be carried out, before anything is written or replaced for it."""
    import torch

    from handigits.models import build_model
    from handigits.training.engine import prepare_engine

    config = plan.train
    prepare_engine(config, processes)
    train, held_out = dataset.train, None
    if config.validation:
        train, held_out = hold_out(train, config.validation, seed=_HOLD_OUT_SEED)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        model = build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)
    return _Task(plan, dataset, train, held_out, model, processes)


def _unfinished(run: Run) -> Run:
    if run.is_finished:
        raise RunError(f"{run.directory} is finished already; its metrics.json says what came of it.")
    return run


def _begun_before(plan: Plan, out: str | Path | None) -> Run | None:
    """The run that this very training had begun before torchrun started it anew, if it got so far."""
    run = Run(Path(out)) if out is not None else newest_run(plan.recipe)
    return run if run and run.has_begun and not run.is_finished and run.plan == plan else None


def _train_into(
    run: Run, task: _Task, *, resume: bool, watch: "Callable[[Progress], None]", tell: Callable[[str], None]
) -> Run:
    """Train and publish; of several processes, all train, and the first publishes."""
    if not task.processes.is_first:
        _fit(run, task, resume=resume, watch=_ignore)
        return run
    began = time.perf_counter()
    with run.locked():
        if resume:
            _unfinished(run)
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


def _fit(run: Run, task: _Task, *, resume: bool, watch: "Callable[[Progress], None]") -> "Fit":
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


def _configure(config: TrainConfig, settings: dict[str, Any]) -> TrainConfig:
    unknown = sorted(set(settings) - {entry.name for entry in dataclasses.fields(TrainConfig)})
    if unknown:
        raise ConfigError(f"There is no setting {', '.join(unknown)}; the settings are the fields of TrainConfig.")
    return dataclasses.replace(config, **settings)


def _require_torch() -> None:
    if find_spec("torch") is None:
        raise MissingExtraError("Training needs PyTorch, which is not installed: pip install 'handigits[train]'.")


def _digest(split: Split) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(split.images).data)
    digest.update(np.ascontiguousarray(split.labels).data)
    return digest.hexdigest()


def _notices(dataset: Dataset, config: TrainConfig) -> list[str]:
    notices = [dataset.notice] if dataset.notice else []
    if config.augment.flip:
        notices.append("flip mirrors digits, and a mirrored 2 is no digit: expect a lower accuracy.")
    return notices


def choose_split(dataset: Dataset, name: str) -> Split:
    """The split called `test` or `train`.

    Raises:
        ConfigError: another name.
        DataError: the dataset has no test split.
    """
    splits = {"test": dataset.test, "train": dataset.train}
    if name not in splits:
        raise ConfigError(f"There is no split {name!r}; choose test or train.")
    split = splits[name]
    if split is None:
        raise DataError(f"{dataset.name} has no {name} split; use --split train, or data that has one.")
    return split
