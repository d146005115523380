"""`check_labels`: train models on parts of the training images, and let them judge the labels they have not seen.

Every training image is judged by the one model whose fold it was, every test image by all of them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from handigits.config import TrainConfig
from handigits.data import load_dataset
from handigits.errors import ConfigError, MissingExtraError
from handigits.evaluation.labels import LabelCheck, deal_folds, rank_labels, require_cleanlab
from handigits.recipes import find_recipe
from handigits.workflow import choose_split

if TYPE_CHECKING:
    from torch import nn

__all__ = ["check_labels"]

_BATCH = 1_000


def check_labels(
    data: str | Path = "auto",
    *,
    split: Literal["test", "train"] = "test",
    recipe: str = "quick",
    folds: int = 10,
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
        recipe: what to train.
        folds: how many models; each leaves out one part of the training images.
        seed: decides the folds, and with the number of the fold each training.
        threads: CPU threads; None: all cores.
        limit: how many labels to show at most.
        offline: the network may not be used.
        watch: called with the share that is done.
        tell: called with each notice that the user should read.

    Raises:
        ConfigError: fewer than 2 folds, more than there are images, or an unknown recipe.
        DataError: the dataset has no such split.
        MissingExtraError: torch or cleanlab is not installed.
    """
    base = find_recipe(recipe).config
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
    if not 2 <= folds <= len(train):
        raise ConfigError(f"folds is {folds}; expected 2 to {len(train):,}.")
    dealt = deal_folds(train.labels, folds, seed=seed)
    probabilities = np.zeros((len(checked), 10))
    for fold in range(folds):
        config = _configure(base, seed=seed + fold, threads=threads)
        model = _draw(config)
        seen = train.subset(np.flatnonzero(dealt != fold))
        fit(model, seen, config, watch=lambda step, fold=fold: watch((fold + step.share) / folds))  # type: ignore[misc]
        if split == "train":
            left_out = dealt == fold
            probabilities[left_out] = _read(model, train.images[left_out])
        else:
            probabilities += _read(model, checked.images) / folds
    judged = "the mean of all" if split == "test" else "the one that had not seen it"
    protocol = (
        f"{folds} models ({recipe}), each trained on {folds - 1} of {folds} parts of {train.name}; every digit of "
        f"{checked.name} was judged by {judged}."
    )
    return rank_labels(probabilities, checked, limit=limit, protocol=protocol)


def _configure(base: TrainConfig, *, seed: int, threads: int | None) -> TrainConfig:
    from dataclasses import replace

    return replace(base, seed=seed, threads=threads, validation=0, patience=None)


def _draw(config: TrainConfig) -> "nn.Module":
    import torch

    from handigits.models import build_model

    with torch.random.fork_rng():
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
