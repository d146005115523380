"""The programs that are measured run, on a few images; Keras's only where its environment has been made."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import handigits
from benchmarks.ours.fitting import convnet, repeat
from benchmarks.peers import protocol
from benchmarks.peers.environment import is_installed, peers_python
from benchmarks.peers.protocol import Options, race
from benchmarks.peers.pytorch_example import Net, normalize, to_tensor
from benchmarks.processes import run_module
from benchmarks.time_to_accuracy import measure_recipe
from handigits.data import load_dataset
from handigits.models import measure_cost

keras = pytest.mark.skipif(not is_installed(), reason="python -m benchmarks makes the environment of Keras")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real digits: 300 to train on, 100 to test on."""
    dataset = load_dataset("mnist-5k")
    assert dataset.test is not None
    path = tmp_path_factory.mktemp("images") / "images.npz"
    train, test = dataset.train.subset(np.arange(0, 3000, 10)), dataset.test.subset(np.arange(0, 1000, 10))
    np.savez(
        path,
        train_images=train.images,
        train_labels=train.labels,
        test_images=test.images,
        test_labels=test.labels,
    )
    return path


@pytest.fixture(scope="module")
def run_directory(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "flash"
    return handigits.train("flash", data=images, epochs=2, out=out).directory


def test_the_pytorch_example_writes_a_line_for_each_epoch(images: Path) -> None:
    about, first, second = run_module("benchmarks.peers.pytorch_example", images, "--epochs", 2).lines
    assert "torch" in about["packages"]
    assert (first["epoch"], second["epoch"]) == (1, 2)
    assert 0 < first["seconds"] < second["seconds"]
    assert second["accuracy"] > 0.3


def test_a_race_ends_at_the_first_epoch_with_the_target(capsys: pytest.CaptureFixture[str]) -> None:
    accuracies = iter([0.5, 0.99, 0.98])
    race(Options(Path(), epochs=3, target=0.99, seed=0), lambda: None, lambda: next(accuracies))
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["epoch"], row["accuracy"]) for row in rows] == [(1, 0.5), (2, 0.99)]


def test_the_clock_of_a_race_stands_still_while_testing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0

    def pass_time(seconds: float) -> float:
        nonlocal now
        now += seconds
        return 0.5

    monkeypatch.setattr(protocol.time, "perf_counter", lambda: now)
    race(Options(Path(), epochs=2, target=2, seed=0), lambda: pass_time(3.0), lambda: pass_time(100.0))
    assert [json.loads(line)["seconds"] for line in capsys.readouterr().out.splitlines()] == [3.0, 6.0]


def test_the_pytorch_example_has_the_size_of_the_published_one() -> None:
    assert sum(parameter.numel() for parameter in Net().parameters()) == 1_199_882


def test_the_transforms_normalise() -> None:
    from PIL import Image

    pixels = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28)
    image = normalize(to_tensor(Image.fromarray(pixels)))
    expected = (torch.from_numpy(pixels).float() / 255 - 0.1307) / 0.3081
    assert image.shape == (1, 28, 28)
    torch.testing.assert_close(image[0], expected)


@keras
@pytest.mark.parametrize("program", ["keras_convnet", "keras_two_conv"])
def test_a_keras_peer_writes_a_line_for_each_epoch(program: str, images: Path) -> None:
    about, first = run_module(f"benchmarks.peers.{program}", images, "--epochs", 1, python=peers_python()).lines
    assert about["packages"].keys() == {"keras", "tensorflow"}
    assert first["seconds"] > 0


def test_a_recipe_is_measured_from_the_shell_to_the_report(images: Path) -> None:
    measured = measure_recipe("flash", str(images), "--epochs", "2", seed=1)
    (end,) = measured["epochs"]
    assert end["epoch"] == len(measured["epoch_seconds"]) == 2
    assert measured["command_seconds"] > end["seconds"] >= sum(measured["epoch_seconds"]) - 0.01


def test_torch_and_handigits_read_the_same_digits(images: Path, run_directory: Path) -> None:
    flags = ["--threads", 1, "--calls", 20]
    (ours,) = run_module("benchmarks.ours.reading", run_directory, images, *flags).lines
    (torch_,) = run_module("benchmarks.peers.pytorch_reading", run_directory, images, *flags).lines
    assert ours["answers"] == torch_["answers"]
    assert len(set(ours["answers"])) > 1
    assert ours["images_per_second"] > 0 < ours["median_ms"] <= ours["p99_ms"]


@keras
def test_keras_reads_the_same_digits(images: Path, run_directory: Path) -> None:
    flags = ["--threads", 1, "--calls", 20]
    (ours,) = run_module("benchmarks.ours.reading", run_directory, images, *flags).lines
    theirs = run_module("benchmarks.peers.keras_reading", run_directory, images, *flags, python=peers_python()).lines
    assert theirs[-1]["answers"] == ours["answers"]
    assert theirs[-2]["calling"]["median_ms"] > 0


def test_the_width_network_costs_the_square_of_its_width() -> None:
    assert measure_cost(convnet(64)).macs / measure_cost(convnet(32)).macs == pytest.approx(4, rel=0.1)


def test_images_are_repeated_in_their_order(images: Path) -> None:
    split = repeat(images, 700)
    assert (split.images[300:600] == split.images[:300]).all()
    assert (split.labels[600:] == split.labels[:100]).all()


def test_an_epoch_is_measured_on_as_many_images_as_asked_for(images: Path) -> None:
    (row,) = run_module("benchmarks.ours.fitting", images, "--count", 700, "--recipe", "flash").lines
    assert row["data_mb"] == round(700 * (784 + 8) / 1e6, 1)
    assert row["seconds"] > 0 < row["macs"]
