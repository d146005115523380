"""What the tests of several rooms share: digits simple enough to be learnt at once, and models that read them."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Browser, Error, sync_playwright
from torch import nn

from handigits.artifact import ArtifactMetadata
from handigits.artifact.writing import write_artifact
from handigits.data import Split
from handigits.data.npz import write_npz
from handigits.network import layers
from handigits.network.layers import Network
from handigits.run import Run
from handigits.workflow import train

_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

hypothesis.settings.register_profile("patient", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> Iterator[None]:
    """Ctrl-C means what it means at a terminal; a shell that runs the tests in the background has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")  # one after the other: two at a time would not do
def browser() -> Iterator[Browser]:
    """Chromium with a camera that shows a moving test card; skips where there is none, unless one is required."""
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox", *_CAMERA])
        except Error as err:
            if os.environ.get("HANDIGITS_REQUIRE_BROWSER"):
                raise
            pytest.skip(f"there is no Chromium: {err.message.splitlines()[0]}")
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def bar_image() -> Callable[[int], NDArray[np.uint8]]:
    """Draws the picture that `bar_model` reads as `digit`: two white bars, as far apart as the digit says.

    Framed as MNIST's digits are, 20 pixels tall and centred by mass, so that it is not normalised once more.
    """

    def draw(digit: int) -> NDArray[np.uint8]:
        image = np.zeros((28, 28), np.uint8)
        image[4:24, [13 - digit, 14 + digit]] = 255
        return image

    return draw


@pytest.fixture(scope="session")
def digits(bar_image: Callable[[int], NDArray[np.uint8]]) -> Split:
    """200 noisy bars, 20 of each digit, shuffled; every network learns them within seconds."""
    generator = np.random.default_rng(0)
    labels = generator.permutation(np.repeat(np.arange(10), 20))
    noise = generator.integers(0, 120, (len(labels), 28, 28))
    images = np.maximum(np.stack([bar_image(label) for label in labels]), noise).astype(np.uint8)
    return Split(images, labels, "bars/train")


@pytest.fixture(scope="session")
def digits_npz(tmp_path_factory: pytest.TempPathFactory, digits: Split) -> Path:
    """A dataset in a file: `digits` to learn from, and their first 50 as a test split."""
    path = tmp_path_factory.mktemp("dataset") / "digits.npz"
    write_npz(path, {"train": digits, "test": digits.subset(np.arange(50))})
    return path


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory, digits_npz: Path) -> Run:
    """A run that is done; not to be changed. In fp32, so that it is nearly the same on every machine."""
    out = tmp_path_factory.mktemp("runs") / "finished"
    settings = {"epochs": 2, "batch_size": 20, "validation": 20, "seed": 7, "threads": 1, "precision": "fp32"}
    return train("compact-5fc", data=digits_npz, out=out, **settings)


@pytest.fixture
def bar_model(bar_image: Callable[[int], NDArray[np.uint8]]) -> nn.Module:
    """Logits that are highest for the digit whose bar is in the picture."""
    linear = nn.Linear(28 * 28, 10)
    bars = np.stack([bar_image(digit).ravel() for digit in range(10)]) / 255
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(bars / 4))
        linear.bias.zero_()
    return nn.Sequential(nn.Flatten(), linear)


@pytest.fixture
def metadata() -> ArtifactMetadata:
    return ArtifactMetadata(
        recipe="bars",
        seed=3,
        data="bars",
        parameters=7850,
        macs=7840,
        training_seconds=0.5,
        metrics={"test": {"accuracy": 0.99, "loss": 0.03, "count": 1000, "interval": [0.98, 0.995]}},
    )


@pytest.fixture
def artifact(
    tmp_path: Path, bar_model: nn.Module, metadata: ArtifactMetadata, bar_image: Callable[[int], NDArray[np.uint8]]
) -> Path:
    """The file of `bar_model`."""
    path = tmp_path / "model.onnx"
    write_artifact(bar_model, path, metadata, np.stack([bar_image(digit) for digit in range(10)]))
    return path


@pytest.fixture
def every_layer() -> Network:
    """A network with a layer of every kind, its numbers drawn at random; what it answers is nonsense, but varies."""
    generator = np.random.default_rng(0)

    def draw(*shape: int, scale: float = 0.3) -> NDArray[np.float32]:
        return (scale * generator.standard_normal(shape)).astype(np.float32)

    def batch_norm(channels: int) -> layers.BatchNorm:
        return layers.BatchNorm(1 + draw(channels), draw(channels), draw(channels), 1 + draw(channels) ** 2, 1e-3)

    return Network(
        (
            layers.Rescale(3.0, -0.4),
            layers.Crop((1, 2, 3, 0)),  # (1, 24, 26)
            layers.Convolution(draw(4, 1, 3, 5), draw(4), stride=2, padding=(1, 0, 2, 1)),  # (4, 13, 12)
            batch_norm(4),
            layers.Relu(),
            batch_norm(4),
            layers.Convolution(draw(6, 2, 3, 3), draw(6), padding=(1, 1, 1, 1), groups=2),  # (6, 13, 12)
            layers.MaxPool(2),  # (6, 6, 6)
            layers.Flatten(),
            layers.Dropout(0.25),
            layers.Dense(draw(16, 216), draw(16)),
            batch_norm(16),
            layers.Relu(),
            layers.Dense(draw(10, 16), draw(10)),
            layers.Softmax(),
        )
    )
