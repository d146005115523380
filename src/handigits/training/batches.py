"""Training batches from images in memory: no loader, no workers.

What step 500 of a seed gets is a function of that seed and 500 alone. So a run that is continued sees what it would
have seen anyway, with no state of a random generator to save.
"""

import math
import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from handigits.config import TrainConfig
from handigits.data.split import Split
from handigits.handwriting import synthesize, widen
from handigits.training.augment import augment
from handigits.training.distributed import ALONE, Processes
from handigits.training.draws import Draws

__all__ = ["Batches", "to_input"]

_EPOCH_STREAM = 2**40  # keeps the draws of epochs apart from the draws of steps


class Batches:
    """The training images in the order, and with the variations, that a config and its seed give.

    Attributes:
        images: uint8 (N, 28, 28) on the device; those of `train` come first, then what the config wants beside them.
        labels: int64 (N,) on the device.
        per_epoch: steps in an epoch; the last batch of an epoch may be smaller.
        steps: steps in all epochs.
    """

    def __init__(self, train: Split, config: TrainConfig, device: torch.device, processes: Processes = ALONE) -> None:
        images, labels = _with_what_is_made(train, config)
        self.images, self.labels = _shared(images).to(device), _shared(labels).to(device)
        self.per_epoch = math.ceil(len(self.labels) / config.batch_size)
        self.steps = self.per_epoch * config.epochs
        self._config = config
        self._processes = processes
        self._order = torch.empty(0, dtype=torch.int64)
        self._order_epoch = -1

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """The batch of a step, counted from 0: images float32 (B, 1, 28, 28) in [0, 1], labels int64 (B,).

        Of several processes, each gets its part. Also seeds torch's global generator for the step, from which dropout
        draws.
        """
        epoch, position = divmod(step, self.per_epoch)
        if epoch != self._order_epoch:
            self._order = torch.randperm(len(self.labels), generator=self._draws(_EPOCH_STREAM + epoch))
            self._order = self._order.to(self.labels.device)
            self._order_epoch = epoch
        size = self._config.batch_size
        chosen = self._order[position * size : (position + 1) * size]
        draws = self._draws(step)
        self._seed(draws.initial_seed())
        part = self._processes.take(len(chosen))
        own = chosen[part]
        images, labels = self.images.index_select(0, own), self.labels.index_select(0, own)
        return augment(to_input(images), self._config.augment, Draws(draws, len(chosen), part)), labels

    def _seed(self, seed: int) -> None:
        """Seed what dropout draws from: on a CPU its generator alone, since seeding every backend takes time."""
        if self.labels.device.type == "cpu":
            torch.default_generator.manual_seed(seed)
        else:
            torch.manual_seed(seed)

    def _draws(self, stream: int) -> Generator:
        """A generator for one of the independent streams of a seed."""
        mixed = (self._config.seed * 0x9E3779B97F4A7C15 + stream * 0xBF58476D1CE4E5B9) % 2**64
        mixed = (mixed ^ (mixed >> 31)) * 0x94D049BB133111EB % 2**64  # splitmix64: near seeds, far streams
        return Generator().manual_seed((mixed ^ (mixed >> 29)) % 2**63)


def _with_what_is_made(train: Split, config: TrainConfig) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The training images and their labels, then drawn ones and stretched ones if the config wants them."""
    parts = [train]
    if config.synthetic:
        parts.append(synthesize(round(config.synthetic * len(train)), config.seed))
    if config.widened:
        parts.append(widen(train, round(config.widened * len(train)), config.seed))
    if len(parts) == 1:
        return train.images, train.labels
    return np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts])


def _shared(array: NDArray[Any]) -> Tensor:
    """A tensor in the array's own memory: nothing here writes to it, as torch fears of an array that is read-only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return torch.from_numpy(array)


def to_input(images: Tensor) -> Tensor:
    """uint8 (B, 28, 28) -> the input contract: float32 (B, 1, 28, 28) in [0, 1]."""
    return images.unsqueeze(1).float().div_(255)
