"""`check_labels`: train models on parts of the training images, and let them judge the labels they have not seen.

Every training image is judged by the models of the fold that it was left out of, every test image by all of them.
"""

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from handigits.config import TrainConfig
from handigits.data import load_dataset
from handigits.data.split import CLASSES
from handigits.errors import ConfigError, MissingExtraError
from handigits.evaluation.labels import LabelCheck, deal_folds, rank_labels, require_cleanlab
from handigits.recipes import find_recipe
from handigits.workflow import choose_split

if TYPE_CHECKING:
    from torch import nn

    from handigits.training import Progress

__all__ = ["check_labels"]

_BATCH = 1_000


def check_labels(
    data: str | Path = "auto",
    *,
    split: Literal["test", "train"] = "test",
    recipes: Sequence[str] = ("flash", "quick"),
    folds: int = 5,
    seed: int = 0,
    threads: int | None = None,
    limit: int = 50,
    offline: bool = False,
    watch: Callable[[float], None] = lambda share: None,
    tell: Callable[[str], None] = lambda notice: None,
) -> LabelCheck:
    """Find the labels of a split that models doubt which did not learn from them.

    Args:
        data: what `load_dataset` takes.
        split: whose labels to check.
        recipes: what to train for each fold; the mean of models of several kinds knows better than any of them.
        folds: parts of the training images; each is left out once.
        seed: decides the folds, and with the number of the fold each training.
        threads: CPU threads; None: all cores.
        limit: how many labels to show at most.
        offline: the network may not be used.
        watch: called with the share that is done.
        tell: called with each notice that the user should read.

    Raises:
        ConfigError: fewer than 2 folds, more than there are images, no recipe, or an unknown one.
        DataError: the dataset has no such split.
        MissingExtraError: torch or cleanlab is not installed.
    """
    bases = [find_recipe(recipe).config for recipe in recipes]
    require_cleanlab()
    try:
        from handigits.training import fit
    except ImportError as err:
        raise MissingExtraError(
            "Training needs PyTorch, which is not installed: pip install 'handigits[train,labels]'."
        ) from err
    dataset = load_dataset(data, offline=offline)
    if dataset.notice:
        tell(dataset.notice)
    checked, train = choose_split(dataset, split), dataset.train
    if not bases:
        raise ConfigError("There is nothing to train; name at least one recipe.")
    if not 2 <= folds <= len(train):
        raise ConfigError(f"folds is {folds}; expected 2 to {len(train):,}.")
    dealt = deal_folds(train.labels, folds, seed=seed)
    total = folds * len(bases)
    sums = np.zeros((len(checked), CLASSES))
    for number, (fold, base) in enumerate(product(range(folds), bases)):
        config = dataclasses.replace(base, seed=seed + fold, threads=threads, validation=0, patience=None)
        seen = train.subset(np.flatnonzero(dealt != fold))
        told = partial(_tell_share, watch, number, total)
        fitted = fit(_draw(config), seen, config, watch=told)
        judged = np.flatnonzero(dealt == fold) if split == "train" else np.arange(len(checked))
        sums[judged] += _read(fitted.model, checked.images[judged])
    probabilities = sums / sums.sum(axis=1, keepdims=True)
    judges = "all of them" if split == "test" else "those that had not seen it"
    protocol = (
        f"{total} models ({', '.join(recipes)}), each trained on {folds - 1} of {folds} parts of {train.name}; every "
        f"digit of {checked.name} was judged by {judges}."
    )
    return rank_labels(probabilities, checked, limit=limit, protocol=protocol)


def _tell_share(watch: Callable[[float], None], done: int, total: int, step: "Progress") -> None:
    watch((done + step.share) / total)


def _draw(config: TrainConfig) -> "nn.Module":
    import torch

    from handigits.models import build_model

    with torch.random.fork_rng(devices=[]):  # the weights are drawn on the CPU
        torch.manual_seed(config.seed)
        return build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)


def _read(model: "nn.Module", images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Probabilities (N, 10), in the arithmetic of the weights."""
    import torch

    device = next(model.parameters()).device
    with torch.inference_mode():
        batches = [
            torch.from_numpy(images[start : start + _BATCH]).to(device).unsqueeze(1).float() / 255
            for start in range(0, len(images), _BATCH)
        ]
        rows = [model(batch).softmax(dim=1).cpu().numpy() for batch in batches]
    return np.concatenate(rows).astype(np.float64)
