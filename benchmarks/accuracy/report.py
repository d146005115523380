"""The tables of `benchmarks.accuracy`, in Markdown."""

import statistics
from typing import Any

from benchmarks.accuracy.distillation import TAUGHT
from benchmarks.accuracy.seeds import summarize
from benchmarks.tables import markdown_table, percent

__all__ = ["ablation_table", "counted", "report"]

_PLACES = "from five places"


def report(results: dict[str, Any]) -> str:
    """Accuracy over seeds and of ensembles; then what each ingredient is worth."""
    parts = [_accuracy_table(results)]
    if "ablation" in results:
        parts.append(ablation_table(results["ablation"]))
    return "\n\n".join(parts)


def _accuracy_table(results: dict[str, Any]) -> str:
    rows = []
    for recipe, seeds in results.get("seeds", {}).items():
        found = summarize(list(seeds.values()))
        rows.append([_called(recipe), f"{len(seeds)} seeds", *(percent(*found[name]) for name in found)])
    for recipe, seeds in results.get("shifts", {}).items():
        found = summarize(list(seeds.values()))
        rows.append(
            [f"{_called(recipe)}, {_PLACES}", f"{len(seeds)} seeds", *(percent(*found[name]) for name in found), "–"]
        )
    for part, places in (("ensembles", ""), ("shifted_ensembles", f", {_PLACES}")):
        for recipe, sizes in results.get(part, {}).items():
            for members, ensemble in sorted(sizes.items(), key=lambda size: int(size[0])):
                found = summarize(ensemble["groups"])
                what, over = f"{members} of {_called(recipe)}{places}", counted(len(ensemble["groups"]), "group")
                rows.append([what, over, *(percent(*found[name]) for name in found), "–"])
    header = ["", "over", "last epoch", "without the 15 disputed labels", "best epoch on the test set"]
    return markdown_table(header, rows, texts=2)


def _called(recipe: str) -> str:
    return f"`{recipe.removesuffix(TAUGHT)}`, taught" if recipe.endswith(TAUGHT) else f"`{recipe}`"


def counted(count: int, what: str) -> str:
    """A number and a noun.

    Example:
        >>> counted(1, "group"), counted(2, "group")
        ('1 group', '2 groups')
    """
    return f"{count} {what}{'' if count == 1 else 's'}"


def ablation_table(variants: dict[str, dict[str, dict[str, float]]]) -> str:
    """Held-out accuracy and loss, means over the seeds, the lowest loss first."""

    def mean(name: str, column: str) -> float:
        return statistics.mean(row[column] for row in variants[name].values())

    rows = [
        [name, str(len(variants[name])), percent(mean(name, "accuracy")), f"{mean(name, 'loss'):.4f}"]
        for name in sorted(variants, key=lambda name: mean(name, "loss"))
    ]
    return markdown_table(["`accurate`, 8 epochs", "seeds", "held-out accuracy", "held-out loss"], rows)
