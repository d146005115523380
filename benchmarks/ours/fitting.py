"""One epoch of the training loop alone, on any number of images and for a network of any width."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.peers.protocol import load_images
from handigits.config import AugmentConfig, TrainConfig
from handigits.data.split import Split
from handigits.models import build_model, measure_cost
from handigits.models.layers import FlattenChannelsLast, Normalize, PoolReLU
from handigits.recipes import find_recipe
from handigits.training import fit


def main() -> None:
    """Train for an epoch and write `{seconds, macs, parameters, precision, data_mb}`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("images", type=Path)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--recipe")
    parser.add_argument("--width", type=int)
    given = parser.parse_args()
    torch.manual_seed(0)
    if given.recipe:
        config = replace(find_recipe(given.recipe).config, epochs=1, validation=0, patience=None)
        if config.augment == AugmentConfig():
            config = replace(config, augment=AugmentConfig(shift=2))  # so that no repetition is the same image again
        model = build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)
    else:
        config, model = TrainConfig(epochs=1, batch_size=256, optimizer="adam"), convnet(given.width)
    cost = measure_cost(model)
    split = repeat(given.images, given.count)
    fitted = fit(model, split, config)
    measured = {
        "seconds": round(fitted.seconds, 4),
        "macs": cost.macs,
        "parameters": cost.parameters,
        "precision": fitted.engine.precision,
        "data_mb": round((split.images.nbytes + split.labels.nbytes) / 1e6, 1),
    }
    print(json.dumps(measured))


def repeat(images: Path, count: int) -> Split:
    """The first `count` training images; as many as there are over and over if that is not enough."""
    mnist = load_images(images)
    shown = np.arange(count) % len(mnist.train_labels)
    return Split(mnist.train_images[shown], mnist.train_labels[shown], f"{count:,} images")


def convnet(width: int) -> nn.Module:
    """wC3-pool-2wC3-pool-FC4w-FC10 for w channels: its multiply-adds grow with the square of the width."""
    model = nn.Sequential(
        Normalize(),
        nn.Conv2d(1, width, 3),
        PoolReLU(),
        nn.Conv2d(width, 2 * width, 3),
        PoolReLU(),
        FlattenChannelsLast(),
        nn.Linear(2 * width * 5 * 5, 4 * width),
        nn.ReLU(inplace=True),
        nn.Linear(4 * width, 10),
    )
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing from torch's annotations
    return model


if __name__ == "__main__":
    main()
