"""Labels that are probably wrong, or that nobody can be sure of: where models that never saw a digit doubt its label.

Ranks and counts, with cleanlab. Training those models is the business of `label_check`; judging is that of people, so
nothing here changes a label.
"""

from dataclasses import dataclass
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES, Split
from handigits.errors import MissingExtraError
from handigits.evaluation.metrics import check_answers
from handigits.evaluation.mistakes import Gallery, gallery_of

__all__ = ["LabelCheck", "deal_folds", "rank_labels", "require_cleanlab"]

_LEAST = 1e-6  # with an entropy smaller than this allows, cleanlab's formula rounds what is certain to doubtful


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelCheck:
    """The labels of a split, the least credible first.

    Attributes:
        split_name: what was checked, such as `mnist/test`.
        count: labels checked.
        protocol: which models judged, and that they had not seen the digits.
        gallery: the digits to look at; a row's `label_confidence` is the probability that the models give the label.
        wrong: indices that cleanlab counts as wrong by confident learning; it leaves out what it is not sure of.
    """

    split_name: str
    count: int
    protocol: str
    gallery: Gallery
    wrong: tuple[int, ...]

    def to_json(self) -> dict[str, object]:
        """Plain Python without the pixels."""
        return {
            "split": self.split_name,
            "count": self.count,
            "protocol": self.protocol,
            "wrong": list(self.wrong),
            "issues": self.gallery.to_json()["rows"],
        }


def rank_labels(probabilities: NDArray[np.floating], split: Split, *, limit: int, protocol: str) -> LabelCheck:
    """Order the labels of a split: first those that models find improbable, the more so the more the models are torn.

    That is cleanlab's confidence-weighted entropy; it brings digits that nobody can be sure of as well as wrong labels.

    Args:
        probabilities: float (N, 10), from models that were not trained on these digits.
        split: the digits with the labels to check.
        limit: how many to show at most.
        protocol: which models, in a sentence.

    Raises:
        DataError: the arrays do not belong together.
        MissingExtraError: cleanlab is not installed.

    Reference:
        Northcutt, Jiang and Chuang, Confident learning: estimating uncertainty in dataset labels, 2021.
    """
    check_answers(probabilities, split.labels, split.name)
    require_cleanlab()
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    safe = np.clip(probabilities.astype(np.float64), _LEAST, 1.0)
    safe /= safe.sum(axis=1, keepdims=True)
    quality = get_label_quality_scores(split.labels, safe, method="confidence_weighted_entropy")
    least_credible_first = np.argsort(quality, kind="stable")
    gallery = gallery_of(
        "labels", "The least credible labels", least_credible_first, limit, probabilities, split.labels, split.images
    )
    wrong = np.zeros(len(split), dtype=bool)
    if len(np.unique(split.labels)) == CLASSES:  # cleanlab needs them all
        with catch_warnings():
            simplefilter("ignore")  # of few examples it may find fewer wrong labels; they are few anyway
            wrong = find_label_issues(split.labels, safe, n_jobs=1)  # starting more processes would take longer
    return LabelCheck(
        split_name=split.name,
        count=len(split),
        protocol=protocol,
        gallery=gallery,
        wrong=tuple(np.flatnonzero(wrong).tolist()),
    )


def deal_folds(labels: NDArray[np.int64], folds: int, *, seed: int) -> NDArray[np.int64]:
    """The fold of each digit, int64 (N,) in 0..folds - 1: equal shares of all and of each class, to within one.

    Example:
        >>> deal_folds(np.repeat(np.arange(10), 4), 2, seed=0).reshape(10, 4).sum(axis=1).tolist()
        [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    dealt = np.empty(len(labels), dtype=np.int64)
    dealt[by_class] = np.arange(len(labels)) % folds  # goes on from class to class, so that folds stay of one size
    return dealt


def require_cleanlab() -> None:
    """Find out whether labels can be ranked, before models are trained for it.

    Raises:
        MissingExtraError: cleanlab is not installed.
    """
    try:
        import cleanlab  # noqa: F401
    except ImportError as err:
        raise MissingExtraError(
            "Finding label errors needs cleanlab, which is not installed: pip install 'handigits[labels]'."
        ) from err
