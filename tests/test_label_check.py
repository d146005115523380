from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import handigits.training
from handigits.config import TrainConfig
from handigits.data import Split
from handigits.data.npz import write_npz
from handigits.errors import ConfigError
from handigits.label_check import check_labels
from handigits.recipes import RECIPES, Recipe
from handigits.training import Fit

WRONG = [11, 60, 151]


@pytest.fixture(autouse=True)
def small_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe that learns the bars in a moment."""
    config = TrainConfig(architecture="cropped-22", epochs=4, batch_size=20, optimizer="adam", lr=0.01, threads=1)
    recipe = Recipe(name="small", summary="", source="", config=config)
    monkeypatch.setitem(RECIPES, "small", recipe)


@pytest.fixture
def mislabelled(tmp_path: Path, digits: Split) -> Path:
    """The bars, three of them with a wrong label in either split."""
    labels = digits.labels.copy()
    labels[WRONG] = (labels[WRONG] + 5) % 10
    wrong = Split(digits.images, labels, "bars")
    write_npz(tmp_path / "wrong.npz", {"train": wrong, "test": wrong})
    return tmp_path / "wrong.npz"


@pytest.mark.parametrize("split", ["train", "test"])
def test_wrong_labels_are_the_least_credible(mislabelled: Path, split: Any) -> None:
    check = check_labels(mislabelled, split=split, recipes=["small"], folds=3, threads=1, limit=3)
    assert sorted(row.index for row in check.gallery.rows) == WRONG
    assert check.count == 200
    assert check.protocol.startswith("3 models (small), each trained on 2 of 3 parts of ")


def test_the_same_seed_gives_the_same_answer(mislabelled: Path) -> None:
    checks = [check_labels(mislabelled, split="train", recipes=["small"], folds=2, seed=4, threads=1) for _ in range(2)]
    assert checks[0].gallery.rows == checks[1].gallery.rows


def test_the_share_that_is_done_is_told(mislabelled: Path) -> None:
    shares: list[float] = []
    check_labels(mislabelled, recipes=["small", "small"], folds=2, threads=1, watch=shares.append)
    assert len(shares) == 4 * len({share for share in shares if share <= 0.25})
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_the_network_that_the_training_keeps_is_the_one_that_judges(
    mislabelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an average of the weights, that is not the one that was trained."""
    config = replace(RECIPES["small"].config, ema=0.8)
    monkeypatch.setitem(RECIPES, "small", replace(RECIPES["small"], config=config))
    trained: list[nn.Module] = []

    def fit(model: nn.Module, *given: Any, **named: Any) -> Fit:
        fitted = handigits.training.loop.fit(model, *given, **named)
        with torch.no_grad():
            model.apply(lambda layer: layer.weight.fill_(float("nan")) if isinstance(layer, nn.Linear) else None)
        trained.append(model)
        return fitted

    monkeypatch.setattr(handigits.training, "fit", fit)
    check = check_labels(mislabelled, recipes=["small"], folds=2, threads=1, limit=3)
    assert len(trained) == 2
    assert sorted(row.index for row in check.gallery.rows) == WRONG


@pytest.mark.parametrize("folds", [1, 201])
def test_a_number_of_folds_that_makes_no_sense_is_refused(mislabelled: Path, folds: int) -> None:
    with pytest.raises(ConfigError, match=f"folds is {folds}; expected 2 to 200"):
        check_labels(mislabelled, recipes=["small"], folds=folds)


def test_no_recipe_is_refused(mislabelled: Path) -> None:
    with pytest.raises(ConfigError, match="at least one recipe"):
        check_labels(mislabelled, recipes=[])


def test_no_image_is_judged_by_a_model_that_has_seen_it(mislabelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told from the models: each learns by heart, so it would find its own wrong labels credible."""
    config = RECIPES["small"].config
    learnt = replace(config, epochs=20)
    monkeypatch.setitem(RECIPES, "small", Recipe(name="small", summary="", source="", config=learnt))
    check = check_labels(mislabelled, split="train", recipes=["small"], folds=2, threads=1, limit=3)
    assert np.mean([row.label_confidence for row in check.gallery.rows]) < 0.3
