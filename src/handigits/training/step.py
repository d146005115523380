"""What the training loop is made of: one step, and one measurement."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from handigits.config import TrainConfig
from handigits.data.split import Split
from handigits.errors import TrainingError
from handigits.training.average import update_average
from handigits.training.batches import to_input
from handigits.training.checkpoint import TrainState
from handigits.training.engine import Engine

__all__ = ["measure", "train_step"]

_EVALUATION_BATCH = 1_000


def train_step(
    state: TrainState, network: nn.Module, images: Tensor, labels: Tensor, config: TrainConfig, engine: Engine
) -> None:
    """One update of the weights.

    Args:
        state: changed in place.
        network: what to call: `state.model`, or what stands for it where several processes have parts of the batch.
            One that is made of columns gives logits (C * B, 10), and each column is told what is right.
        images: float32 (B, 1, 28, 28) in [0, 1].
        labels: int64 (B,).
        config: label smoothing and EMA are taken from it.
        engine: the arithmetic.

    Raises:
        TrainingError: the loss is not finite; the weights were left as they were.
    """
    processes = engine.processes
    network.train()
    with engine.autocast():
        logits = network(images).float()
    columns = len(logits) // max(1, len(labels))
    for_each = labels.repeat(columns) if columns > 1 else labels
    loss = functional.cross_entropy(logits, for_each, label_smoothing=config.label_smoothing)
    loss_sum = loss.item() * len(labels) if len(labels) else 0.0  # of nothing, the mean is no number
    right = (logits.detach().argmax(1) == for_each).sum().item() / max(1, columns)
    size, loss_sum, right = processes.sum(len(labels), loss_sum, right)
    if not math.isfinite(loss_sum):
        raise TrainingError(
            f"The loss became {loss_sum} at step {state.step + 1:,}, expected a finite number. "
            f"A lower --lr than {config.lr:g} or some --warmup usually helps."
        )
    state.optimizer.zero_grad(set_to_none=True)
    (loss * (len(labels) / size)).backward()  # type: ignore[no-untyped-call]
    processes.sum_gradients(state.model)
    state.optimizer.step()
    if state.average is not None:
        update_average(state.average, state.model, config.ema, state.step)
    state.step += 1
    state.seen += int(size)
    state.loss_sum += loss_sum
    state.correct += round(right)


@torch.inference_mode()
def measure(model: nn.Module, split: Split, engine: Engine) -> tuple[float, float]:
    """Mean cross-entropy in nats, and accuracy in [0, 1], of `model` in evaluation mode on `split`."""
    model.eval()
    loss, correct = 0.0, 0
    own = engine.processes.part(len(split))
    for start in range(own.start, own.stop, _EVALUATION_BATCH):
        part = slice(start, min(start + _EVALUATION_BATCH, own.stop))
        labels = torch.from_numpy(split.labels[part]).to(engine.device)
        with engine.autocast():
            logits = model(to_input(torch.from_numpy(split.images[part]).to(engine.device))).float()
        loss += functional.cross_entropy(logits, labels, reduction="sum").item()
        correct += int((logits.argmax(1) == labels).sum())
    loss, right = engine.processes.sum(loss, correct)
    return loss / len(split), right / len(split)
