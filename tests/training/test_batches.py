import dataclasses
import math
from collections.abc import Iterable

import numpy as np
import pytest
import torch

from handigits.config import AugmentConfig, TrainConfig
from handigits.data import Split
from handigits.handwriting import widen
from handigits.models.layers import Dropout
from handigits.training.batches import Batches, to_input

CPU = torch.device("cpu")
CONFIG = TrainConfig(epochs=2, batch_size=60)


def epoch_of(batches: Batches, epoch: int) -> list[torch.Tensor]:
    first = epoch * batches.per_epoch
    return [batches.at(step)[0] for step in range(first, first + batches.per_epoch)]


def by_image(images: torch.Tensor, labels: Iterable[int]) -> dict[bytes, int]:
    return {image.numpy().tobytes(): int(label) for image, label in zip(images, labels, strict=True)}


def test_images_become_the_input_contract() -> None:
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).view(3, 1, 1).expand(3, 28, 28)
    batch = to_input(images)
    assert batch.shape == (3, 1, 28, 28)
    assert batch.dtype == torch.float32
    assert batch[:, 0, 0, 0].tolist() == pytest.approx([0, 0.2, 1])


def test_an_epoch_shows_every_image_once_with_its_label(digits: Split) -> None:
    batches = Batches(digits, CONFIG, CPU)
    seen = [batches.at(step) for step in range(batches.per_epoch)]
    assert [len(labels) for _, labels in seen] == [60, 60, 60, 20]
    images, labels = torch.cat([batch for batch, _ in seen]), torch.cat([labels for _, labels in seen])
    assert by_image(images, labels) == by_image(to_input(torch.from_numpy(digits.images)), digits.labels)


def test_steps_are_counted_over_all_epochs(digits: Split) -> None:
    batches = Batches(digits, CONFIG, CPU)
    assert batches.per_epoch == math.ceil(200 / 60)
    assert batches.steps == 8


def test_each_epoch_has_an_order_of_its_own(digits: Split) -> None:
    batches = Batches(digits, CONFIG, CPU)
    assert not torch.equal(epoch_of(batches, 0)[0], epoch_of(batches, 1)[0])


def test_a_step_is_the_same_whatever_came_before_it(digits: Split) -> None:
    config = dataclasses.replace(CONFIG, augment=AugmentConfig(shift=3, rotate=20))
    batches = Batches(digits, config, CPU)
    for step in range(6):
        batches.at(step)
    images, labels = batches.at(6)
    fresh_images, fresh_labels = Batches(digits, config, CPU).at(6)
    assert torch.equal(images, fresh_images)
    assert torch.equal(labels, fresh_labels)


def test_near_seeds_give_other_orders_and_other_variations(digits: Split) -> None:
    config = dataclasses.replace(CONFIG, augment=AugmentConfig(shift=3))
    firsts = [Batches(digits, dataclasses.replace(config, seed=seed), CPU).at(0)[0] for seed in range(5)]
    assert len({first.numpy().tobytes() for first in firsts}) == 5


def test_the_same_images_are_varied_anew_in_every_step() -> None:
    split = Split(np.full((1, 28, 28), 255, np.uint8), np.zeros(1, np.int64))
    config = TrainConfig(epochs=20, batch_size=1, augment=AugmentConfig(shift=4))
    batches = Batches(split, config, CPU)
    assert len({batches.at(step)[0].numpy().tobytes() for step in range(20)}) > 10


def test_dropout_draws_anew_in_each_step_and_alike_in_the_same_step(digits: Split) -> None:
    dropout, ones = Dropout(0.5), torch.ones(100)

    def draw(step: int) -> torch.Tensor:
        batches.at(step)
        return dropout(ones)

    batches = Batches(digits, CONFIG, CPU)
    first, second, again = draw(0), draw(1), draw(0)
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_dropout_draws_otherwise_under_another_seed(digits: Split) -> None:
    draws = []
    for seed in (0, 1):
        Batches(digits, dataclasses.replace(CONFIG, seed=seed), CPU).at(0)
        draws.append(Dropout(0.5)(torch.ones(100)))
    assert not torch.equal(*draws)


def test_images_are_not_copied_and_may_be_read_only(digits: Split, recwarn: pytest.WarningsRecorder) -> None:
    images = digits.images.copy()
    images.setflags(write=False)
    batches = Batches(dataclasses.replace(digits, images=images), CONFIG, CPU)
    assert batches.images.data_ptr() == images.ctypes.data
    assert not recwarn.list


def test_drawn_digits_are_added_as_a_share_of_the_training_images(digits: Split) -> None:
    batches = Batches(digits, dataclasses.replace(CONFIG, synthetic=0.3), CPU)
    assert len(batches.labels) == len(batches.images) == 260
    assert batches.per_epoch == math.ceil(260 / 60)
    assert np.array_equal(batches.images[:200].numpy(), digits.images)


def test_digits_stretched_in_width_are_added_after_those(digits: Split) -> None:
    batches = Batches(digits, dataclasses.replace(CONFIG, synthetic=0.3, widened=0.15), CPU)
    assert len(batches.labels) == len(batches.images) == 290
    drawn = Batches(digits, dataclasses.replace(CONFIG, synthetic=0.3), CPU)
    assert torch.equal(batches.images[:260], drawn.images)
    wide = widen(digits, 30, CONFIG.seed)
    assert np.array_equal(batches.images[260:].numpy(), wide.images)
    assert np.array_equal(batches.labels[260:].numpy(), wide.labels)


def test_each_seed_draws_other_digits_and_always_the_same(digits: Split) -> None:
    drawn = [
        Batches(digits, dataclasses.replace(CONFIG, synthetic=0.3, seed=seed), CPU).images[200:] for seed in (0, 0, 1)
    ]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
