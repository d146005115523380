"""Which runs a sweep consists of: every recipe with every combination of settings and every seed."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from handigits.config import TrainConfig, from_json
from handigits.errors import ConfigError
from handigits.recipes import find_recipe

__all__ = ["Training", "plan_sweep"]


@dataclass(frozen=True, kw_only=True)
class Training:
    """One run that a sweep consists of.

    Attributes:
        name: of its directory: recipe, settings, seed.
        recipe: what it begins from.
        config: all settings.
    """

    name: str
    recipe: str
    config: TrainConfig


def plan_sweep(
    recipes: Sequence[str], *, settings: Mapping[str, Sequence[Any]], seeds: Sequence[int], held_out: int
) -> tuple[Training, ...]:
    """Every recipe with every combination of settings and every seed.

    Args:
        recipes: names that `handigits recipes` lists.
        settings: the values to try of fields of `TrainConfig`; `augment.shift` is one within a field.
        seeds: of the trainings.
        held_out: training images that are held out, the same for all.

    Raises:
        ConfigError: an unknown recipe or field, a value that is out of range, or the same run or field twice.

    Example:
        >>> plan = plan_sweep(["quick"], settings={"lr": [0.01, 0.02]}, seeds=[0, 1], held_out=5_000)
        >>> [training.name for training in plan]
        ['quick-lr-0.01-seed-0', 'quick-lr-0.01-seed-1', 'quick-lr-0.02-seed-0', 'quick-lr-0.02-seed-1']
    """
    names = [field.replace("-", "_") for field in settings]
    for field, instead in (("seed", "--seeds"), ("validation", "--held-out")):
        if field in names:
            raise ConfigError(f"{field} came among the settings to try, where it has no effect; use {instead}.")
    if twice := [field for place, field in enumerate(names) if field in names[:place]]:
        raise ConfigError(f"The setting {twice[0]} came twice; name it once, with all its values.")
    trainings = []
    for recipe, *values in product(recipes, *settings.values()):
        chosen = dict(zip(settings, values, strict=True))
        base = dataclasses.replace(find_recipe(str(recipe)).config, validation=held_out)
        config = _configure(base, chosen)
        words = [str(recipe), *(f"{field}-{_word(value)}" for field, value in chosen.items())]
        for seed in seeds:
            changed = dataclasses.replace(config, seed=seed)
            trainings.append(Training(name="-".join([*words, f"seed-{seed}"]), recipe=str(recipe), config=changed))
    names = [training.name for training in trainings]
    if not names:
        raise ConfigError("There is nothing to train; name at least one recipe and one seed.")
    if twice := [name for place, name in enumerate(names) if name in names[:place]]:
        raise ConfigError(f"{twice[0]} would be trained twice; name each recipe, value and seed once.")
    return tuple(trainings)


def _configure(config: TrainConfig, settings: Mapping[str, Any]) -> TrainConfig:
    """`config` with some fields changed, each checked as if it had been read from a file."""
    tree = dataclasses.asdict(config)
    for name, value in settings.items():
        *groups, last = name.replace("-", "_").split(".")
        branch = tree
        for each in groups:
            branch = branch.get(each, {})
        if last not in branch:
            raise ConfigError(f"There is no setting {name}; the settings are the fields of TrainConfig.")
        branch[last] = value
    return from_json(TrainConfig, json.dumps(tree))


def _word(value: Any) -> str:
    """A value as part of a directory's name."""
    return "-".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
