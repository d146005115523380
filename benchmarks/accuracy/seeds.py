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
from handigits.models import build_model
from handigits.training.batches import to_input
from handigits.training.loop import Progress, fit

__all__ = ["judge", "probabilities_file", "read_shifted", "summarize", "train_seed", "weights_file"]

_CACHE = Path(__file__).parent / ".cache"
_BATCH = 1_000


def train_seed(recipe: str, config: TrainConfig) -> dict[str, Any]:
    """Train on all of MNIST's training images; the test set is read after every epoch and decides nothing.

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
        if progress.completed:
            began = time.perf_counter()
            epochs.append(judge(_read(model, test), test)["accuracy"])
            reading += time.perf_counter() - began
            say(f"{recipe} {config.seed}: epoch {progress.epoch}, {epochs[-1]:.2%}, {progress.seconds:.0f} s")

    found = fit(model, dataset.train, config, watch=watch)
    probabilities = _read(found.model, test)
    path = probabilities_file(recipe, config.seed)
    path.parent.mkdir(exist_ok=True)
    np.save(path, probabilities)
    torch.save(found.model.state_dict(), weights_file(recipe, config.seed))
    return {
        **judge(probabilities, test),
        "best_epoch_on_test": max(epochs),
        "epochs": epochs,
        "training_seconds": round(found.seconds - reading, 1),
        "device": found.engine.device.type,
        "precision": found.engine.precision,
        "threads": found.engine.threads,
        "processor": describe_environment()["processor"],
        "commit": commit(),
        "date": str(date.today()),
    }


def read_shifted(recipe: str, config: TrainConfig) -> dict[str, Any]:
    """Judge a seed that sees each test image from five places, as `handigits ensemble --shifts` lets it."""
    test = load_dataset("mnist").test
    assert test is not None
    model = build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)
    model.load_state_dict(torch.load(weights_file(recipe, config.seed), weights_only=True))
    room = np.pad(test.images, ((0, 0), (1, 1), (1, 1)))
    views = [room[:, 1 - down : 29 - down, 1 - right : 29 - right] for down, right in PLACES]
    probabilities = np.mean([_read(model, dataclasses.replace(test, images=view)) for view in views], axis=0)
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
def _read(model: torch.nn.Module, split: Split) -> NDArray[np.float32]:
    model.eval()
    parts = torch.split(torch.from_numpy(split.images), _BATCH)
    device = next(model.parameters()).device
    answers = [torch.softmax(model(to_input(part.to(device))).float(), dim=1).cpu() for part in parts]
    return np.asarray(torch.cat(answers).numpy(), np.float32)
