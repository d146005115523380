"""A sweep whose trainings run side by side, as trials of Ray Tune: the same directories and the same table.

A trial is a run directory; what is in it decides what is left to do. So a trial whose worker was killed goes on from
its checkpoint, and a sweep that was stopped goes on by the same call, with either engine.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import count, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from handigits.cluster.engine import connect, require_ray
from handigits.comparison import SplitChoice
from handigits.errors import ConfigError, ModelError, TrainingError, TrainingInterrupted
from handigits.run import Run
from handigits.sweep import Failure, SweepProgress, Swept, Training, carry_out, conclude, plan_into

if TYPE_CHECKING:
    from handigits.training import Progress

__all__ = ["sweep_on_ray"]

_RESTARTS = 3  # of one trial whose worker was killed
_EARLIEST = 4  # no trial is ended before one in so many of its epochs


def sweep_on_ray(
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
    address: str | None = None,
    trials: int | None = None,
) -> Swept:
    """As `sweep`, on all cores of this machine or on a cluster; one core for each training.

    Args:
        recipes, settings, seeds, data, held_out, split, offline, tell: as for `sweep`.
        out: as for `sweep`; on a cluster, a directory that all machines see.
        watch: called when a run is done.
        address: of a cluster; None: this machine.
        trials: how many runs to try, chosen by Optuna from all that there are, the worst of which are ended early;
            None: all, each to its end.

    Raises:
        MissingExtraError: Ray is not installed.
        HandigitsError: as `sweep`.
    """
    require_ray()
    if trials is not None and trials < 1:
        raise ConfigError(f"trials is {trials}; expected at least 1.")
    directory = Path(out).resolve()
    if address is not None and Path(data).exists():
        data = Path(data).resolve()  # other machines stand elsewhere
    choices = settings or {}
    trainings = plan_into(
        directory, recipes, settings=choices, seeds=seeds, data=data, held_out=held_out, offline=offline
    )
    axes = {"recipe": len(recipes)} | {name: len(values) for name, values in choices.items()} | {"seed": len(seeds)}
    places = list(product(*map(range, axes.values())))  # in the order of the plan
    by_place = dict(zip(places, trainings, strict=True))

    def trial(config: dict[str, int]) -> None:
        _run_trial(directory, by_place[tuple(config[axis] for axis in axes)], str(data), offline)

    begun = [place for place, training in by_place.items() if Run(directory / training.name).has_begun]
    with connect(address):
        points = [dict(zip(axes, place, strict=True)) for place in begun]
        results = _fit(trial, axes, trainings, points, directory, trials, watch)
    failures = {
        training.name: Failure(training.name, reason)
        for result in results
        if (reason := _reason(result))
        and not Run(directory / (training := by_place[tuple(result.config[axis] for axis in axes)]).name).is_finished
    }
    if results.num_terminated + results.num_errors < len(results):
        raise TrainingInterrupted("Interrupted. The same command goes on from there.")
    return conclude(Path(out), trainings, list(failures.values()), split=split, offline=offline)


def _run_trial(directory: Path, training: Training, data: str, offline: bool) -> None:
    """What a worker does: one training; what it cannot carry out is an answer, and not tried again."""
    from ray import tune

    def report(progress: "Progress | None") -> None:
        row = progress.completed if progress else None
        if row is not None and row.epoch < training.config.epochs:  # the last comes when the model is written
            accuracy = row.train_accuracy if row.validation_accuracy is None else row.validation_accuracy
            tune.report({"accuracy": accuracy, "epoch": row.epoch, "name": training.name, "failure": ""})

    with FileLock(directory / f".{training.name}.lock"):  # Optuna may propose the same run twice at once
        try:
            run = carry_out(directory, training, data=data, offline=offline, watch=report, tell=lambda notice: None)
        except (ConfigError, ModelError, TrainingError) as err:
            end: dict[str, Any] = {"accuracy": 0.0, "failure": str(err)}
        else:
            end = {"accuracy": run.metrics.get("validation", {}).get("accuracy", 0.0), "failure": ""}
    tune.report(end | {"epoch": training.config.epochs, "name": training.name})


def _fit(
    trial: Callable[[dict[str, int]], None],
    axes: Mapping[str, int],
    trainings: Sequence[Training],
    begun: list[dict[str, int]],
    directory: Path,
    trials: int | None,
    watch: Callable[[SweepProgress], None],
) -> Any:
    """Let Ray Tune run the trials; of a search, those that were begun are the first, and count as the others do."""
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler
    from ray.tune.search.optuna import OptunaSearch

    total = len(trainings) if trials is None else trials
    choices = {axis: list(range(count)) for axis, count in axes.items()}
    if trials is None:
        space = {axis: tune.grid_search(values) for axis, values in choices.items()}
        search = tune.TuneConfig(metric="accuracy", mode="max")
    else:
        space = {axis: tune.choice(values) for axis, values in choices.items()}
        epochs = max(training.config.epochs for training in trainings)
        search = tune.TuneConfig(
            metric="accuracy",
            mode="max",
            num_samples=trials,
            search_alg=OptunaSearch(points_to_evaluate=begun, seed=len(begun)),  # with another seed, other proposals
            scheduler=ASHAScheduler(time_attr="epoch", max_t=epochs, grace_period=max(1, epochs // _EARLIEST)),
        )
    return tune.Tuner(
        tune.with_resources(trial, {"cpu": 1}),
        param_space=space,
        tune_config=search,
        run_config=tune.RunConfig(
            name="trials",
            storage_path=str(directory / ".ray"),
            verbose=0,
            failure_config=tune.FailureConfig(max_failures=_RESTARTS),
            callbacks=[_callback({each.name: each for each in trainings}, total, watch)],
        ),
    ).fit()


def _callback(trainings: Mapping[str, Training], total: int, watch: Callable[[SweepProgress], None]) -> Any:
    from ray.tune import Callback

    class Watching(Callback):  # type: ignore[misc]
        """Tells of each trial that came to its end."""

        def __init__(self, tell: Callable[[str], None]) -> None:
            self._tell = tell

        def __reduce__(self) -> Any:
            return Callback, ()  # Ray writes it to disk, which a progress bar does not survive; it is never read

        def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
            self._tell(str((trial.last_result or {}).get("name")))

    done = count(1)

    def tell(name: str) -> None:
        if name in trainings:
            watch(SweepProgress(trainings[name], next(done), total, is_done=True))

    return Watching(tell)


def _reason(result: Any) -> str:
    """Why a trial gave no model; empty if it gave one, or was ended early."""
    if result.error is not None:
        return f"its worker ended {_RESTARTS + 1} times: {str(result.error).splitlines()[0]}"
    return str((result.metrics or {}).get("failure", ""))
