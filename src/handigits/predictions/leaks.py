"""Whether a model has seen the images that it is asked about: then its score says how well it learnt them, no more.

All images of Kaggle's Digit Recognizer are MNIST's, those of its unlabelled `test.csv` too.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handigits.artifact import ArtifactMetadata
from handigits.data import load_dataset
from handigits.data.kaggle_csv import iter_kaggle_csv
from handigits.errors import HandigitsError
from handigits.predictions.gather import Item, gather
from handigits.recognizer import Source

__all__ = ["count_seen", "leak_notice"]


def leak_notice(sources: Iterable[Source], about: ArtifactMetadata) -> str:
    """What a reader of a submission should know; empty if none of its images was trained on.

    Args:
        sources: what was read, as `gather` takes it; of it, Kaggle's CSVs are looked at, whose pixels are compared one
            by one.
        about: the model, whose training data is looked for on this machine alone.

    Raises:
        DataError, MissingFileError: a table cannot be read.
    """
    items = [each for each in gather(sources) if isinstance(each, Item) and each.is_table]
    tables = [Path(each.source) for each in items if isinstance(each.source, str | Path)]
    if not tables:
        return ""
    try:
        train = load_dataset(about.data, offline=True).train
    except HandigitsError:
        return (
            f"The model was trained on {about.data}, which is not at hand here, so nobody knows whether it was trained "
            "on the images of this submission."
        )
    seen = set(_digests(train.images))
    count = leaked = 0
    for table in tables:
        for images, _ in iter_kaggle_csv(table):
            count += len(images)
            leaked += sum(digest in seen for digest in _digests(images))
    if not leaked:
        return ""
    return (
        f"{leaked:,} of the {count:,} images of this submission are among those that the model was trained on "
        f"({about.data}): its score will say how well it learnt them, no more. For an honest one, train on Kaggle's "
        "train.csv alone."
    )


def count_seen(images: NDArray[np.uint8], train: NDArray[np.uint8]) -> int:
    """How many of some images, uint8 (N, 28, 28), are among those of a training, pixel by pixel."""
    seen = set(_digests(train))
    return sum(digest in seen for digest in _digests(images))


def _digests(images: NDArray[np.uint8]) -> Iterable[bytes]:
    return (hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images)
