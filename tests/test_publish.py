import csv
import dataclasses
import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn

import handigits.publish
from handigits.artifact.reading import read_golden
from handigits.cli.train import _parse
from handigits.config import AugmentConfig, TrainConfig
from handigits.data import Dataset, Split
from handigits.models import build_model
from handigits.publish import _protocol, _write_model, command_of, measure
from handigits.recipes import RECIPES
from handigits.recognizer import Recognizer
from handigits.run import Plan, Run
from handigits.training import Fit
from handigits.training.engine import prepare_engine


def read_json(run: Run, name: str) -> Any:
    return json.loads((run.directory / name).read_text(encoding="utf-8"))


# -- what a run leaves behind --


def test_a_run_directory_is_complete(finished_run: Run) -> None:
    names = {path.name for path in finished_run.directory.iterdir()}
    assert names - {".lock"} == {
        "README.md",
        "report.html",
        "model.onnx",
        "weights.safetensors",
        "config.json",
        "environment.json",
        "history.csv",
        "metrics.json",
        "report.json",
        "plots",
        "checkpoints",
    }


def test_every_plot_has_its_numbers_beside_it(finished_run: Run) -> None:
    pictures = {path.stem for path in finished_run.plots.glob("*.png")}
    assert {"curves", "confusion_matrix", "confusion_matrix_normalized", "mistakes", "correct"} <= pictures
    assert pictures == {path.stem for path in finished_run.plots.glob("*.json")}


def test_nothing_half_written_is_left(finished_run: Run) -> None:
    assert not list(finished_run.directory.rglob("*.part"))


def test_the_metrics_hold_what_scripts_rely_on(finished_run: Run) -> None:
    metrics = finished_run.metrics
    assert metrics["recipe"] == "compact-5fc"
    assert metrics["seed"] == 7
    assert metrics["data"].endswith("digits.npz")
    assert 0 < metrics["training_seconds"] < metrics["total_seconds"]
    assert metrics["parameters"] == 767_678
    assert metrics["macs"] == 830_480
    for name, count in (("test", 50), ("validation", 20)):
        split = metrics[name]
        low, high = split["interval"]
        assert 0 <= low <= split["accuracy"] <= high <= 1
        assert split["loss"] >= 0
        assert split["count"] == count


def test_the_model_file_carries_its_metrics(finished_run: Run) -> None:
    metadata = Recognizer.load(finished_run.directory).metadata
    metrics = finished_run.metrics
    assert metadata.metrics == {name: metrics[name] for name in ("test", "validation")}
    for name in ("recipe", "seed", "data", "parameters", "macs", "training_seconds"):
        assert getattr(metadata, name) == metrics[name]


def test_the_report_in_json_agrees_with_the_metrics(finished_run: Run) -> None:
    report = read_json(finished_run, "report.json")
    assert set(report) == {"test", "validation"}
    for name, evaluation in report.items():
        assert evaluation["accuracy"] == finished_run.metrics[name]["accuracy"]
        assert np.trace(evaluation["confusion"]) == round(evaluation["accuracy"] * evaluation["count"])


def test_the_weights_are_those_of_the_model_file(finished_run: Run, digits: Split) -> None:
    import torch

    model = build_model("compact", normalize=False)
    model.load_state_dict(load_file(finished_run.weights))
    model.eval()
    with torch.inference_mode():
        logits = model(torch.from_numpy(digits.images[:50]).unsqueeze(1).float() / 255)
    probabilities = Recognizer.load(finished_run.directory).probabilities(digits.images[:50])
    assert np.abs(logits.softmax(1).numpy() - probabilities).max() < 1e-4
    assert finished_run.metrics["parity"]["count"] == 200
    assert finished_run.metrics["parity"]["max_difference"] < 1e-4


def test_the_model_file_is_compared_on_all_digits_of_a_set_that_is_sorted_by_them(
    tmp_path: Path, digits: Split, bar_model: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handigits.publish, "_PARITY_IMAGES", 40)
    by_digit = digits.subset(np.argsort(digits.labels))
    plan = Plan(recipe="flash", data="bars", data_digest="", train=TrainConfig())
    fitted = Fit(bar_model, (), 0.0, prepare_engine(plan.train), ())
    run = Run(tmp_path)
    _write_model(run, plan, Dataset("bars", by_digit, None), fitted)
    golden = read_golden(run.model.read_bytes())
    assert golden is not None
    found = {int(by_digit.labels[(by_digit.images == image).all(axis=(1, 2))][0]) for image in golden.images}
    assert len(found) > 4  # the first 40 are zeros and ones


