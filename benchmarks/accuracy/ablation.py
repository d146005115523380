"""`accurate` with one thing changed at a time, shortened, judged on held-out training images: what earns its place."""

import dataclasses
from typing import Any

import torch

from benchmarks.machine import say
from handigits.config import AugmentConfig, TrainConfig
from handigits.data import load_dataset
from handigits.data.split import hold_out
from handigits.models import build_model
from handigits.recipes import RECIPES
from handigits.training.loop import fit
from handigits.training.step import measure
from handigits.training.temperature import set_temperature

__all__ = ["VARIANTS", "measure_variant"]

_EPOCHS = 8
_HELD_OUT = 5_000
_HELD_OUT_SEED = 0  # the same images for every variant and every seed

_FULL = dataclasses.replace(RECIPES["accurate"].config, epochs=_EPOCHS)


def _augmented(**changes: Any) -> TrainConfig:
    return dataclasses.replace(_FULL, augment=dataclasses.replace(_FULL.augment, **changes))


VARIANTS: dict[str, TrainConfig] = {
    "as it is": _FULL,
    "no augmentation": dataclasses.replace(_FULL, augment=AugmentConfig()),
    "shifts only": dataclasses.replace(_FULL, augment=AugmentConfig(shift=_FULL.augment.shift)),
    "all images warped, none kept sharp": _augmented(plain=0.0),
    "cubic instead of linear resampling": _augmented(cubic=True),
    "elastic bends of 0.5 pixels too": _augmented(elastic=0.5),
    "elastic bends of 1 pixel too": _augmented(elastic=1.0),
    "thicker and thinner strokes too": _augmented(thickness=0.5),
    "small erasures too": _augmented(erase=0.3),
    "no label smoothing": dataclasses.replace(_FULL, label_smoothing=0.0),
    "AdamW instead of Muon": dataclasses.replace(_FULL, optimizer="adamw", lr=4e-3),
    "the smaller network strided-4": dataclasses.replace(_FULL, architecture="strided-4"),
    "an average of the weights": dataclasses.replace(_FULL, ema=0.999),
}
"""What is changed, by what it is called in the table."""


def measure_variant(name: str, seed: int, *, threads: int | None) -> dict[str, float]:
    """Train once on 55,000 images; accuracy and loss (temperature fitted on training images) on the other 5,000."""
    config = dataclasses.replace(VARIANTS[name], seed=seed, threads=threads)
    train, held_out = hold_out(load_dataset("mnist").train, _HELD_OUT, seed=_HELD_OUT_SEED)
    torch.manual_seed(seed)
    model = build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)
    found = fit(model, train, config)
    set_temperature(found.model, train)
    loss, accuracy = measure(found.model, held_out, found.engine)
    say(f"{name}, seed {seed}: {accuracy:.2%}, loss {loss:.4f}, {found.seconds:.0f} s")
    return {"accuracy": round(accuracy, 6), "loss": round(loss, 6)}
