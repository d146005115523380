import json
from collections.abc import Callable
from typing import Any

import pytest

import handigits.cli.recipes
from handigits.recipes import DEFAULT_RECIPE, RECIPES

Run = Callable[..., Any]

RESULT = {
    "accuracy_mean": 0.99153,
    "accuracy_sd": 0.00076,
    "loss_mean": 0.02754,
    "training_seconds": 153.95,
    "seeds": [1, 2, 3],
    "protocol": "last epoch",
    "machine": "two cores",
    "command": "python -m benchmarks.recipes lenet-1024",
}


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was measured, by recipe."""
    results: dict[str, Any] = {"lenet-1024": RESULT}
    monkeypatch.setattr(handigits.cli.recipes, "measured", results.get)
    return results


def row(out: str, name: str) -> list[str]:
    return next(line for line in out.splitlines() if line.startswith(name)).split()


def test_a_loss_that_was_not_measured_is_left_open(cli: Run, results: dict[str, Any]) -> None:
    results["accurate"] = RESULT | {"loss_mean": None}
    assert row(cli("recipes").out, "accurate")[4] == "–"


def test_the_list_for_scripts_has_an_object_for_each_recipe(cli: Run, results: dict[str, Any]) -> None:
    outcome = cli("recipes", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    listed = json.loads(outcome.out)
    assert [each["name"] for each in listed] == list(RECIPES)
    assert all({"name", "source", "summary", "measured"} <= each.keys() for each in listed)
    assert [each["measured"] for each in listed if each["measured"]] == [RESULT]


def test_a_measured_recipe_shows_accuracy_spread_loss_time_and_seeds(cli: Run, results: dict[str, Any]) -> None:
    outcome = cli("recipes")
    assert row(outcome.out, "lenet-1024") == ["lenet-1024", "99.15", "±", "0.08", "0.0275", "153.9", "3"]
    assert "lenet-1024: last epoch; two cores" in outcome.out
    assert "measured with: python -m benchmarks.recipes lenet-1024" in outcome.out


def test_what_more_arithmetic_reaches_stands_with_its_recipe(cli: Run, results: dict[str, Any]) -> None:
    more = [{"what": "from five places", "over": "10 seeds", "accuracy_mean": 0.9974, "accuracy_sd": 0.0002}]
    more[0]["command"] = "how"
    results["lenet-1024"] = RESULT | {"more": more}
    assert "from five places: 99.74 ± 0.02 % over 10 seeds; how" in cli("recipes").out


def test_a_recipe_that_was_not_measured_says_so(cli: Run, results: dict[str, Any]) -> None:
    assert row(cli("recipes").out, "sgd-2conv") == ["sgd-2conv", "not", "measured"]


def test_one_seed_has_no_spread(cli: Run, results: dict[str, Any]) -> None:
    results["sgd-2conv"] = RESULT | {"accuracy_sd": None, "seeds": [1]}
    assert row(cli("recipes").out, "sgd-2conv") == ["sgd-2conv", "99.15", "0.0275", "153.9", "1"]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_list_fits_the_terminal_and_nothing_is_cut_off(
    cli: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = cli("recipes").out
    assert max(map(len, out.splitlines())) <= columns
    assert "…" not in out
    words = " ".join(out.split())
    for recipe in RECIPES.values():
        assert f"{recipe.summary} {recipe.source}" in words
        assert recipe.choices in words
    assert f"{DEFAULT_RECIPE} (the default)" in words
