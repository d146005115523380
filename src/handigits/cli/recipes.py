"""`handigits recipes`."""

from dataclasses import dataclass
from typing import Any

from handigits.cli.screen import parse, print_json, print_table
from handigits.recipes import RECIPES, measured

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
    if command.json:
        print_json(
            [
                {
                    "name": recipe.name,
                    "source": recipe.source,
                    "summary": recipe.summary,
                    "choices": recipe.choices,
                    "measured": measured(recipe.name),
                }
                for recipe in RECIPES.values()
            ]
        )
        return 0
    from rich.table import Table

    table = Table("recipe", "what it is", "source", "test accuracy, %", "training, s", show_lines=True)
    for recipe in RECIPES.values():
        accuracy, seconds = _cells(measured(recipe.name))
        choices = f"\n[dim]chosen here: {recipe.choices}[/dim]" if recipe.choices else ""
        table.add_row(f"[bold]{recipe.name}[/bold]", recipe.summary, recipe.source + choices, accuracy, seconds)
    print_table(table)
    return 0


def _cells(result: dict[str, Any] | None) -> tuple[str, str]:
    if result is None:
        return "not measured", ""
    accuracy = f"{100 * result['accuracy_mean']:.2f} ± {100 * result['accuracy_sd']:.2f}"
    return f"{accuracy}\n[dim]{len(result['seeds'])} seeds[/dim]", f"{result['training_seconds']:.1f}"
