"""Go on with a network that `seeds` has trained, taught by the networks of five other seeds.

An ensemble knows more than each of its members. It reads every training image in eight variations, and the network
learns, for eight more epochs, what the ensemble says of just these, and not what the labels say. The variations are the
same for all networks that the same five teach, so that they need be read but once.

Reference: L. Beyer et al., "Knowledge distillation: A good teacher is patient and consistent", 2022.
"""

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.accuracy.seeds import describe_seed, judge, keep, load, read
from benchmarks.machine import say
from handigits.config import TrainConfig
from handigits.data import load_dataset
from handigits.data.split import Split
from handigits.training.augment import augment
from handigits.training.batches import to_input
from handigits.training.draws import Draws
from handigits.training.engine import Engine, prepare_engine
from handigits.training.optim import build_optimizer, learning_rate

__all__ = ["TAUGHT", "Lessons", "prepare_lessons", "teach", "teachers_of"]

TAUGHT = "-taught"
"""What the name of a recipe ends in whose networks were taught."""

_EPOCHS = 8
_RATE = 0.5  # of the peak learning rates that the recipe has
_READ = 1_000  # images that the teachers read at once


@dataclass(frozen=True, eq=False)
class Lessons:
    """What is learnt, on the CPU.

    Attributes:
        teachers: the seeds that answered.
        images: uint8 (E, N, 28, 28), the training images anew for each epoch.
        answers: float32 (E, N, 10), what the teachers say of them: the mean of their probabilities.
    """

    teachers: tuple[int, ...]
    images: Tensor
    answers: Tensor


def teachers_of(seed: int, seeds: Sequence[int], count: int = 5) -> list[int]:
    """The seeds that teach a seed: the first `count`, or for those the next `count`.

    Raises:
        RuntimeError: there are too few.
    """
    first, second = list(seeds[:count]), list(seeds[count : 2 * count])
    if len(second) < count:
        raise RuntimeError(
            f"{len(seeds)} seeds are trained, and {2 * count} are needed, so that others can teach each."
        )
    return second if seed in first else first


def prepare_lessons(
    recipe: str, config: TrainConfig, teachers: Sequence[int], train: Split, *, epochs: int = _EPOCHS
) -> Lessons:
    """Let the networks of the seeds `teachers` read `epochs` variations of each training image."""
    engine = prepare_engine(config)
    models = [load(recipe, dataclasses.replace(config, seed=seed)).to(engine.device) for seed in teachers]
    images = torch.empty(epochs, len(train), *train.images.shape[1:], dtype=torch.uint8)
    answers = torch.empty(epochs, len(train), 10)
    for epoch in range(epochs):
        draws = Draws(torch.Generator().manual_seed(1000 * min(teachers) + epoch))
        for start in range(0, len(train), _READ):
            part = slice(start, start + _READ)
            varied = augment(to_input(torch.from_numpy(train.images[part])), config.augment, draws)
            images[epoch, part] = (varied[:, 0] * 255).round().to(torch.uint8)
            answers[epoch, part] = _ask(models, images[epoch, part], engine)
        say(f"teachers {list(teachers)}: {epoch + 1} of {epochs} variations read")
    return Lessons(tuple(teachers), images, answers)


@torch.inference_mode()
def _ask(models: list[nn.Module], images: Tensor, engine: Engine) -> Tensor:
    x = to_input(images.to(engine.device))
    with engine.autocast():
        answers = [torch.softmax(model(x).float(), dim=1) for model in models]
    return torch.stack(answers).mean(0).cpu()


def teach(recipe: str, config: TrainConfig, lessons: Lessons) -> dict[str, Any]:
    """Go on with the network of one seed; the test set is read after every epoch and decides nothing.

    Args:
        recipe: whose network.
        config: of the recipe, with the seed.
        lessons: of teachers that are other seeds.
    """
    test = load_dataset("mnist").test
    assert test is not None
    engine = prepare_engine(config)
    torch.manual_seed(config.seed)  # of what dropout draws
    model = load(recipe, config).to(engine.device)
    schedule = dataclasses.replace(config, lr=_RATE * config.lr, muon_lr=_RATE * config.muon_lr)
    optimizer = build_optimizer(model, schedule)
    epochs, count = lessons.answers.shape[:2]
    shuffle = torch.Generator().manual_seed(config.seed)
    measured: list[float] = []
    seconds = 0.0
    for epoch in range(epochs):
        began = time.perf_counter()
        parts = torch.randperm(count, generator=shuffle).split(config.batch_size)
        for number, part in enumerate(parts):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(schedule, (epoch + number / len(parts)) / epochs)
            images, answers = (each[epoch, part].to(engine.device) for each in (lessons.images, lessons.answers))
            _learn(model, optimizer, images, answers, engine)
        seconds += time.perf_counter() - began
        measured.append(judge(read(model, test), test)["accuracy"])
        say(f"{recipe}{TAUGHT} {config.seed}: epoch {epoch + 1}, {measured[-1]:.2%}, {seconds:.0f} s")
    return {
        **keep(recipe + TAUGHT, config.seed, model, test),
        "best_epoch_on_test": max(measured),
        "epochs": measured,
        "teachers": lessons.teachers,
        **describe_seed(seconds, engine),
    }


def _learn(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, answers: Tensor, engine: Engine) -> None:
    model.train()
    with engine.autocast():
        logits = model(to_input(images)).float()
    optimizer.zero_grad(set_to_none=True)
    functional.cross_entropy(logits, answers).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
