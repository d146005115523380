import json
from importlib import resources

import pytest

from handigits.config import TrainConfig, from_json, to_json
from handigits.errors import ConfigError
from handigits.models import build_model
from handigits.recipes import DEFAULT_RECIPE, RECIPES, find_recipe, measured

REPORTS = ("sgd-2conv", "kaggle-4conv", "lenet-1024", "adadelta-2conv", "compact-5fc")
RESULTS = json.loads(resources.files("handigits").joinpath("measured.json").read_text(encoding="utf-8"))
KEYS = {
    "accuracy_mean": float,
    "accuracy_sd": float | None,
    "loss_mean": float | None,
    "train_accuracy_mean": float | None,
    "validation_accuracy_mean": float | None,
    "training_seconds": float,
    "timed": str,
    "seeds": list,
    "protocol": str,
    "machine": str,
    "date": str,
    "command": str,
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_can_be_built_and_written_down(name: str) -> None:
    recipe = RECIPES[name]
    config = recipe.config
    assert recipe.name == name
    assert recipe.summary
    assert recipe.source
    build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)
    assert from_json(TrainConfig, to_json(config)) == config


@pytest.mark.parametrize("name", REPORTS)
def test_a_reports_recipe_says_what_was_reported_and_what_was_chosen_here(name: str) -> None:
    recipe = RECIPES[name]
    assert "test accuracy" in recipe.source or "test 98.98 %" in recipe.source
    assert recipe.choices


@pytest.mark.parametrize(
    ("name", "optimizer", "lr", "batch_size", "epochs"),
    [
        ("sgd-2conv", "sgd", 0.01, 32, 10),
        ("kaggle-4conv", "adam", 1e-3, 64, 10),
        ("lenet-1024", "adam", 1e-3, 32, 3),
        ("adadelta-2conv", "adadelta", 1.0, 128, 10),
    ],
)
def test_a_reports_recipe_has_the_settings_of_its_report(
    name: str, optimizer: str, lr: float, batch_size: int, epochs: int
) -> None:
    config = RECIPES[name].config
    assert (config.optimizer, config.lr, config.batch_size, config.epochs) == (optimizer, lr, batch_size, epochs)
    assert (config.schedule, config.momentum, config.weight_decay) == ("constant", 0, 0)


@pytest.mark.parametrize("name", RECIPES)
def test_no_recipe_flips_digits(name: str) -> None:
    assert not RECIPES[name].config.augment.flip


def test_the_default_is_a_recipe() -> None:
    assert find_recipe(DEFAULT_RECIPE) is RECIPES[DEFAULT_RECIPE]


def test_an_unknown_recipe_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"lenet-1024.*Did you mean lenet-1024\?"):
        find_recipe("lenet-124")
    with pytest.raises(ConfigError, match=r"the recipes are [^?]*$"):
        find_recipe("zzz")


@pytest.mark.parametrize("name", RESULTS)
def test_a_measurement_belongs_to_a_recipe_and_says_how_it_was_made(name: str) -> None:
    result = measured(name)
    assert result is not None
    assert name in RECIPES
    assert result.keys() - {"more"} == KEYS.keys()
    assert all(isinstance(result[key], kind) for key, kind in KEYS.items())
    assert 0.9 < result["accuracy_mean"] <= 1
    assert result["seeds"]
    assert f"{name} --seeds " in result["command"]
    commands = [result["command"], *(each["command"] for each in result.get("more", []))]
    assert all(command.startswith("python -m benchmarks.") for command in commands)


def test_a_recipe_that_was_not_measured_has_no_result() -> None:
    assert measured("no-such-recipe") is None
