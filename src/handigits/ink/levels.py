"""Which tones of a picture are paper, and which are ink."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Levels", "count_tones", "find_levels", "middle_of"]

_MIN_CONTRAST = 20  # of 255, of the paper's tone: fainter marks are not ink
_MUCH = 0.25  # of a picture: less ink than that does not hide the paper's grain from a median
_APART = 0.8  # of the variance of all tones is between paper and ink; for grain alone it is 0.64, for even noise 0.75
_GRAINS = 4.0  # standard deviations of the paper's grain that a pixel of ink has to stand out by


@dataclass(frozen=True)
class Levels:
    """Of depth, 0 to 255: up to `paper` it is paper, above `sure` it is ink, from `full` on it is all ink."""

    paper: float
    sure: float
    full: float


def find_levels(depth: NDArray[np.uint8]) -> Levels | None:
    """Tell ink from paper by how much they swallow; None if nothing stands out from the paper's grain."""
    counts = count_tones(depth)
    between, _ = cv2.threshold(depth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    paper_counts = _only_paper(counts, int(between))
    tone = middle_of(paper_counts)
    deviations = np.bincount(np.abs(np.arange(256) - tone).astype(np.intp), weights=paper_counts, minlength=256)
    grain = 1.4826 * middle_of(deviations)
    floor = max(float(_MIN_CONTRAST), tone + _GRAINS * grain)
    sure = max(between, floor)
    first = int(sure) + 1
    if not counts[first:].any():
        return None
    full = first + middle_of(counts[first:])
    paper = middle_of(counts[:first]) + min(max(grain, 2.0), 0.25 * full)
    return Levels(paper, sure, full)


def _only_paper(counts: NDArray[np.int64], between: int) -> NDArray[np.int64]:
    """The counts of the tones by which paper is known: of all, since ink is rare, unless it plainly is not."""
    dark = counts[between + 1 :].sum()
    if dark < _MUCH * counts.sum():
        return counts
    shares, tones = counts / counts.sum(), np.arange(256)
    mean = float(shares @ tones)
    ink = float(shares[between + 1 :].sum())
    apart = float(shares[between + 1 :] @ tones[between + 1 :]) / ink - mean
    explained = apart**2 * ink / max(1 - ink, 1e-9)
    if explained <= _APART * float(shares @ (tones - mean) ** 2):  # both are 0 where all is of one tone
        return counts
    return np.where(tones <= between, counts, 0)


def count_tones(image: NDArray[np.uint8], mask: NDArray[np.uint8] | None = None) -> NDArray[np.int64]:
    """How many pixels of an image, of those where a mask of its shape is not 0, have each tone: int64 (256,)."""
    return np.asarray(cv2.calcHist([image], [0], mask, [256], [0, 256])).ravel().astype(np.int64)


def middle_of(counts: NDArray[np.int64] | NDArray[np.float64]) -> int:
    """The median of a histogram: the index at which half of the counts are reached."""
    return int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
