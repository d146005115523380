"""`compare`: every model reads the same digits once, and what follows from that is worked out.

Tests and scores are `evaluation`'s; nothing is drawn or written here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from handigits.comparison.models import Model, group, open_models
from handigits.comparison.speed import measure_speed
from handigits.data import Dataset, Split, load_dataset
from handigits.errors import ConfigError
from handigits.evaluation import (
    Comparison,
    Contender,
    Cost,
    Evaluation,
    HeldOut,
    choose,
    compare_pairs,
    disagreements,
    evaluate_probabilities,
)
from handigits.evaluation.disputed import read_disputed
from handigits.workflow import choose_split, seen_notice

__all__ = ["SplitChoice", "compare"]

SplitChoice = Literal["test", "train", "both"]

_SHOWN = 25  # disagreements

Probabilities = NDArray[np.float32]


def compare(
    models: Sequence[str | Path],
    *,
    data: str | Path | None = None,
    split: SplitChoice = "test",
    without: Path | None = None,
    offline: bool = False,
    watch: Callable[[float], None] = lambda share: None,
) -> Comparison:
    """Let models read the same digits, and say which are better than which.

    Args:
        models: run directories and model files; runs that differ in their seed alone stand in one row.
        data: what `load_dataset` takes; None: what the models were trained on, if that is the same for all.
        split: what to read; of both, models are judged by the test split.
        without: a file that `read_disputed` takes; scores are then given a second time, without these images of the
            first split.
        offline: the network may not be used.
        watch: called with the share that is done.

    Raises:
        ConfigError: no model is named, one is named twice, or they were trained on different data and `data` is None.
        DataError: the dataset has no such split.
        HandigitsError: a model is not there, not finished, or damaged.
    """
    if not models:
        raise ConfigError("There is nothing to compare; name run directories or model files.")
    groups = group(open_models(models))
    opened = [model for members in groups.values() for model in members]
    dataset = load_dataset(_common_data(opened) if data is None else data, offline=offline)
    splits = _splits(dataset, split)
    left_out = read_disputed(without, splits[0]) if without else None

    answers: dict[str, list[Probabilities]] = {}  # of the first split
    contenders = []
    done = 0
    for name, members in groups.items():
        read = []
        for model in members:
            read.append([model.recognizer.probabilities(each.images) for each in splits])
            done += 1
            watch(done / len(opened))
        answers[name] = [first for first, *_ in read]
        evaluations = _evaluations(splits, read, left_out)
        contenders.append(_contender(name, members, evaluations, splits[0].images))
    return _comparison(contenders, answers, splits[0], _notice(dataset, opened))


def _comparison(
    contenders: list[Contender], answers: Mapping[str, list[Probabilities]], split: Split, notice: str
) -> Comparison:
    contenders = sorted(contenders, key=lambda each: -each.mean("accuracy", split.name))
    in_order = {each.name: answers[each.name] for each in contenders}
    right = {name: np.stack([each.argmax(axis=1) == split.labels for each in read]) for name, read in in_order.items()}
    # A picture can show one answer of each: that of the first seed.
    shown, disputed = disagreements({name: read[0] for name, read in in_order.items()}, split, limit=_SHOWN)
    chosen = choose(contenders) if len(contenders) > 1 else None
    return Comparison(
        contenders=tuple(contenders),
        tests=compare_pairs(right),
        disagreements=shown,
        images=split.images[[each.index for each in shown]],
        disputed=disputed,
        choice=chosen.name if chosen else "",
        notice=notice,
    )


def _evaluations(
    splits: Sequence[Split], read: Iterable[Sequence[Probabilities]], left_out: NDArray[np.intp] | None
) -> dict[str, tuple[Evaluation, ...]]:
    """What each model made of each split, and of the first one without some of its images."""
    evaluations: dict[str, list[Evaluation]] = {}
    for answers in read:
        parts = [(each.name, each.labels, found) for each, found in zip(splits, answers, strict=True)]
        if left_out is not None:
            name, labels, found = parts[0]
            kept = np.delete(np.arange(len(labels)), left_out)
            parts.insert(1, (f"{name} without {len(left_out):,}", labels[kept], found[kept]))
        for name, labels, found in parts:
            evaluations.setdefault(name, []).append(evaluate_probabilities(found, labels, split_name=name))
    return {name: tuple(each) for name, each in evaluations.items()}


def _contender(
    name: str, members: Sequence[Model], evaluations: Mapping[str, tuple[Evaluation, ...]], images: NDArray[np.uint8]
) -> Contender:
    first = members[0]
    about = [model.recognizer.metadata for model in members]
    speed = measure_speed(first.recognizer, images)
    return Contender(
        name=name,
        models=tuple(model.path for model in members),
        seeds=tuple(model.seed for model in members),
        evaluations=evaluations,
        cost=Cost(
            training_seconds=float(np.mean([each.training_seconds for each in about])),
            latency_ms=speed.latency_ms,
            size_mb=first.size_mb,
            parameters=about[0].parameters,
            macs=about[0].macs,
            images_per_second=speed.images_per_second,
        ),
        held_out=_held_out([model.held_out for model in members]),
    )


def _held_out(measured: Sequence[HeldOut | None]) -> HeldOut | None:
    known = [each for each in measured if each is not None]
    if len(known) < len(measured) or len({each.images for each in known}) > 1:
        return None
    accuracy, loss = np.mean([(each.accuracy, each.loss) for each in known], axis=0).tolist()
    return HeldOut(accuracy, loss, known[0].images)


def _common_data(models: Sequence[Model]) -> str:
    """What all models were trained on."""
    names = {model.recognizer.metadata.data: model.path for model in models}
    if len(names) > 1:
        listed = ", ".join(f"{path} on {name}" for name, path in names.items())
        raise ConfigError(
            f"The models were trained on different data ({listed}); a comparison needs one set of digits for all. "
            "Name it with --data."
        )
    return next(iter(names))


def _splits(dataset: Dataset, choice: SplitChoice) -> list[Split]:
    names = ("test", "train") if choice == "both" else (choice,)
    return [choose_split(dataset, name) for name in names]


def _notice(dataset: Dataset, models: Sequence[Model]) -> str:
    seen = [seen_notice(model.recognizer.metadata, dataset) for model in models]
    return " ".join(dict.fromkeys(filter(None, [dataset.notice, *seen])))
