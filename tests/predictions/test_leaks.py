from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handigits.artifact import ArtifactMetadata
from handigits.data import load_dataset
from handigits.data.kaggle_csv import write_kaggle_csv
from handigits.predictions.leaks import leak_notice


@pytest.fixture
def metadata(metadata: ArtifactMetadata) -> ArtifactMetadata:
    """Of a model that was trained on mnist-5k."""
    return replace(metadata, data="mnist-5k")


@pytest.fixture
def table(tmp_path: Path) -> Callable[[int, int], Path]:
    """Writes so many digits that a model of mnist-5k was trained on, and so many others, as Kaggle's test.csv."""
    dataset = load_dataset("mnist-5k")
    assert dataset.test is not None
    test = dataset.test

    def write(seen: int, unseen: int) -> Path:
        path = tmp_path / "test.csv"
        write_kaggle_csv(path, np.concatenate([dataset.train.images[:seen], test.images[:unseen]]), None)
        return path

    return write


def test_images_that_were_trained_on_are_counted(table: Callable[[int, int], Path], metadata: ArtifactMetadata) -> None:
    notice = leak_notice([str(table(3, 5))], metadata)
    assert notice.startswith("3 of the 8 images of this submission are among those that the model was trained on")


def test_unseen_images_are_worth_no_word(table: Callable[[int, int], Path], metadata: ArtifactMetadata) -> None:
    assert leak_notice([str(table(0, 5))], metadata) == ""


def test_data_that_is_not_at_hand_is_said_to_be(
    table: Callable[[int, int], Path], metadata: ArtifactMetadata, tmp_path: Path
) -> None:
    notice = leak_notice([str(table(1, 0))], replace(metadata, data=str(tmp_path / "gone")))
    assert "is not at hand here" in notice


def test_pictures_are_not_looked_at(metadata: ArtifactMetadata) -> None:
    assert leak_notice(["seven.png"], metadata) == ""


def test_a_pattern_that_the_shell_left_alone_is_looked_up(
    table: Callable[[int, int], Path], metadata: ArtifactMetadata
) -> None:
    pattern = str(table(3, 5).with_name("*.csv"))
    assert leak_notice([pattern], metadata).startswith("3 of the 8 images")
