"""Which digits a model is measured on, and whether it has seen them before."""

from pathlib import Path

from handigits.artifact import ArtifactMetadata
from handigits.data import Dataset, Split
from handigits.data.catalogue import MNIST_5K
from handigits.errors import ConfigError, DataError
from handigits.run import Run

__all__ = ["TRAINED_ON", "choose_split", "data_of", "seen_notice"]

TRAINED_ON = "A model has seen the images it was trained on: this number says how well it learnt them, no more."

_HOLDING_MNIST_5K = ("mnist", "qmnist")  # as training images


def data_of(model: str | Path | None, metadata: ArtifactMetadata) -> str:
    """What to measure a model on when nobody says: a run's own data, and `auto` for a file that lies by itself."""
    run = Run(Path(model)) if model else None
    if not run or not run.has_begun:
        return "auto"
    return metadata.data if run.plan.data == "auto" else run.plan.data


def choose_split(dataset: Dataset, name: str) -> Split:
    """The split called `test` or `train`.

    Raises:
        ConfigError: another name.
        DataError: the dataset has no test split.
    """
    splits = {"test": dataset.test, "train": dataset.train}
    if name not in splits:
        raise ConfigError(f"There is no split {name!r}; choose test or train.")
    split = splits[name]
    if split is None:
        raise DataError(f"{dataset.name} has no {name} split; use --split train, or data that has one.")
    return split


def seen_notice(metadata: ArtifactMetadata, dataset: Dataset) -> str:
    """That the test digits of a dataset stand in another one, which the model was trained on; empty if they do not."""
    if dataset.name != MNIST_5K.name or metadata.data not in _HOLDING_MNIST_5K:
        return ""
    return (
        f"The model was trained on {metadata.data}, which holds the digits of {MNIST_5K.name}, those of its test split "
        "too: these numbers say how well it learnt them, no more."
    )
