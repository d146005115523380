"""Which digits a model is measured on, and whether it has seen them before."""

from pathlib import Path

from handigits.artifact import ArtifactMetadata
from handigits.data import Dataset, Split, load_dataset
from handigits.data.catalogue import MNIST_5K
from handigits.data.sources import names
from handigits.errors import ConfigError, DataError, HandigitsError
from handigits.predictions.leaks import count_seen
from handigits.run import Run

__all__ = ["TRAINED_ON", "choose_split", "data_of", "seen_notice"]

TRAINED_ON = "A model has seen the images it was trained on: this number says how well it learnt them, no more."

_HOLDING_MNIST_5K = ("mnist", "qmnist")  # as training images
_EMNIST = "emnist-digits"
_OF_THE_SAME_FORMS = ("mnist", "qmnist", MNIST_5K.name)


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
    """That the model was trained on test digits of a dataset, or may have been; empty if nothing is known of that.

    Of files, whose names say nothing, images are compared pixel by pixel where both sets are at hand. That would not do
    for EMNIST, whose digits were cut out in a way of its own.
    """
    trained_on = metadata.data
    if dataset.name == MNIST_5K.name and trained_on in _HOLDING_MNIST_5K:
        return (
            f"The model was trained on {trained_on}, which holds the digits of {MNIST_5K.name}, those of its test "
            "split too: these numbers say how well it learnt them, no more."
        )
    pair = {trained_on, dataset.name}
    if _EMNIST in pair and pair.intersection(_OF_THE_SAME_FORMS):
        return (
            f"The model was trained on {trained_on}, which was made from the same forms as {dataset.name}: it may have "
            "seen some of these very digits, cut out in another way."
        )
    return _seen_by_pixels(trained_on, dataset)


def _seen_by_pixels(trained_on: str, dataset: Dataset) -> str:
    """As `seen_notice`, for a model that was trained on files or a dataset that is read from files."""
    if dataset.test is None or trained_on == dataset.name or {trained_on, dataset.name} <= set(names()):
        return ""
    try:
        train = load_dataset(trained_on, offline=True).train
    except HandigitsError:
        return ""
    if not (seen := count_seen(dataset.test.images, train.images)):
        return ""
    return (
        f"{seen:,} of the {len(dataset.test):,} images of {dataset.test.name} are among those that the model was "
        f"trained on ({trained_on}): of these, the numbers say how well it learnt them, no more."
    )
