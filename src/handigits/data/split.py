"""Images and labels that belong together, and honest ways to divide them.

Does not read files (see `formats`) and does not know where datasets come from (see `sources`).
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handigits.errors import DataError

__all__ = ["CLASSES", "IMAGE_SIZE", "Dataset", "Split", "draw_indices", "hold_out"]

IMAGE_SIZE = 28
CLASSES = 10


@dataclass(frozen=True)
class Split:
    """Labelled images, held as MNIST holds them: white ink on black.

    Attributes:
        images: uint8 (N, 28, 28) in 0..255.
        labels: int64 (N,) in 0..9.
        name: what a reader should call it, such as `mnist/test`.

    Raises:
        DataError: shapes, dtypes or values are not those.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    name: str = "images"

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
            raise DataError(
                f"{self.name}: images are {self.images.dtype} {self.images.shape}; expected uint8 (N, 28, 28)."
            )
        if self.labels.dtype != np.int64 or self.labels.shape != (len(self.images),):
            raise DataError(
                f"{self.name}: labels are {self.labels.dtype} {self.labels.shape}; "
                f"expected int64 ({len(self.images)},), one for each image."
            )
        if len(self.labels) and (self.labels.min() < 0 or self.labels.max() >= CLASSES):
            raise DataError(
                f"{self.name}: labels reach from {self.labels.min()} to {self.labels.max()}; expected 0 to 9."
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def digest(self) -> str:
        """SHA-256 of images and labels, by which a run knows the set again that it began with."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()

    def subset(self, indices: NDArray[np.intp], *, name: str | None = None) -> "Split":
        """The images at `indices` (any integer array), in that order."""
        return Split(self.images[indices], self.labels[indices], name or self.name)


@dataclass(frozen=True)
class Dataset:
    """A named dataset: what to train on, and what to be judged by.

    Attributes:
        name: the source as it was resolved, such as `mnist` or a path.
        train: the training split.
        test: the test split; None where the source has none (Kaggle's `train.csv`, a folder without `test/`).
        notice: what the user must be told about this choice, such as a fall back to fewer images; empty if nothing.
    """

    name: str
    train: Split
    test: Split | None
    notice: str = ""


def draw_indices(total: int, count: int) -> NDArray[np.intp]:
    """`count` of the indices 0..`total` - 1, or all where there are no more, in an order that is always the same.

    For a sample that stands for a whole set: the first images of a set that is sorted by digit, as class folders are,
    are all zeros.

    Example:
        >>> len(draw_indices(100, 10)), sorted(draw_indices(3, 10).tolist())
        (10, [0, 1, 2])
    """
    return np.random.default_rng(0).permutation(total)[:count]


def hold_out(split: Split, count: int, *, seed: int) -> tuple[Split, Split]:
    """Divide a split into (rest, held out), stratified by label.

    Each class gives its share of `count` (largest remainders make up the total), drawn by `seed` alone, so the same
    images are held out on every machine. Order within each part is the original order.

    Args:
        split: what to divide.
        count: number of images to hold out, in 0..N-1.
        seed: decides which.

    Raises:
        DataError: `count` leaves nothing to train on.

    Example:
        >>> labels = np.repeat(np.arange(10), 20)
        >>> rest, held = hold_out(Split(np.zeros((200, 28, 28), np.uint8), labels), 50, seed=0)
        >>> len(rest), np.bincount(held.labels).tolist()
        (150, [5, 5, 5, 5, 5, 5, 5, 5, 5, 5])
    """
    total = len(split)
    if not 0 <= count < total:
        raise DataError(f"{split.name}: cannot hold out {count:,} of {total:,} images; choose 0 to {total - 1:,}.")
    generator = np.random.default_rng(seed)
    sizes = np.bincount(split.labels, minlength=CLASSES)
    shares = count * sizes / total
    takes = np.floor(shares).astype(int)
    order = np.argsort(takes - shares, kind="stable")  # largest remainder first
    takes[order[: count - takes.sum()]] += 1
    held = np.zeros(total, dtype=bool)
    for label, take in enumerate(takes):
        held[generator.permutation(np.flatnonzero(split.labels == label))[:take]] = True
    return (
        split.subset(np.flatnonzero(~held), name=f"{split.name} less {count:,} held out"),
        split.subset(np.flatnonzero(held), name=f"{count:,} held out of {split.name}"),
    )
