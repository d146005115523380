import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import handigits.publish

Cli = Callable[..., Any]
SMALL = ("--seeds", "0", "--set", "epochs=1", "threads=1", "batch-size=20")


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plots of a run take longer than its training, and are tested elsewhere."""
    monkeypatch.setattr(handigits.publish, "write_plots", lambda *_, **__: [])


def test_a_sweep_ends_with_the_comparison_and_how_to_use_the_best(cli: Cli, digits_npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "my sweep"
    words = ("sweep", "flash", *SMALL, "lr=0.03,0.02", "--data", digits_npz, "--out", out)
    outcome = cli(*words)
    assert outcome.code == 0
    assert "flash --lr 0.02" in outcome.out
    assert outcome.out.endswith(f"--model '{out / 'best.onnx'}'\n")
    assert "2/2 flash-epochs-1-threads-1-batch-size-20-lr-0.02-seed-0  done" in outcome.err
    assert {path.name for path in out.iterdir() if path.is_file()} == {
        "best.onnx",
        "compare.csv",
        "compare.html",
        "compare.json",
        "pareto.json",
        "pareto.png",
    }


def test_the_result_for_scripts_is_all_there_is_on_stdout_and_a_failure_is_code_3(
    cli: Cli, digits_npz: Path, tmp_path: Path
) -> None:
    words = ("sweep", "flash", *SMALL, "optimizer=sgd", "lr=0.03,1e20", "--data", digits_npz, "--out", tmp_path)
    outcome = cli(*words, "--quiet", "--json")
    assert outcome.code == 3
    assert len(json.loads(outcome.out)["contenders"]) == 1
    assert re.fullmatch("handigits sweep: .*lr-1e.20-seed-0 failed: The loss became .*\n", outcome.err)


@pytest.mark.parametrize("setting", ["lr", "lr=", "=0.1"])
def test_a_setting_without_name_or_value_is_refused(cli: Cli, setting: str) -> None:
    outcome = cli("sweep", "flash", "--set", setting)
    assert outcome.code == 1
    assert "expected FIELD=VALUE,VALUE, such as lr=0.01,0.02" in outcome.err


def test_words_and_lists_are_values_too(cli: Cli, tmp_path: Path, digits_npz: Path) -> None:
    outcome = cli("sweep", "lenet-1024", "--set", "dropout=[0.1],[7]", "--data", digits_npz, "--out", tmp_path)
    assert (outcome.code, "dropout is (7,)" in outcome.err) == (1, True)
    outcome = cli("sweep", "flash", "--set", "optimizer=adam,eve", "--data", digits_npz, "--out", tmp_path)
    assert (outcome.code, "optimizer is 'eve'" in outcome.err) == (1, True)


def test_the_best_is_put_to_use_when_asked(
    cli: Cli, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[list[str]] = []
    monkeypatch.setattr("handigits.cli.serve.main", lambda words: served.append(words) or 0)
    out = tmp_path / "sweep"
    words = ("--set", "epochs=1", "batch_size=20", "threads=1", "--seeds", "0", "--data", digits_npz, "--out", out)
    assert cli("sweep", "compact-5fc", *words, "--serve").code == 0
    assert served == [["--model", str(out / "best.onnx")]]


def test_nothing_is_put_to_use_without_images_to_choose_by(cli: Cli) -> None:
    outcome = cli("sweep", "flash", "--held-out", "0", "--serve")
    assert outcome.code == 2
    assert "needs images to choose by" in outcome.err


def test_naming_no_recipe_is_a_matter_of_usage(cli: Cli) -> None:
    assert cli("sweep").code == 2


def test_a_setting_that_comes_twice_is_refused(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("sweep", "quick", "--set", "lr=1", "lr=2", "--out", tmp_path / "sweep")
    assert outcome.code == 1
    assert "lr twice" in outcome.err
