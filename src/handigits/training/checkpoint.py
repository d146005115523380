"""Checkpoints: all that is needed to go on as if nothing had happened.

A checkpoint is one safetensors file whose name carries its step and the start of its SHA-256, so it appears in one
rename and a flipped bit is found before anything is loaded. The two newest are kept. Nothing here unpickles.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.optim import Optimizer

from handigits.atomic import write_bytes
from handigits.errors import ModelError
from handigits.training.distributed import ALONE, Processes

__all__ = ["EpochRow", "TrainState", "discard_checkpoint", "load_newest", "save_checkpoint"]

_NAME = re.compile(r"step-(\d{9})\.([0-9a-f]{16})\.safetensors")
_KEEP = 2


@dataclass(frozen=True)
class EpochRow:
    """One line of the training history.

    Attributes:
        epoch: counted from 1.
        train_loss, train_accuracy: mean over the epoch's augmented images, as the weights were at each step.
        validation_loss, validation_accuracy: on the held-out images after the epoch; None where none are held out.
        learning_rate: of the epoch's last step.
        seconds: training time since the start.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float


@dataclass(kw_only=True)
class TrainState:
    """Everything that changes while training.

    Attributes:
        model: the network that the optimiser works on.
        average: a copy whose weights are the moving average of the model's; None without EMA.
        optimizer: with its moments.
        best: the weights of the best epoch so far, by loss on the held-out images; empty without patience.
        step: optimiser steps done.
        seconds: training time so far.
        seen, loss_sum, correct: images seen in the epoch that is under way, and their sums.
        history: the epochs that are complete.
    """

    model: nn.Module
    average: nn.Module | None
    optimizer: Optimizer
    best: dict[str, Tensor] = field(default_factory=dict)
    step: int = 0
    seconds: float = 0.0
    seen: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    history: list[EpochRow] = field(default_factory=list)

    @property
    def result(self) -> nn.Module:
        """The network to measure and to keep: the average where there is one."""
        return self.average or self.model


def save_checkpoint(directory: Path, state: TrainState) -> Path:
    """Write `state` into `directory`; drop older checkpoints, and what a killed process left half written."""
    directory.mkdir(parents=True, exist_ok=True)
    scalars = {name: getattr(state, name) for name in ("step", "seconds", "seen", "loss_sum", "correct")}
    scalars["history"] = [asdict(row) for row in state.history]
    content = save(_tensors(state), {"state": json.dumps(scalars)})
    digest = hashlib.sha256(content).hexdigest()[:16]
    path = directory / f"step-{state.step:09d}.{digest}.safetensors"
    write_bytes(path, content)
    for old in [*_checkpoints(directory)[_KEEP:], *directory.glob("*.part")]:
        old.unlink(missing_ok=True)
    return path


def discard_checkpoint(directory: Path, step: int) -> None:
    """Delete the checkpoint of a step, if there is one; for weights that turned out to be of no use."""
    for path in directory.glob(f"step-{step:09d}.*.safetensors"):
        path.unlink(missing_ok=True)


def load_newest(directory: Path, state: TrainState, processes: Processes = ALONE) -> list[str]:
    """Load the newest checkpoint that is whole into `state`; newer ones, which are damaged, are deleted.

    Where none was written yet, `state` is left as it is: at the beginning. Of several processes the first reads, and
    the others are sent what it read; they need not be as many as when it was written.

    Returns:
        A notice for each newer checkpoint that was damaged and passed over.

    Raises:
        ModelError: all checkpoints are damaged, or the newest whole one does not fit.
    """
    path, content, notices = processes.ask_first(lambda: _newest_whole(directory))
    if path:
        _restore(state, path, content)
    return notices


def _newest_whole(directory: Path) -> tuple[Path | None, bytes, list[str]]:
    """The newest checkpoint that is whole, if there is one, its content, and the notices of `load_newest`."""
    notices: list[str] = []
    damaged: list[Path] = []
    for path in _checkpoints(directory):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest()[:16] == _digest(path):
            for each in damaged:  # or they would be kept as the newest, in place of whole ones
                each.unlink(missing_ok=True)
            return path, content, notices
        damaged.append(path)
        notices.append(f"{path.name} is damaged (its SHA-256 is another); going back to the one before it.")
    if notices:
        raise ModelError(
            f"{directory}: every checkpoint is damaged ({len(notices)} of {len(notices)}); "
            "expected a whole one to go on from. Train anew with --force."
        )
    return None, b"", ["No checkpoint had been written yet; training starts at the beginning."]


def _checkpoints(directory: Path) -> list[Path]:
    """Checkpoints in a directory, newest first."""
    return sorted((path for path in directory.glob("step-*.safetensors") if _NAME.fullmatch(path.name)), reverse=True)


def _digest(path: Path) -> str:
    match = _NAME.fullmatch(path.name)
    assert match is not None  # `_checkpoints` lists no other names
    return match[2]


def _tensors(state: TrainState) -> dict[str, Tensor]:
    tensors = {f"model/{name}": tensor for name, tensor in state.model.state_dict().items()}
    if state.average is not None:
        tensors |= {f"average/{name}": tensor for name, tensor in state.average.state_dict().items()}
    tensors |= {f"best/{name}": tensor for name, tensor in state.best.items()}
    for index, moments in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in moments.items()}
    return {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}


def _restore(state: TrainState, path: Path, content: bytes) -> None:
    try:
        tensors = load(content)
        header_size = int.from_bytes(content[:8], "little")
        scalars = json.loads(json.loads(content[8 : 8 + header_size])["__metadata__"]["state"])
        parts: dict[str, dict[str, Any]] = {"model": {}, "average": {}, "best": {}, "optimizer": {}}
        for key, tensor in tensors.items():
            part, name = key.split("/", 1)
            parts[part][name] = tensor
        state.model.load_state_dict(parts["model"])
        if state.average is not None:
            state.average.load_state_dict(parts["average"])
        _restore_optimizer(state.optimizer, parts["optimizer"])
    except (SafetensorError, KeyError, RuntimeError, ValueError) as err:
        raise ModelError(
            f"{path} does not fit this run's network and optimiser; expected what config.json says. Was it edited?"
        ) from err
    state.best = parts["best"]
    state.history = [EpochRow(**row) for row in scalars.pop("history")]
    for name, value in scalars.items():
        setattr(state, name, value)


def _restore_optimizer(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    moments: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        index, name = key.split("/", 1)
        moments.setdefault(int(index), {})[name] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})
    # Loaded moments are contiguous; the fused optimisers want the memory order of the parameters.
    for parameter, values in optimizer.state.items():
        for name, value in values.items():
            if torch.is_tensor(value) and value.shape == parameter.shape:
                values[name] = torch.empty_like(parameter).copy_(value)