def test_the_history_has_a_row_for_each_epoch(finished_run: Run) -> None:
    with (finished_run.directory / "history.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[-1]["validation_accuracy"]) == finished_run.metrics["validation"]["accuracy"]


def test_the_environment_says_what_it_ran_on(finished_run: Run) -> None:
    environment = read_json(finished_run, "environment.json")
    assert environment["device"]
    assert environment["precision"] in ("fp32", "bf16")
    assert environment["threads"] == 1
    assert "torch" in environment["packages"]


def test_page_and_card_say_how_good_it_is_how_that_was_found_and_how_to_do_it_again(finished_run: Run) -> None:
    command = command_of(finished_run.plan)
    accuracy = f"{finished_run.metrics['test']['accuracy']:.0%}".replace("%", " %")
    card = finished_run.card.read_text(encoding="utf-8")
    assert accuracy in card
    assert command in card
    assert "read once, after training" in card
    page = finished_run.report.read_text(encoding="utf-8")
    assert accuracy in page
    assert "--validation 20" in page
    assert "read once, after training" in page


def test_page_and_card_use_the_model_beside_them(finished_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished_run.directory)
    for text in (finished_run.card.read_text(encoding="utf-8"), finished_run.report.read_text(encoding="utf-8")):
        (model,) = re.findall(r"handigits predict my-digit\.png --model (\S+?)[\s<]", text)
        assert Recognizer.load(model).metadata.seed == 7


def test_measuring_reads_each_image_once(finished_run: Run, digits: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = Recognizer.load(finished_run.model)
    read: list[int] = []
    answer = recognizer.probabilities

    def counted(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        read.append(len(images))
        return answer(images)

    monkeypatch.setattr(recognizer, "probabilities", counted)
    measured = measure(recognizer, digits)
    assert read == [200]
    assert measured.evaluation.count == 200
    np.testing.assert_array_equal(measured.probabilities, answer(digits.images))
    assert len(measured.galleries) == 3


# -- the command that does it again --


def other_value(value: Any) -> Any:
    """A valid value of the same kind that is not `value`."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value / 2 if value else 0.25
        case None:
            return 3
        case str():
            raise AssertionError(f"name another value than {value}")
    raise AssertionError(f"no other value is known for {value!r}")


CHANGES: dict[str, Any] = {
    "architecture": "lenet",
    "dropout": (),
    "betas": (0.5, 0.75),
    "optimizer": "sgd",
    "schedule": "cosine",
    "device": "cpu",
    "precision": "bf16",
    "augment": AugmentConfig(
        shift=1.5, rotate=20, scale=0.3, shear=0.01, elastic=1e-5, thickness=1, erase=1, flip=True
    ),
}


def typed_back(plan: Plan) -> Plan:
    """What the command line makes of a plan's command."""
    words = shlex.split(command_of(plan))
    assert words[:2] == ["handigits", "train"]
    command = _parse(words[2:])
    return dataclasses.replace(plan, recipe=command.recipe, data=command.data, train=command.config)


@pytest.mark.parametrize("name", [entry.name for entry in dataclasses.fields(TrainConfig)])
@pytest.mark.parametrize("recipe", ["kaggle-4conv", "standard"])
def test_a_setting_survives_the_command_line(recipe: str, name: str) -> None:
    # Momentum and validation make nesterov and patience valid.
    base = dataclasses.replace(RECIPES[recipe].config, momentum=0.5, validation=100)
    value = CHANGES[name] if name in CHANGES else other_value(getattr(base, name))
    config = dataclasses.replace(base, **{name: value})
    plan = Plan(recipe=recipe, data="my data/train.csv", data_digest="", train=config)
    assert typed_back(plan) == plan


def test_flags_are_spelt_as_the_help_spells_them() -> None:
    settings = dataclasses.replace(RECIPES["standard"].config, batch_size=7, weight_decay=0.5)
    plan = Plan(recipe="standard", data="my data", data_digest="", train=settings)
    assert command_of(plan) == "handigits train standard --data 'my data' --batch-size 7 --weight-decay 0.5"


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_as_it_is_needs_no_flags(recipe: str) -> None:
    plan = Plan(recipe=recipe, data="auto", data_digest="", train=RECIPES[recipe].config)
    assert command_of(plan) == f"handigits train {recipe} --data auto"
    assert typed_back(plan) == plan


# -- how it was measured, in words --

DIGITS = Split(np.zeros((3, 28, 28), np.uint8), np.arange(3), "mnist/test")


@pytest.mark.parametrize(
    ("test", "held_out", "config", "expected"),
    [
        (
            DIGITS,
            None,
            TrainConfig(),
            ["last epoch (4)", "3 images of mnist/test", "read once", "nothing in this run was chosen"],
        ),
        (None, DIGITS, TrainConfig(), ["last epoch (4)", "held out of mnist", "only watched", "no test split"]),
        (None, DIGITS, TrainConfig(validation=3, patience=1), ["lowest loss", "decided when to stop"]),
        (None, None, TrainConfig(ema=0.9), ["averaged over the last steps", "training images themselves"]),
    ],
)
def test_the_protocol_says_which_weights_on_which_images(
    test: Split | None, held_out: Split | None, config: TrainConfig, expected: list[str]
) -> None:
    protocol = _protocol(config, Dataset("mnist", DIGITS, test), held_out, epochs=4)
    assert [part for part in expected if part not in protocol] == []


def test_the_model_file_carries_its_mistakes_on_the_held_out_images(finished_run: Run) -> None:
    about = Recognizer.load(finished_run.directory).metadata
    assert about.held_out == 20
    assert len(about.mistakes) == round(20 * (1 - finished_run.metrics["validation"]["accuracy"]))
    assert sorted(about.mistakes, reverse=True) == list(about.mistakes)
