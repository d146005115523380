"""Train a recipe with one seed after another and judge each at its last epoch."""

import dataclasses
import statistics
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.disputed import DISPUTED
from benchmarks.machine import commit, say
from handigits.config import TrainConfig
from handigits.data import load_dataset
from handigits.data.split import Split
from handigits.ensemble import PLACES
from handigits.environment import describe_environment
from handigits.models import as_chain, build_model
from handigits.training.batches import to_input
from handigits.training.engine import Engine
from handigits.training.loop import Progress, fit

__all__ = [
    "describe_seed",
    "judge",
    "keep",
    "load",
    "probabilities_file",
    "read",
    "read_shifted",
    "summarize",
    "train_seed",
    "weights_file",
]

_CACHE = Path(__file__).parent / ".cache"
_BATCH = 1_000
_READINGS = 24  # of the test set in a training: after every epoch, or every so many


def train_seed(recipe: str, config: TrainConfig) -> dict[str, Any]:
    """Train on all of MNIST's training images; the test set is read on the way and decides nothing.

    The weights and the probabilities of the last epoch are kept in a cache, for `ensembles`.
    """
    dataset = load_dataset("mnist")
    test = dataset.test
    assert test is not None
    torch.manual_seed(config.seed)
    model = build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)
    epochs: list[float] = []
    reading = 0.0

    def watch(progress: Progress) -> None:
        nonlocal reading
        if progress.completed and progress.epoch % max(1, config.epochs // _READINGS) == 0:
            began = time.perf_counter()
            epochs.append(judge(read(model, test), test)["accuracy"])
            reading += time.perf_counter() - began
            say(f"{recipe} {config.seed}: epoch {progress.epoch}, {epochs[-1]:.2%}, {progress.seconds:.0f} s")

    found = fit(model, dataset.train, config, watch=watch)
    return {
        **keep(recipe, config.seed, found.model, test),
        "best_epoch_on_test": max(epochs),
        "epochs": epochs,
        **describe_seed(found.seconds - reading, found.engine),
    }


def keep(recipe: str, seed: int, model: torch.nn.Module, test: Split) -> dict[str, float]:
    """Judge a network that is trained; its weights and what it says of the test digits go to the cache."""
    probabilities = read(model, test)
    path = probabilities_file(recipe, seed)
    path.parent.mkdir(exist_ok=True)
    np.save(path, probabilities)
    torch.save(model.state_dict(), weights_file(recipe, seed))
    return judge(probabilities, test)


def load(recipe: str, config: TrainConfig) -> torch.nn.Module:
    """The network of a seed that is kept in the cache, on the CPU, for reading.

    Raises:
        RuntimeError: it was not trained here.
    """
    path = weights_file(recipe, config.seed)
    if not path.exists():
        raise RuntimeError(
            f"The weights of seed {config.seed} are not here: python -m benchmarks.accuracy seeds --again"
        )
    model = as_chain(build_model(config.architecture, dropout=config.dropout, normalize=config.normalize))
    model.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return model.eval()


def describe_seed(seconds: float, engine: Engine) -> dict[str, Any]:
    """How long a training took, where and when."""
    return {
        "training_seconds": round(seconds, 1),
        "device": engine.device.type,
        "precision": engine.precision,
        "threads": engine.threads,
        "processor": describe_environment()["processor"],
        "commit": commit(),
        "date": str(date.today()),
    }


def read_shifted(recipe: str, config: TrainConfig) -> dict[str, Any]:
    """Judge a seed that sees each test image from five places, as `handigits ensemble --shifts` lets it."""
    test = load_dataset("mnist").test
    assert test is not None
    model = load(recipe, config)
    room = np.pad(test.images, ((0, 0), (1, 1), (1, 1)))
    views = [room[:, 1 - down : 29 - down, 1 - right : 29 - right] for down, right in PLACES]
    probabilities = np.mean([read(model, dataclasses.replace(test, images=view)) for view in views], axis=0)
    np.save(probabilities_file(recipe, config.seed, shifts=True), probabilities)
    return {**judge(probabilities, test), "date": str(date.today())}


def probabilities_file(recipe: str, seed: int, *, shifts: bool = False) -> Path:
    """Where the test probabilities of a seed are kept, float32 (10000, 10)."""
    return _CACHE / f"{recipe}-{seed}{'-shifts' if shifts else ''}.npy"


def weights_file(recipe: str, seed: int) -> Path:
    """Where the weights of a seed are kept."""
    return _CACHE / f"{recipe}-{seed}.pt"


def judge(probabilities: NDArray[np.float32], test: Split) -> dict[str, float]:
    """Accuracy, and accuracy without the disputed labels."""
    right = probabilities.argmax(1) == test.labels
    return {
        "accuracy": round(float(right.mean()), 6),
        "accuracy_without_disputed": round(float(np.delete(right, DISPUTED).mean()), 6),
    }


def summarize(rows: list[dict[str, Any]]) -> dict[str, tuple[float, float | None]]:
    """Mean and standard deviation of each figure; no deviation for one row."""
    names = ("accuracy", "accuracy_without_disputed", "best_epoch_on_test")
    columns = {name: [row[name] for row in rows] for name in names if name in rows[0]}
    return {
        name: (statistics.mean(values), statistics.stdev(values) if len(values) > 1 else None)
        for name, values in columns.items()
    }


@torch.inference_mode()
def read(model: torch.nn.Module, split: Split) -> NDArray[np.float32]:
    """What a network says of images: probabilities, float32 (N, 10)."""
    model.eval()
    parts = torch.split(torch.from_numpy(split.images), _BATCH)
    device = next(model.parameters()).device
    answers = [torch.softmax(model(to_input(part.to(device))).float(), dim=1).cpu() for part in parts]
    return np.asarray(torch.cat(answers).numpy(), np.float32)
