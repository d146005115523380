"""Measure a model on bad pictures: corrupted digits, or photographs that are made up of digits."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from handigits.data import load_dataset
from handigits.errors import ConfigError
from handigits.recognizer import Recognizer
from handigits.report import require_matplotlib, write_suite
from handigits.report.robustness import read_suites, update_robustness
from handigits.run import Run
from handigits.stress import PhotoResult, StressResult, measure_photos, measure_stress
from handigits.workflow.digits import TRAINED_ON, choose_split, data_of, seen_notice

__all__ = ["Stressed", "Suite", "evaluate_suite"]

Suite = Literal["stress", "photos"]


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
    watch: Callable[[float], None] = lambda _: None,
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
    dataset = load_dataset(data_of(model, recognizer.metadata) if data is None else data, offline=offline)
    chosen = choose_split(dataset, split)
    options = {} if count is None else {"count": count}
    result = measures[suite](recognizer, chosen, seed=seed, watch=watch, **options)
    if out is not None:
        write_suite(Path(out), result)
        if model and Path(model).is_dir():
            run = Run(Path(model))
            update_robustness(run.report, read_suites(run.directory))
    trained_on = TRAINED_ON if split == "train" else ""
    notice = " ".join(filter(None, [dataset.notice, seen_notice(recognizer.metadata, dataset), trained_on]))
    return Stressed(result, notice)
