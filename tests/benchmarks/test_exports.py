"""The table of the exports, and a runtime's program on a few images."""

from pathlib import Path
from typing import Any, get_args

import numpy as np

from benchmarks.exports import FORMATS, report
from benchmarks.processes import run_module
from handigits import Recognizer
from handigits.data import load_dataset
from handigits.export import Format
from handigits.recognizer import shipped_model


def test_every_format_is_measured_but_pages_and_apps_which_have_tests_of_their_own() -> None:
    assert {*FORMATS, "html", "space"} == set(get_args(Format))


def test_the_table_shows_medians_and_the_worst_recipe(machine: dict[str, Any]) -> None:
    found = {
        "kilobytes": 416.4,
        "accuracy": 0.9965,
        "max_difference": 3e-7,
        "changed": 0,
        "rounds": [{"images_per_second": rate} for rate in (10_000, 30_000, 20_000)],
    }
    recipes = {"flash": 1e-8, "quick": 4e-6}
    text = report({**machine, "threads": 2, "formats": {"onnx": found}, "recipes": recipes})
    (row,) = [line for line in text.splitlines() if "`onnx`" in line]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:] == ["416 kB", "99.65 %", "3e-07", "20,000"]
    assert "differ by at most 4e-06" in text


def test_a_runtime_is_measured_with_what_it_answers(tmp_path: Path) -> None:
    test = load_dataset("mnist-5k").test
    assert test is not None
    few = test.subset(np.arange(100))
    images, answers = tmp_path / "images.npz", tmp_path / "answers.npy"
    arrays = {"images": few.images, "labels": few.labels}
    np.savez(images, **{f"{split}_{name}": array for split in ("train", "test") for name, array in arrays.items()})
    words = ("onnx", shipped_model(), images, answers, "--threads", 1)
    (row,) = run_module("benchmarks.peers.export_reading", *words).lines
    assert row["images_per_second"] > 0
    assert np.allclose(np.load(answers), Recognizer.load().probabilities(few.images), atol=1e-5)
