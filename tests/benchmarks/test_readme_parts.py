"""README.md's numbers come from the results, and from nowhere else."""

from pathlib import Path

import pytest

from benchmarks import readme
from benchmarks.readme import CLUSTER, PARTS, README, REPORTS, SERVING, fill, recipe_table, render, reports_table

TEXT = "before\n<!-- measured: scaling -->\nold\nlines\n<!-- /measured -->\nafter\n"


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    after = fill(TEXT, lambda name: f"new {name}")
    assert after == "before\n<!-- measured: scaling -->\nnew scaling\n<!-- /measured -->\nafter\n"


def test_filling_twice_is_filling_once() -> None:
    once = fill(TEXT, lambda name: "new")
    assert fill(once, lambda name: "new") == once


def test_two_parts_are_filled_each_with_its_own() -> None:
    text = fill(TEXT + TEXT.replace("scaling", "inference"), str.upper)
    assert "SCALING" in text
    assert "INFERENCE" in text


def test_a_backslash_in_a_result_stays_one() -> None:
    assert r"a\1b" in fill(TEXT, lambda name: r"a\1b")


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(KeyError, match=r"README\.md asks for 'speed'; the parts are recipes, headline"):
        render("speed")


@pytest.mark.parametrize("part", PARTS)
def test_what_was_not_measured_says_how_to(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readme, "read_results", lambda name: {})
    assert render(part) == f"Not measured yet: `python -m benchmarks {PARTS[part][0]}`."


def test_the_recipe_table_shows_accuracy_with_its_spread_and_interval() -> None:
    found = {
        "accuracy_mean": 0.9912,
        "accuracy_sd": 0.0007,
        "training_seconds": 1.234,
        "seeds": [1, 2, 3],
        "machine": "Abacus",
    }
    text = recipe_table({"lenet-1024": found})
    row = text.splitlines()[2]
    assert "`lenet-1024`" in row
    assert text.endswith("Measured on Abacus.")
    assert "99.12 ± 0.07 % | 98.92 to 99.29 % |     3 |         1.2 s |" in row


def test_the_recipe_table_says_which_recipes_another_machine_measured() -> None:
    found = {"accuracy_mean": 0.99, "accuracy_sd": None, "training_seconds": 1.0, "seeds": [1]}
    machines = {"flash": "Abacus", "quick": "Slide rule", "standard": "Abacus"}
    text = recipe_table({name: {**found, "machine": machine} for name, machine in machines.items()})
    assert text.endswith("Measured on Abacus; `quick` on Slide rule.")


def test_the_table_of_reports_has_each_claim_beside_all_seeds() -> None:
    runs = {
        seed: {"accuracy": accuracy, "loss": 0.03, "train_accuracy": 0.995}
        for seed, accuracy in (("1", 0.99), ("2", 0.992))
    }
    row = reports_table({"lenet-1024": runs, "flash": runs}).splitlines()[2:]
    assert len(row) == 1  # flash is ours
    assert "report 3" in row[0]
    assert "test accuracy 98.98 %" in row[0]
    assert "99.10 ± 0.14 % | 99.00 to 99.20 % | 0.0300 |           99.50 % |     2 |" in row[0]


@pytest.mark.parametrize("document", [README, REPORTS, SERVING, CLUSTER], ids=lambda path: path.name)
def test_the_documents_show_what_was_measured(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert fill(text, render) == text, "run: python -m benchmarks.readme"
