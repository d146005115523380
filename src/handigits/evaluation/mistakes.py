"""Which digits to look at: the worst mistakes, the closest calls, and, for a fair picture, some that went well.

Chooses and holds; `report` draws. Does not say whether a label is wrong, only where the model disagrees with it.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES, IMAGE_SIZE
from handigits.errors import DataError
from handigits.evaluation.metrics import check_answers

__all__ = ["Gallery", "GalleryRow", "ambiguous", "behind_cells", "correct", "gallery_of", "mistakes"]


@dataclass(frozen=True)
class GalleryRow:
    """One digit and how it was read.

    Attributes:
        index: its place in the split.
        label: the truth, according to the dataset.
        predicted: the answer.
        confidence: probability of the answer, in 0..1.
        runner_up: the second answer.
        runner_up_confidence: probability of the second answer.
        label_confidence: probability that was given to the truth.
    """

    index: int
    label: int
    predicted: int
    confidence: float
    runner_up: int
    runner_up_confidence: float
    label_confidence: float

    @property
    def is_correct(self) -> bool:
        """Whether the answer is the label."""
        return self.predicted == self.label


@dataclass(frozen=True, eq=False)
class Gallery:
    """Digits chosen by one rule.

    Attributes:
        name: for files and links: `mistakes`, `ambiguous`, `correct` or `cells`.
        title: for people, such as `The worst mistakes`.
        rows: one for each image, in the order to show them.
        images: uint8 (R, 28, 28), white ink on black.
        total: how many digits the rule found, of which these are shown.
    """

    name: str
    title: str
    rows: tuple[GalleryRow, ...]
    images: NDArray[np.uint8]
    total: int

    def to_json(self) -> dict[str, object]:
        """Plain Python without the pixels; `index` finds them in the split."""
        return {
            "name": self.name,
            "title": self.title,
            "total": self.total,
            "rows": [asdict(row) for row in self.rows],
        }


def mistakes(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], images: NDArray[np.uint8], *, limit: int = 25
) -> Gallery:
    """The misread digits, highest loss first: where the model was surest of something else than the label.

    Args:
        probabilities: float32 (N, 10), rows that sum to 1.
        labels: int64 (N,) in 0..9.
        images: uint8 (N, 28, 28).
        limit: how many to show at most.

    Raises:
        DataError: the arrays do not belong together.
    """
    _check(probabilities, labels, images)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    worst_first = wrong[np.argsort(probabilities[wrong, labels[wrong]], kind="stable")]
    return gallery_of("mistakes", "The worst mistakes", worst_first, limit, probabilities, labels, images)


def ambiguous(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], images: NDArray[np.uint8], *, limit: int = 25
) -> Gallery:
    """The digits with the smallest margin between first and second answer, right or wrong; arguments as `mistakes`."""
    _check(probabilities, labels, images)
    two_best = np.sort(probabilities, axis=1)[:, -2:]  # (N, 2), ascending
    closest_first = np.argsort(two_best[:, 1] - two_best[:, 0], kind="stable")
    return gallery_of("ambiguous", "The closest calls", closest_first, limit, probabilities, labels, images)


def correct(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.int64],
    images: NDArray[np.uint8],
    *,
    seed: int,
    limit: int = 25,
) -> Gallery:
    """Digits that were read correctly, drawn by `seed`; the other arguments as `mistakes`."""
    _check(probabilities, labels, images)
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    drawn = np.random.default_rng(seed).permutation(right)
    return gallery_of("correct", "Read correctly", drawn, limit, probabilities, labels, images)


def behind_cells(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.int64],
    images: NDArray[np.uint8],
    *,
    wrong: int = 400,
    right: int = 80,
) -> Gallery:
    """Digits from every cell of the confusion matrix, least sure of the label first; arrays as `mistakes`.

    Where there are more than `wrong` mistakes, every kind of mistake gives its worst, then every kind its second, and
    so on. Of those that were read correctly, `right` are taken in the same way.
    """
    _check(probabilities, labels, images)
    answers = probabilities.argmax(axis=1)
    of_label = probabilities[np.arange(len(labels)), labels]
    worst_first = np.lexsort((of_label, labels, answers))
    cells = (answers * CLASSES + labels)[worst_first]
    begins = np.searchsorted(cells, cells)  # cells are in ascending order
    rank = np.empty(len(labels), dtype=np.int64)
    rank[worst_first] = np.arange(len(labels)) - begins
    is_right = answers == labels
    chosen = []
    for group, limit in ((np.flatnonzero(~is_right), wrong), (np.flatnonzero(is_right), right)):
        shown = group[np.lexsort((of_label[group], rank[group]))][:limit]
        chosen.append(shown[np.argsort(of_label[shown], kind="stable")])
    found = np.concatenate(chosen)
    gallery = gallery_of("cells", "Behind the cells", found, len(found), probabilities, labels, images)
    return replace(gallery, total=int((~is_right).sum()))


def _check(probabilities: NDArray[np.floating], labels: NDArray[np.int64], images: NDArray[np.uint8]) -> None:
    check_answers(probabilities, labels, "gallery")
    if images.dtype != np.uint8 or images.shape != (len(labels), IMAGE_SIZE, IMAGE_SIZE):
        raise DataError(f"gallery: images are {images.dtype} {images.shape}; expected uint8 ({len(labels)}, 28, 28).")


def gallery_of(
    name: str,
    title: str,
    found: NDArray[np.intp],
    limit: int,
    probabilities: NDArray[np.floating],
    labels: NDArray[np.int64],
    images: NDArray[np.uint8],
) -> Gallery:
    """The first `limit` of the digits that were `found`, in that order, with their answers; arrays as `mistakes`."""
    shown = found[:limit]
    rows = tuple(_row(int(index), int(labels[index]), probabilities[index]) for index in shown)
    return Gallery(name, title, rows, images[shown], len(found))


def _row(index: int, label: int, probabilities: NDArray[np.floating]) -> GalleryRow:
    first, second = (int(place) for place in np.argsort(-probabilities, kind="stable")[:2])
    return GalleryRow(
        index=index,
        label=label,
        predicted=first,
        confidence=float(probabilities[first]),
        runner_up=second,
        runner_up_confidence=float(probabilities[second]),
        label_confidence=float(probabilities[label]),
    )
