"""What the training peers have in common: their arguments, the images, and how a race to an accuracy is run."""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Images", "Options", "load_images", "parse_options", "race", "tell_packages"]


@dataclass(frozen=True)
class Options:
    """How far to train.

    Attributes:
        images: the .npz with MNIST.
        epochs: at most so many.
        target: stop after the first epoch with this test accuracy.
        seed: of every random draw that the library lets one seed.
    """

    images: Path
    epochs: int
    target: float
    seed: int


@dataclass(frozen=True)
class Images:
    """MNIST: images uint8 (N, 28, 28), labels int64 (N,)."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]


def parse_options() -> Options:
    """The command line of a peer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("images", type=Path)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--target", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=0)
    return Options(**vars(parser.parse_args()))


def load_images(path: Path) -> Images:
    """Read what the benchmark wrote."""
    with np.load(path) as arrays:
        return Images(**{name: arrays[name] for name in Images.__dataclass_fields__})


def tell_packages(*names: str) -> None:
    """Write the versions of installed packages."""
    print(json.dumps({"packages": {name.removesuffix("-cpu"): version(name) for name in names}}), flush=True)


def race(options: Options, train_epoch: Callable[[], object], test_accuracy: Callable[[], float]) -> None:
    """Train until the target or the last epoch, and write `{epoch, seconds, accuracy}` after each.

    The clock runs while training and stands still while testing.
    """
    seconds = 0.0
    for epoch in range(1, options.epochs + 1):
        began = time.perf_counter()
        train_epoch()
        seconds += time.perf_counter() - began
        accuracy = test_accuracy()
        print(json.dumps({"epoch": epoch, "seconds": round(seconds, 3), "accuracy": accuracy}), flush=True)
        if accuracy >= options.target:
            break
