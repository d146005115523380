"""From paths to what is compared: runs that differ in nothing but their seed belong together."""

import dataclasses
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from handigits.errors import ConfigError
from handigits.evaluation import HeldOut
from handigits.network.opening import model_file
from handigits.publish import WHERE_IT_RAN, command_of
from handigits.recipes import find_recipe
from handigits.recognizer import Recognizer, shipped_model
from handigits.run import Plan, Run

__all__ = ["Model", "differences", "group", "open_models"]


@dataclass(frozen=True, eq=False)
class Model:
    """One trained model.

    Attributes:
        path: as the user named it.
        recipe: what it began from.
        differences: in what it differs from the recipe, but for the seed: flags, data, images held out; empty for a
            file, of which that is not known.
        recognizer: the model, loaded.
        size_mb: of its file, in 10^6 bytes.
        held_out: what was measured on held-out images; None where there were none, or it is not known.
    """

    path: str
    recipe: str
    differences: tuple[str, ...]
    recognizer: Recognizer
    size_mb: float
    held_out: HeldOut | None = None

    @property
    def seed(self) -> int:
        """Of its training."""
        return self.recognizer.metadata.seed


def open_models(paths: Sequence[str | Path]) -> list[Model]:
    """Load run directories and model files.

    Raises:
        ConfigError: the same one is named twice.
        HandigitsError: one of them is not there, not finished, or damaged.
    """
    resolved = [Path(path).resolve() for path in paths]
    twice = [str(path) for place, path in enumerate(paths) if resolved[place] in resolved[:place]]
    if twice:
        raise ConfigError(f"{twice[0]} is named twice; name each model once.")
    return [_open(Path(path)) for path in paths]


def group(models: Sequence[Model]) -> dict[str, list[Model]]:
    """Models that differ in nothing but their seed, by a name that leaves out what all runs have in common.

    Of a file, the settings are not known, so it stands alone. Where a name would not tell two apart, the path is added.
    """
    kinds: dict[tuple[str, ...], list[Model]] = {}
    for model in models:
        kinds.setdefault((model.recipe, *(model.differences or [model.path])), []).append(model)
    runs = [set(model.differences) for model in models if model.differences]
    shared = set.intersection(*runs) if runs else set()
    named: dict[str, list[list[Model]]] = {}
    for members in kinds.values():
        apart = [each for each in members[0].differences if each not in shared]
        name = "".join([members[0].recipe, *(f" {each}" if each.startswith("--") else f", {each}" for each in apart)])
        seeds = {model.seed for model in members}
        together = [members] if len(seeds) == len(members) else [[model] for model in members]
        named.setdefault(name, []).extend(sorted(each, key=lambda model: model.seed) for each in together)
    return {
        name if len(groups) == 1 else f"{name} ({members[0].path})": members
        for name, groups in named.items()
        for members in groups
    }


def differences(plan: Plan) -> tuple[str, ...]:
    """The flags that turn the recipe into the plan, and how many images were held out.

    Where a run took place, and with which seed, makes no other network of it.

    Example:
        >>> config = dataclasses.replace(find_recipe("flash").config, lr=0.02, seed=3, threads=1)
        >>> differences(Plan(recipe="flash", data="mnist", data_digest="", train=config))
        ('--lr 0.02', 'none held out')
    """
    base = find_recipe(plan.recipe).config
    beside_the_point = {name: getattr(base, name) for name in (*WHERE_IT_RAN, "validation")}
    train = dataclasses.replace(plan.train, **beside_the_point)
    words = shlex.split(command_of(dataclasses.replace(plan, train=train)))
    flags = " ".join(words[words.index("--data") + 2 :])
    held_out = f"{plan.train.validation:,}" if plan.train.validation else "none"
    return (*filter(None, re.split(r" (?=--)", flags)), f"{held_out} held out")


def _open(path: Path) -> Model:
    run = Run(path)
    file = model_file(path)
    metrics = run.metrics if run.has_begun else {}  # refuses a run that was not finished
    recognizer = Recognizer.load(path)
    size_mb = file.stat().st_size / 1e6
    if not run.has_begun:
        recipe = "the shipped model" if file == shipped_model() else recognizer.metadata.recipe
        return Model(str(path), recipe, (), recognizer, size_mb)
    plan = run.plan
    measured = metrics.get("validation")
    return Model(
        path=str(path),
        recipe=plan.recipe,
        differences=(*differences(plan), f"on {recognizer.metadata.data}"),
        recognizer=recognizer,
        size_mb=size_mb,
        held_out=measured and HeldOut(measured["accuracy"], measured["loss"], (measured["count"], plan.data_digest)),
    )
