"""What two processes cost and how far they are apart from one, as the table shows it."""

from typing import Any

import numpy as np

from benchmarks.distributed import compare, report


def test_the_largest_difference_and_the_other_answers_are_counted() -> None:
    sure = np.eye(10)[:3]
    first = {"filters": np.zeros((2, 2)), "bias": np.array([1.0, 2.0])}, sure
    other = {"filters": np.zeros((2, 2)), "bias": np.array([1.0, 1.5])}, np.roll(sure, 1, axis=0)
    found = compare(first, other)
    assert found == {"largest_difference_of_a_weight": 0.5, "answers": 3, "answers_that_differ": 3}
    assert compare(first, first)["answers_that_differ"] == 0


def test_the_table_has_a_row_for_each_way_to_train(machine: dict[str, Any]) -> None:
    row = {
        "processes": 2,
        "threads": 1,
        "training_seconds": 4.2,
        "command_seconds": 20.0,
        "test_accuracy": 0.97,
        "largest_difference_of_a_weight": 0.012,
        "answers": 1_000,
        "answers_that_differ": 3,
    }
    text = report({**machine, "recipe": "flash", "data": "mnist-5k", "epochs": 3, "rows": [row]})
    cells = [cell.strip() for cell in text.splitlines()[2].strip("|").split("|")]
    assert cells == ["2 x 1", "4.2 s", "20 s", "97.00 %", "0.012", "3 of 1,000"]
    assert "`flash`, 3 epochs of mnist-5k" in text
