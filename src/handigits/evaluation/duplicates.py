"""Images that stand in a dataset twice, or nearly so: within a split, and across splits, where they spoil a test.

Images are compared pixel by pixel, so a digit that was moved or turned is another one here. Says nothing about which of
two labels is right.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import IMAGE_SIZE, Split
from handigits.errors import ConfigError

__all__ = ["Duplicates", "Place", "Twins", "find_duplicates"]

_PAIRS = 16_000_000  # of images that are compared at once, two numbers of 4 bytes for each pair
_MAX_WITHIN = 0.3  # 50,000 pairs of MNIST's images are as close as that, nearly all of them slim 1s


@dataclass(frozen=True)
class Place:
    """Where an image stands, and the label that it has there."""

    split: str
    index: int
    label: int


@dataclass(frozen=True)
class Twins:
    """Two images that are equal or nearly so.

    Attributes:
        first, second: where they stand.
        distance: length of their difference over the mean length of the two, as vectors of pixels: 0 where they are
            equal, 1.4 where no ink of one lies on ink of the other.
    """

    first: Place
    second: Place
    distance: float

    @property
    def contradict(self) -> bool:
        """Whether their labels differ."""
        return self.first.label != self.second.label


@dataclass(frozen=True, eq=False)
class Duplicates:
    """What was found.

    Attributes:
        within: the distance up to which images were taken for twins.
        counts: for each pair of splits, the number of equal images and that of those nearly equal.
        twins: the closest, closest first.
        images: uint8 (T, 2, 28, 28), their pictures.
    """

    within: float
    counts: dict[tuple[str, str], tuple[int, int]]
    twins: tuple[Twins, ...]
    images: NDArray[np.uint8]

    def to_json(self) -> dict[str, object]:
        """Plain Python without the pixels."""
        return {
            "within": self.within,
            "counts": [
                {"splits": list(splits), "equal": equal, "nearly": nearly}
                for splits, (equal, nearly) in self.counts.items()
            ],
            "twins": [asdict(each) | {"contradict": each.contradict} for each in self.twins],
        }


def find_duplicates(
    splits: Sequence[Split],
    *,
    within: float = 0.1,
    limit: int = 50,
    watch: Callable[[float], None] = lambda share: None,
) -> Duplicates:
    """Compare every image with every other; for MNIST's 70,000 that takes 0.42 GB of memory beside the images.

    Args:
        splits: what to compare, within and across.
        within: the largest distance of twins, 0 (equal images only) to 0.3. Among MNIST's 70,000 images the closest two
            are 0.129 apart, two slim 1s: what is closer than that has one origin.
        limit: how many pairs to give at most; all are counted.
        watch: called with the share that is done.

    Raises:
        ConfigError: `within` is out of range.
    """
    if not 0 <= within <= _MAX_WITHIN:
        raise ConfigError(f"within is {within}; expected a distance from 0 to {_MAX_WITHIN}.")
    images = np.concatenate([split.images for split in splits])
    rows, lengths = _unit_rows(images)
    found: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]] = []
    start = 0
    while start < len(rows):
        end = min(len(rows), start + max(1, _PAIRS // (len(rows) - start)))
        first, second = _near(rows, lengths, slice(start, end), within)
        found.append((first, second, _distances(images, first, second)))
        watch(1 - (1 - end / len(rows)) ** 2)  # later blocks have fewer images left to be compared with
        start = end
    first, second, distances = (np.concatenate(parts) for parts in zip(*found, strict=True))
    kept = distances <= within
    first, second, distances = first[kept], second[kept], distances[kept]
    closest = np.argsort(distances, kind="stable")[:limit]
    places = _Places(splits)
    return Duplicates(
        within=within,
        counts=_count(places, first, second, distances),
        twins=tuple(Twins(places[first[at]], places[second[at]], float(distances[at])) for at in closest),
        images=images[np.stack([first[closest], second[closest]], axis=1)],
    )


class _Places:
    """From the number of an image among those of all splits to where it stands."""

    def __init__(self, splits: Sequence[Split]) -> None:
        self._splits = splits
        self._starts = np.cumsum([0, *(len(split) for split in splits)])

    def split(self, numbers: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.searchsorted(self._starts, numbers, side="right") - 1

    def name(self, split: int) -> str:
        return self._splits[split].name

    def __getitem__(self, number: np.intp) -> Place:
        at = int(self.split(np.array([number]))[0])
        index = int(number - self._starts[at])
        return Place(self._splits[at].name, index, int(self._splits[at].labels[index]))


def _unit_rows(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pixels as vectors of length 1, float32 (N, 784), and the lengths that they had."""
    rows = images.reshape(len(images), IMAGE_SIZE**2).astype(np.float32)
    lengths = np.sqrt(np.einsum("np,np->n", rows, rows))  # `norm` would hold all rows twice
    rows /= np.maximum(lengths, 1)[:, np.newaxis]
    rows[lengths == 0, 0] = 1  # blank images have no direction, and are to be each other's twins
    return rows, lengths


def _near(
    rows: NDArray[np.float32], lengths: NDArray[np.float32], block: slice, within: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of a block with itself and all that follow that may be twins: a little more, as float32 rounds."""
    # |a - b|^2 <= within^2 |a| |b|, by the law of cosines, is a bound on the cosine. In place: each matrix is large.
    apart = np.maximum(lengths[block, np.newaxis], 1) / np.maximum(lengths[np.newaxis, block.start :], 1)
    apart += 1 / apart
    cosines = rows[block] @ rows[block.start :].T
    cosines *= 2
    apart -= cosines
    first, second = np.nonzero(apart <= within**2 + 1e-4)
    later = first < second
    return first[later] + block.start, second[later] + block.start


def _distances(images: NDArray[np.uint8], first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.float32]:
    """Exact where it matters most: 0 means that all pixels are equal."""
    one, other = (images[which].reshape(len(which), IMAGE_SIZE**2).astype(np.float32) for which in (first, second))
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    distances: NDArray[np.float32] = np.linalg.norm(one - other, axis=1) / np.sqrt(np.maximum(lengths, 1))
    return distances


def _count(
    places: _Places, first: NDArray[np.intp], second: NDArray[np.intp], distances: NDArray[np.float32]
) -> dict[tuple[str, str], tuple[int, int]]:
    pairs = list(zip(places.split(first).tolist(), places.split(second).tolist(), strict=True))
    every = Counter(pairs)
    equal = Counter(pair for pair, distance in zip(pairs, distances.tolist(), strict=True) if not distance)
    return {
        (places.name(one), places.name(other)): (equal[one, other], every[one, other] - equal[one, other])
        for one, other in sorted(every)
    }
