from typing import Any

import pytest

from handigits.errors import ConfigError
from handigits.recipes import find_recipe
from handigits.sweep import plan_sweep


def test_every_combination_is_planned_once() -> None:
    plan = plan_sweep(["flash", "quick"], settings={"lr": [0.1, 0.2], "epochs": [1, 2, 3]}, seeds=[0, 1], held_out=9)
    assert len({training.name for training in plan}) == len(plan) == 2 * 2 * 3 * 2
    assert {(each.config.lr, each.config.epochs, each.config.seed) for each in plan if each.recipe == "quick"} == {
        (lr, epochs, seed) for lr in (0.1, 0.2) for epochs in (1, 2, 3) for seed in (0, 1)
    }


def test_what_is_not_varied_stays_as_the_recipe_has_it() -> None:
    (training,) = plan_sweep(["quick"], settings={"augment.shift": [2]}, seeds=[0], held_out=9)
    config, recipe = training.config, find_recipe("quick").config
    assert (config.augment.shift, config.validation, config.lr) == (2, 9, recipe.lr)


def test_patience_may_be_tried_since_images_are_held_out() -> None:
    plan = plan_sweep(["quick"], settings={"patience": [2, 3]}, seeds=[0], held_out=9)
    assert [(each.config.patience, each.config.validation) for each in plan] == [(2, 9), (3, 9)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": [0.1]}, "no setting learning_rate"),
        ({"augment.swirl": [1]}, r"no setting augment\.swirl"),
        ({"epochs": [0]}, "epochs is 0"),
        ({"epochs": ["many"]}, "epochs is 'many'"),
        ({"lr": [0.1, 0.1]}, "would be trained twice"),
        ({"seed": [5, 6]}, "use --seeds"),
        ({"validation": [100, 200]}, "use --held-out"),
        ({"batch-size": [32], "batch_size": [64]}, "batch_size came twice"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(settings: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_sweep(["quick"], settings=settings, seeds=[0], held_out=9)


def test_nothing_to_train_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one recipe and one seed"):
        plan_sweep(["quick"], settings={}, seeds=[], held_out=9)
