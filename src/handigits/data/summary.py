"""What is in a dataset: how many, of which class, how dark, and what stands there twice.

Numbers only, fit for JSON through `dataclasses.asdict`. Does not draw and does not print.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES, Dataset, Split
from handigits.errors import DataError

__all__ = ["DatasetSummary", "SplitSummary", "summarize"]

_CHUNK_IMAGES = 4096  # bounds the memory that counting tones takes


@dataclass(frozen=True)
class SplitSummary:
    """One split.

    Attributes:
        name: the split's own name.
        count: number of images.
        class_counts: number of images of each class, ten numbers.
        pixel_mean: mean of all pixels, in [0, 1].
        pixel_sd: standard deviation of all pixels, in [0, 0.5].
        duplicates: images that equal an earlier one of this split, pixel for pixel.
        contradictions: of those, images whose label differs from that of the first of their kind.
        samples: for each class, indices of images to show, drawn by the seed.
    """

    name: str
    count: int
    class_counts: tuple[int, ...]
    pixel_mean: float
    pixel_sd: float
    duplicates: int
    contradictions: int
    samples: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class DatasetSummary:
    """A whole dataset.

    Attributes:
        name: the dataset's name.
        notice: what its user must be told; empty if nothing.
        train: the training split.
        test: the test split, if there is one.
        leaked: test images that stand in the training split too, pixel for pixel.
    """

    name: str
    notice: str
    train: SplitSummary
    test: SplitSummary | None
    leaked: int


def summarize(dataset: Dataset, *, samples_per_class: int = 10, seed: int = 0) -> DatasetSummary:
    """Count what is in a dataset.

    Args:
        dataset: the dataset.
        samples_per_class: how many images of each class to pick for a grid; fewer where a class has fewer.
        seed: decides which.

    Raises:
        DataError: a split holds no images.

    Example:
        >>> split = Split(np.zeros((3, 28, 28), np.uint8), np.array([7, 7, 1]))
        >>> summary = summarize(Dataset("blank", split, test=None))
        >>> summary.train.duplicates, summary.train.contradictions, summary.leaked
        (2, 1, 0)
    """
    splits = [split for split in (dataset.train, dataset.test) if split is not None]
    if empty := [split.name for split in splits if not len(split)]:
        raise DataError(f"{empty[0]}: holds no images; expected at least one.")
    kinds = np.split(_number_by_content(splits), np.cumsum([len(split) for split in splits[:-1]]))
    train, *others = (
        _summarize_split(split, kind, samples_per_class, seed) for split, kind in zip(splits, kinds, strict=True)
    )
    return DatasetSummary(
        name=dataset.name,
        notice=dataset.notice,
        train=train,
        test=others[0] if others else None,
        leaked=int(np.isin(kinds[1], kinds[0]).sum()) if others else 0,
    )


def _number_by_content(splits: list[Split]) -> NDArray[np.intp]:
    """A number for each image of all splits, (N,), equal where images are equal."""
    images = np.concatenate([split.images for split in splits])
    rows = images.reshape(len(images), images.shape[1] * images.shape[2])
    _, numbers = np.unique(rows.view(np.dtype((np.void, rows.shape[1]))).ravel(), return_inverse=True)
    return numbers


def _summarize_split(split: Split, kinds: NDArray[np.intp], samples_per_class: int, seed: int) -> SplitSummary:
    _, first, members = np.unique(kinds, return_index=True, return_inverse=True)
    mean, sd = _measure_tones(split.images)
    generator = np.random.default_rng(seed)
    samples = [generator.permutation(np.flatnonzero(split.labels == label)) for label in range(CLASSES)]
    return SplitSummary(
        name=split.name,
        count=len(split),
        class_counts=tuple(np.bincount(split.labels, minlength=CLASSES).tolist()),
        pixel_mean=mean,
        pixel_sd=sd,
        duplicates=len(split) - len(first),
        contradictions=int((split.labels != split.labels[first[members]]).sum()),
        samples=tuple(tuple(indices[:samples_per_class].tolist()) for indices in samples),
    )


def _measure_tones(images: NDArray[np.uint8]) -> tuple[float, float]:
    """Mean and standard deviation of all pixels in [0, 1], exact, from how often each tone occurs."""
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, len(images), _CHUNK_IMAGES):
        counts += np.bincount(images[start : start + _CHUNK_IMAGES].ravel(), minlength=256)
    tones = np.arange(256) / 255
    mean = float(np.average(tones, weights=counts))
    return mean, float(np.sqrt(np.average((tones - mean) ** 2, weights=counts)))
