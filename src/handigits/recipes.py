"""Recipes: a name for an architecture together with all the settings of its training.

What a recipe reached is not written here but in `measured.json` beside this file, which `benchmarks/recipes.py` writes:
a number stands where the command that measured it put it.
"""

import dataclasses
import json
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from typing import Any

from handigits.config import AugmentConfig, TrainConfig
from handigits.errors import ConfigError

__all__ = ["DEFAULT_RECIPE", "RECIPES", "Recipe", "find_recipe", "measured"]

DEFAULT_RECIPE = "standard"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An architecture and its training.

    Attributes:
        name: what users call it.
        summary: network and training on one line.
        source: where it comes from, and what was reported there.
        choices: what the source leaves open and was chosen here; empty for recipes of our own.
        config: the settings.
    """

    name: str
    summary: str
    source: str
    choices: str = ""
    config: TrainConfig


_REPORTS = (
    Recipe(
        name="sgd-2conv",
        summary="32C3-64C3-pool-dropout .25-FC128-FC10, SGD at a constant 0.01, batch 32, 10 epochs",
        source="report 1 of 5: test accuracy 98.62 %, loss 0.0438",
        choices="pixels less their mean, over their deviation; no momentum",
        config=TrainConfig(
            architecture="two-conv",
            dropout=(0.25, 0.0),
            epochs=10,
            batch_size=32,
            optimizer="sgd",
            lr=0.01,
        ),
    ),
    Recipe(
        name="kaggle-4conv",
        summary="32C3-32C3-pool-64C3-64C3-pool-FC256-FC10 with dropout, Adam 1e-3, 10 epochs, 5,000 held out",
        source="report 2 of 5: validation accuracy 98.9 %, test 98.98 %, on Kaggle's train.csv",
        choices="batch 64; 256 hidden units; dropout .25, .25 and .5; 5,000 images held out",
        config=TrainConfig(
            architecture="four-conv",
            dropout=(0.25, 0.25, 0.5),
            normalize=False,
            epochs=10,
            batch_size=64,
            optimizer="adam",
            lr=1e-3,
            validation=5_000,
        ),
    ),
    Recipe(
        name="lenet-1024",
        summary="32C5-pool-64C5-pool-FC1024-dropout .5-FC10, Adam 1e-3, batch 32, 3 epochs",
        source="report 3 of 5: test accuracy 98.98 %, loss 0.0329; the first four test digits read 7 2 1 0",
        choices="convolutions padded to keep 28x28 and 14x14; ReLU after each pooling and the hidden layer",
        config=TrainConfig(
            architecture="lenet",
            dropout=(0.5,),
            normalize=False,
            epochs=3,
            batch_size=32,
            optimizer="adam",
            lr=1e-3,
        ),
    ),
    Recipe(
        name="adadelta-2conv",
        summary="32C3-64C3-pool-dropout .25-FC128-dropout .5-FC10, Adadelta 1.0, batch 128, 10 epochs",
        source="report 4 of 5: test accuracy 99.04 %, loss 0.0296",
        choices="Adadelta's rho 0.95 and epsilon 1e-7",
        config=TrainConfig(
            architecture="two-conv",
            dropout=(0.25, 0.5),
            normalize=False,
            epochs=10,
            batch_size=128,
            optimizer="adadelta",
            lr=1.0,
        ),
    ),
    Recipe(
        name="compact-5fc",
        summary="5C3-3C4s2-pool-FC1000-500-250-125-10, Adam 1e-3, batch 128, 5 epochs",
        source="report 5 of 5: test accuracy 97 %, training 98 %",
        choices="all of the training; no activation between the convolutions",
        config=TrainConfig(
            architecture="compact",
            normalize=False,
            epochs=5,
            batch_size=128,
            optimizer="adam",
            lr=1e-3,
        ),
    ),
)

_ACCURATE = TrainConfig(
    architecture="strided-6",
    epochs=24,
    batch_size=256,
    optimizer="muon",
    lr=0.01,
    muon_lr=0.1,
    momentum=0.6,
    betas=(0.9, 0.99),
    schedule="one-cycle",
    warmup=0.15,
    label_smoothing=0.1,
    augment=AugmentConfig(shift=2, rotate=12, scale=0.1, shear=0.15, plain=0.25),
)

_HOUSE = (
    Recipe(
        name="flash",
        summary="the middle 22x22, 16C7s3-32C3-64C3-FC10; Muon, one epoch",
        source="handigits: the shortest training that is worth it",
        config=TrainConfig(
            architecture="cropped-22",
            epochs=1,
            batch_size=512,
            optimizer="muon",
            lr=0.03,
            muon_lr=0.2,
            momentum=0.6,
            betas=(0.7, 0.9),
            schedule="one-cycle",
            warmup=0.15,
            label_smoothing=0.1,
        ),
    ),
    Recipe(
        name="quick",
        summary="the middle 24x24, 16C6s3-32C3-64C4-FC10; Muon, shifts by a pixel, 3 epochs",
        source="handigits: as good as the best of the reports, in seconds",
        config=TrainConfig(
            architecture="cropped-24",
            epochs=3,
            batch_size=384,
            optimizer="muon",
            lr=0.015,
            muon_lr=0.15,
            momentum=0.6,
            betas=(0.9, 0.99),
            schedule="one-cycle",
            warmup=0.15,
            label_smoothing=0.1,
            augment=AugmentConfig(shift=1),
        ),
    ),
    Recipe(
        name="standard",
        summary="16C5s2-32C3-64C3s2-128C3-FC10, batch norm; Muon, shifts, small warps of three in four, 8 epochs",
        source="handigits: the default",
        config=TrainConfig(
            architecture="strided-4",
            epochs=8,
            batch_size=256,
            optimizer="muon",
            lr=0.01,
            muon_lr=0.1,
            momentum=0.6,
            betas=(0.9, 0.99),
            schedule="one-cycle",
            warmup=0.15,
            label_smoothing=0.1,
            augment=AugmentConfig(shift=2, rotate=10, scale=0.1, shear=0.1, plain=0.25),
        ),
    ),
    Recipe(
        name="accurate",
        summary="32C5s2-64C3-64C3-128C3s2-128C3-192C3-FC10, batch norm; Muon, shifts, warps of most, 24 epochs",
        source="handigits: the most that ten minutes on two cores are good for",
        config=_ACCURATE,
    ),
    Recipe(
        name="champion",
        summary="three columns, each nearly the network of `accurate`, from sharper warps; read as one",
        source="handigits: three networks that are read as one, for 30 million multiply-adds an image",
        config=dataclasses.replace(
            _ACCURATE, architecture="columns-3", augment=dataclasses.replace(_ACCURATE.augment, cubic=True)
        ),
    ),
    Recipe(
        name="robust",
        summary="24C5s2-48C3-96C3s2-96C3-160C3-FC10; Muon, worn, stretched and drawn digits, 24 epochs, 5,000 held out",
        source="handigits: for digits as people write them, not as MNIST has them",
        config=TrainConfig(
            architecture="strided-5",
            epochs=24,
            batch_size=256,
            optimizer="muon",
            lr=0.01,
            muon_lr=0.1,
            momentum=0.6,
            betas=(0.9, 0.99),
            schedule="one-cycle",
            warmup=0.15,
            label_smoothing=0.1,
            synthetic=0.3,
            widened=0.15,
            validation=5_000,  # so that the model can say how sure is sure enough
            augment=AugmentConfig(
                shift=1,
                rotate=12,
                scale=0.05,
                shear=0.2,
                stretch=0.3,
                fit=True,
                thickness=0.8,
                litter=0.2,
                fade=0.4,
                gaps=0.15,
                pixelate=0.15,
                coarse=0.1,
                blur=0.5,
                plain=0.25,
                cubic=True,
            ),
        ),
    ),
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (*_HOUSE, *_REPORTS)}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        ConfigError: there is none; the message names those there are, and the likely one.
    """
    if name in RECIPES:
        return RECIPES[name]
    near = get_close_matches(name, RECIPES, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise ConfigError(f"There is no recipe {name!r}; the recipes are {', '.join(RECIPES)}.{hint}")


def measured(name: str) -> dict[str, Any] | None:
    """What a recipe reached, as `benchmarks/recipes.py` measured it: accuracy over seeds, time, machine, command.

    None for a recipe that has not been measured.
    """
    text = resources.files("handigits").joinpath("measured.json").read_text(encoding="utf-8")
    results: dict[str, dict[str, Any]] = json.loads(text)
    return results.get(name)
