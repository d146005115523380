from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.accuracy import distillation, seeds
from benchmarks.accuracy.ablation import VARIANTS
from benchmarks.accuracy.ensembles import measure_ensembles
from benchmarks.accuracy.report import report
from benchmarks.disputed import DISPUTED
from benchmarks.recipes import more_of
from handigits.config import TrainConfig
from handigits.data import Dataset
from handigits.data.split import Split
from handigits.models import build_model
from handigits.recipes import RECIPES

ZEROS = Split(np.zeros((10_000, 28, 28), np.uint8), np.zeros(10_000, np.int64), "mnist/test")


def test_the_disputed_labels_are_fifteen_of_the_test_set() -> None:
    assert len(set(DISPUTED)) == 15
    assert all(0 <= index < 10_000 for index in DISPUTED)


def test_disputed_digits_count_in_one_accuracy_and_not_in_the_other() -> None:
    probabilities = np.eye(10, dtype=np.float32)[np.zeros(10_000, int)]
    probabilities[list(DISPUTED)] = np.eye(10, dtype=np.float32)[1]
    assert seeds.judge(probabilities, ZEROS) == {"accuracy": 0.9985, "accuracy_without_disputed": 1.0}


def test_an_ensemble_averages_probabilities_not_votes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "_CACHE", tmp_path)
    monkeypatch.setattr("benchmarks.accuracy.ensembles.load_dataset", lambda _: Dataset("mnist", ZEROS, ZEROS))
    sure, unsure = np.float32([[0.9, 0.1] + [0] * 8]), np.float32([[0.4, 0.6] + [0] * 8])
    for seed, each in enumerate((sure, unsure, unsure, unsure, unsure, unsure), start=1):
        np.save(seeds.probabilities_file("accurate", seed), np.repeat(each, 10_000, axis=0))
    groups = measure_ensembles("accurate", [1, 2, 3, 4, 5, 6], members=3)["groups"]
    assert [(group["seeds"], group["accuracy"]) for group in groups] == [([1, 2, 3], 1.0), ([4, 5, 6], 0.0)]


def test_an_ensemble_needs_its_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "_CACHE", tmp_path)
    monkeypatch.setattr("benchmarks.accuracy.ensembles.load_dataset", lambda _: Dataset("mnist", ZEROS, ZEROS))
    with pytest.raises(RuntimeError, match="seeds \\[7\\] first"):
        measure_ensembles("accurate", [7], members=1)


def test_a_seed_sees_each_image_from_five_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "_CACHE", tmp_path)
    dot = np.zeros((10_000, 28, 28), np.uint8)
    dot[:, 14, 14] = 255
    test = Split(dot, np.zeros(10_000, np.int64), "mnist/test")
    monkeypatch.setattr(seeds, "load_dataset", lambda _: Dataset("mnist", ZEROS, test))
    linear = nn.Linear(784, 10)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    with torch.no_grad():
        linear.weight[1, 14 * 28 + 14] = 10.0  # the dot where it is says 1, and above its place 0, more plainly
        linear.weight[0, 13 * 28 + 14] = 20.0
    model = nn.Sequential(nn.Flatten(), linear)
    monkeypatch.setattr(seeds, "build_model", lambda *_, **__: model)
    torch.save(model.state_dict(), seeds.weights_file("accurate", 3))
    seeds.read_shifted("accurate", TrainConfig(seed=3))
    found = np.load(seeds.probabilities_file("accurate", 3, shifts=True))
    assert found.shape == (10_000, 10)
    assert found[0, 0] == pytest.approx((1 + 3 * 0.1) / 5, abs=1e-3)
    assert found[0, 1] == pytest.approx((1 + 3 * 0.1) / 5, abs=1e-3)


def test_nobody_is_taught_by_itself() -> None:
    assert distillation.teachers_of(2, range(1, 11)) == [6, 7, 8, 9, 10]
    assert distillation.teachers_of(9, range(1, 11)) == [1, 2, 3, 4, 5]
    with pytest.raises(RuntimeError, match="9 seeds are trained, and 10 are needed"):
        distillation.teachers_of(2, range(1, 10))


def test_a_network_learns_what_its_teachers_say_and_not_the_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds, "_CACHE", tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (256, 28, 28)).astype(np.uint8)
    train = Split(images, np.zeros(256, np.int64), "mnist/train")
    fours = Split(ZEROS.images, np.full(10_000, 4), "mnist/test")
    monkeypatch.setattr(distillation, "load_dataset", lambda _: Dataset("mnist", train, fours))
    config = TrainConfig(architecture="cropped-24", batch_size=32, lr=0.01, threads=1, seed=1)
    torch.manual_seed(0)
    model = build_model("cropped-24")
    torch.save(model.state_dict(), seeds.weights_file("accurate", 1))
    for teacher in (6, 7):
        with torch.no_grad():
            list(model.parameters())[-1][4] = 50  # the bias of fours
        torch.save(model.state_dict(), seeds.weights_file("accurate", teacher))
    lessons = distillation.prepare_lessons("accurate", config, [6, 7], train, epochs=2)
    assert lessons.images.shape == (2, 256, 28, 28)
    assert (lessons.answers.argmax(2) == 4).all()
    found = distillation.teach("accurate", config, lessons)
    assert (found["accuracy"], len(found["epochs"]), found["teachers"]) == (1.0, 2, (6, 7))
    assert seeds.weights_file("accurate-taught", 1).exists()


def test_the_report_gives_means_and_the_best_variant_first() -> None:
    row = {"accuracy_without_disputed": 0.9985, "best_epoch_on_test": 0.998}
    found = report(
        {
            "seeds": {"accurate": {"1": {"accuracy": 0.997, **row}, "2": {"accuracy": 0.998, **row}}},
            "ablation": {
                "worse": {"100": {"accuracy": 0.9, "loss": 0.3}},
                "better": {"100": {"accuracy": 0.8, "loss": 0.2}},
            },
        }
    )
    assert "99.75 ± 0.07 %" in found
    assert found.index("better") < found.index("worse")


def test_no_variant_is_the_recipe_itself_and_all_are_shorter() -> None:
    full, *others = VARIANTS.values()
    assert full.epochs < RECIPES["accurate"].config.epochs
    assert all(other != full for other in others)


def test_a_recipe_tells_what_more_arithmetic_reaches() -> None:
    groups = [{"accuracy": 0.9978}, {"accuracy": 0.998}]
    results = {
        "seeds": {"accurate-taught": {"1": {"accuracy": 0.9976}, "2": {"accuracy": 0.9976}}},
        "shifts": {"accurate": {"1": {"accuracy": 0.9974}, "2": {"accuracy": 0.9974}}},
        "ensembles": {"accurate": {"5": {"groups": groups}}},
    }
    shifted, taught, ensemble = more_of("accurate", results)
    assert (taught["accuracy_mean"], taught["command"]) == (0.9976, "python -m benchmarks.accuracy distillation")
    assert (shifted["accuracy_mean"], shifted["accuracy_sd"], shifted["over"]) == (0.9974, 0.0, "2 seeds")
    assert (ensemble["accuracy_mean"], ensemble["accuracy_sd"], ensemble["over"]) == (0.9979, 0.000141, "2 groups")
    assert more_of("standard", results) == []
