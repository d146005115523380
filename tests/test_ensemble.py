from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from handigits.artifact import ArtifactMetadata
from handigits.artifact.writing import write_artifact
from handigits.ensemble import write_ensemble
from handigits.errors import ConfigError, MissingFileError
from handigits.recognizer import Recognizer

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)


def member(path: Path, seed: int, *, data: str = "mnist") -> Path:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 4, 5, stride=3), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10))
    about = ArtifactMetadata(
        recipe="small", seed=seed, data=data, parameters=2674, macs=8960, training_seconds=1.5, metrics={}
    )
    write_artifact(model, path, about, IMAGES)
    return path


@pytest.fixture
def members(tmp_path: Path) -> list[Path]:
    return [member(tmp_path / f"{seed}.onnx", seed) for seed in range(3)]


def test_it_answers_with_the_mean_of_its_members_probabilities(members: list[Path], tmp_path: Path) -> None:
    write_ensemble(members, tmp_path / "all.onnx")
    expected = np.mean([Recognizer.load(path).probabilities(IMAGES) for path in members], axis=0)
    found = Recognizer.load(tmp_path / "all.onnx").probabilities(IMAGES)
    assert found == pytest.approx(expected, abs=1e-6)
    assert np.abs(found - Recognizer.load(members[0]).probabilities(IMAGES)).max() > 0.01


def test_with_shifts_each_member_sees_the_picture_from_five_places(members: list[Path], tmp_path: Path) -> None:
    written = write_ensemble(members[:2], tmp_path / "steady.onnx", shifts=True)
    room = np.pad(IMAGES, ((0, 0), (1, 1), (1, 1)))
    views = [room[:, row : row + 28, column : column + 28] for row, column in ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))]
    expected = np.mean([Recognizer.load(path).probabilities(view) for path in members[:2] for view in views], axis=0)
    assert Recognizer.load(written.file).probabilities(IMAGES) == pytest.approx(expected, abs=1e-6)
    assert (written.metadata.recipe, written.metadata.macs) == ("2 x small, seen from 5 places", 5 * 2 * 8960)


def test_one_model_with_shifts_is_enough(members: list[Path], tmp_path: Path) -> None:
    assert write_ensemble(members[:1], tmp_path / "steady.onnx", shifts=True).members == (members[0],)


def test_it_says_what_it_is_made_of(members: list[Path], tmp_path: Path) -> None:
    about = write_ensemble(members, tmp_path / "all.onnx").metadata
    assert (about.recipe, about.data, about.parameters, about.training_seconds) == ("3 x small", "mnist", 8022, 4.5)


def test_a_model_may_be_a_run_directory(members: list[Path], tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    members[0].rename(run / "model.onnx")
    assert write_ensemble([run, members[1]], tmp_path / "both.onnx").members == (run / "model.onnx", members[1])


def test_one_model_is_no_ensemble(members: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two models or more"):
        write_ensemble(members[:1], tmp_path / "one.onnx")


def test_models_of_several_datasets_are_refused(members: list[Path], tmp_path: Path) -> None:
    other = member(tmp_path / "other.onnx", 4, data="kmnist")
    with pytest.raises(ConfigError, match="kmnist, mnist"):
        write_ensemble([members[0], other], tmp_path / "all.onnx")


def test_what_is_there_is_replaced_only_by_force(members: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "all.onnx"
    out.write_bytes(b"mine")
    with pytest.raises(ConfigError, match="exists already"):
        write_ensemble(members, out)
    assert out.read_bytes() == b"mine"
    write_ensemble(members, out, force=True)
    assert Recognizer.load(out).metadata.recipe == "3 x small"


def test_a_missing_member_is_named(members: list[Path], tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="nowhere"):
        write_ensemble([members[0], tmp_path / "nowhere.onnx"], tmp_path / "all.onnx")
