"""The command line of `benchmarks.accuracy`; its docstring says what each command does."""

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

import tyro

from benchmarks import accuracy
from benchmarks.accuracy.ablation import VARIANTS, measure_variant
from benchmarks.accuracy.distillation import TAUGHT, prepare_lessons, teach, teachers_of
from benchmarks.accuracy.ensembles import measure_ensembles
from benchmarks.accuracy.report import report
from benchmarks.accuracy.seeds import read_shifted, train_seed, weights_file
from benchmarks.results import read_results, write_results
from handigits.data import load_dataset
from handigits.recipes import find_recipe


@dataclass(frozen=True)
class Seeds:
    """Train recipes over seeds; what has been measured is kept."""

    recipes: Annotated[tuple[str, ...], tyro.conf.Positional] = ("accurate",)
    """Recipes to train."""
    seeds: tuple[int, ...] = tuple(range(1, 11))
    """Seeds to train each with; nothing was chosen with these."""
    threads: int | None = None
    """CPU threads; none: all cores."""
    again: bool = False
    """Measure anew what has been measured."""

    def __call__(self) -> None:
        """Write after every seed, so that an interruption loses one at most."""
        for recipe in self.recipes:
            config = dataclasses.replace(find_recipe(recipe).config, threads=self.threads)
            for seed in self.seeds:
                if self.again or str(seed) not in read_results(accuracy.NAME).get("seeds", {}).get(recipe, {}):
                    _keep("seeds", recipe, str(seed), train_seed(recipe, dataclasses.replace(config, seed=seed)))


@dataclass(frozen=True)
class Distillation:
    """Let the networks that `seeds` has trained learn from those of five others."""

    recipe: Annotated[str, tyro.conf.Positional] = "accurate"
    """Recipe of the networks."""
    seeds: tuple[int, ...] = ()
    """Seeds to teach; none: all."""
    threads: int | None = None
    """CPU threads; none: all cores."""
    again: bool = False
    """Measure anew what has been measured."""

    def __call__(self) -> None:
        """What has been measured is kept. Seeds of the same teachers follow one another: they share their lessons."""
        config = dataclasses.replace(find_recipe(self.recipe).config, threads=self.threads)
        name, trained, train = self.recipe + TAUGHT, _trained(self.recipe), load_dataset("mnist").train
        to_teach = [seed for seed in self.seeds or trained if self.again or seed not in _trained(name)]
        for teachers, students in groupby(to_teach, key=lambda seed: teachers_of(seed, trained)):
            lessons = prepare_lessons(self.recipe, config, teachers, train)
            for seed in students:
                _keep("seeds", name, str(seed), teach(self.recipe, dataclasses.replace(config, seed=seed), lessons))


@dataclass(frozen=True)
class Shifts:
    """Let the networks that `seeds` has trained see each test image from five places."""

    recipe: Annotated[str, tyro.conf.Positional] = "accurate"
    """Recipe of the networks."""

    def __call__(self) -> None:
        """All seeds whose weights are kept here."""
        config = find_recipe(self.recipe.removesuffix(TAUGHT)).config
        for seed in filter(lambda seed: weights_file(self.recipe, seed).exists(), _trained(self.recipe)):
            _keep("shifts", self.recipe, str(seed), read_shifted(self.recipe, dataclasses.replace(config, seed=seed)))


@dataclass(frozen=True)
class Ensembles:
    """Average the probabilities of groups of seeds that `seeds` has trained."""

    recipe: Annotated[str, tyro.conf.Positional] = "accurate"
    """Recipe of the members."""
    members: int = 5
    """Seeds in each group."""
    shifts: bool = False
    """Of seeds that see each image from five places, which `shifts` has measured."""

    def __call__(self) -> None:
        """Group the seeds in their order."""
        part, trained = ("shifted_ensembles", "shifts") if self.shifts else ("ensembles", "seeds")
        found = measure_ensembles(self.recipe, _trained(self.recipe, trained), self.members, shifts=self.shifts)
        _keep(part, self.recipe, str(self.members), found)


@dataclass(frozen=True)
class Ablation:
    """Change one thing of `accurate` at a time; 8 epochs, judged on 5,000 held-out training images."""

    variants: Annotated[tuple[str, ...], tyro.conf.Positional] = tuple(VARIANTS)
    """What to change, by its name in the table."""
    seeds: tuple[int, ...] = (100, 101)
    """Seeds to train each with."""
    threads: int | None = None
    """CPU threads; none: all cores."""
    again: bool = False
    """Measure anew what has been measured."""

    def __call__(self) -> None:
        """Seed by seed, so that an interruption leaves a table that can be read."""
        for seed in self.seeds:
            for variant in self.variants:
                if self.again or str(seed) not in read_results(accuracy.NAME).get("ablation", {}).get(variant, {}):
                    _keep("ablation", variant, str(seed), measure_variant(variant, seed, threads=self.threads))


def _trained(recipe: str, part: str = "seeds") -> list[int]:
    return sorted(map(int, read_results(accuracy.NAME).get(part, {}).get(recipe, {})))


def _keep(part: str, name: str, key: str, row: dict[str, Any]) -> None:
    results = read_results(accuracy.NAME)
    results.setdefault(part, {}).setdefault(name, {})[key] = row
    write_results(accuracy.NAME, results)


def main() -> None:
    """Run one command, or all with their defaults where none is named; then show all that is known."""
    commands: dict[str, Callable[..., Any]] = {
        "seeds": Seeds,
        "distillation": Distillation,
        "shifts": Shifts,
        "ensembles": Ensembles,
        "ablation": Ablation,
    }
    if len(sys.argv) == 1:
        for each in commands.values():
            each()()
    else:
        _parse(commands)()
    print(report(read_results(accuracy.NAME)))


def _parse(commands: dict[str, Callable[..., Any]]) -> Any:
    return tyro.extras.subcommand_cli_from_dict(
        commands, description=accuracy.__doc__, config=(tyro.conf.FlagCreatePairsOff,)
    )


if __name__ == "__main__":
    main()
