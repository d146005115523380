"""`handigits recipes`."""

from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from handigits.cli.screen import parse, print_json
from handigits.recipes import DEFAULT_RECIPE, RECIPES, Recipe, measured

__all__ = ["main"]


@dataclass(frozen=True, kw_only=True)
class _Recipes:
    """List the recipes: what they are, where they come from, and what was measured.

    Example:
      handigits recipes --json
    """

    json: bool = False
    """Print a list of {name, source, summary, choices, measured} on stdout."""


def main(arguments: list[str]) -> int:
    """List the recipes."""
    command = parse(_Recipes, arguments, verb="recipes")
    results = {name: measured(name) for name in RECIPES}
    if command.json:
        print_json([_as_json(recipe, results[recipe.name]) for recipe in RECIPES.values()])
        return 0
    console = Console(highlight=False)
    console.print(_scores(results))
    for result, names in _protocols(results).items():
        console.print(Text(f"{', '.join(names)}: {result}", style="dim"))
    for recipe in RECIPES.values():
        console.print()
        console.print(Text(recipe.name + (" (the default)" if recipe.name == DEFAULT_RECIPE else ""), style="bold"))
        for line in _description(recipe, results[recipe.name]):
            console.print(Padding(Text(line), (0, 0, 0, 2), expand=False))
    return 0


def _as_json(recipe: Recipe, result: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "source": recipe.source,
        "summary": recipe.summary,
        "choices": recipe.choices,
        "measured": result,
    }


def _scores(results: dict[str, dict[str, Any] | None]) -> Table:
    """One short row for each recipe, to compare at a glance."""
    table = Table("recipe", box=None, pad_edge=False)
    for heading in ("test accuracy, %", "loss", "training, s", "seeds"):
        table.add_column(heading, justify="right")
    for name, result in results.items():
        table.add_row(name, *(_cells(result) if result else ["not measured"]))
    return table


def _cells(result: dict[str, Any]) -> list[str]:
    return [
        _accuracy(result),
        "–" if result["loss_mean"] is None else f"{result['loss_mean']:.4f}",
        f"{result['training_seconds']:.1f}",
        f"{len(result['seeds'])}",
    ]


def _accuracy(result: dict[str, Any]) -> str:
    spread = "" if result["accuracy_sd"] is None else f" ± {100 * result['accuracy_sd']:.2f}"
    return f"{100 * result['accuracy_mean']:.2f}{spread}"


def _protocols(results: dict[str, dict[str, Any] | None]) -> dict[str, list[str]]:
    """How and where was measured, and which recipes that holds for."""
    groups: dict[str, list[str]] = {}
    for name, result in results.items():
        if result:
            groups.setdefault(f"{result['protocol']}; {result['machine']}", []).append(name)
    return groups


def _description(recipe: Recipe, result: dict[str, Any] | None) -> list[str]:
    lines = [recipe.summary, recipe.source]
    lines += [f"chosen here: {recipe.choices}"] if recipe.choices else []
    if result:
        lines += [
            f"{more['what']}: {_accuracy(more)} % over {more['over']}; {more['command']}"
            for more in result.get("more", [])
        ]
        lines.append(f"measured with: {result['command']}")
    return lines
