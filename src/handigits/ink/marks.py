"""Marks that are not writing: specks, ruled lines, the edge of the paper.

Each function takes strength uint8 (H, W), 0 paper to 255 ink, and gives it back without those marks, with a sentence
about what was taken away, empty if nothing was.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Marks", "drop_edges", "drop_lines", "drop_specks", "find_marks", "typical_width"]

_INK = 64  # of 255: what hangs together from here up is one mark
_SPECK_SHARE = 0.12  # of the largest mark's longer side: a mark shorter than that is a speck, if it is small too
_SPECK_AREA = 0.01  # of the largest mark's area
_LINE_PICTURE = 100  # pixels of the shorter side: below that a picture has no room for ruled paper
_LINE_RUN = 25  # pixels: a line is made of straight runs at least that long
_LINE_MARGIN = 0.05  # of a side of the picture that a line may leave free at either end
_LINE_THICKEST = 0.02  # of a side of the picture
_LINE_THIN = 0.6  # of the width of the strokes: a single line is ruled only if it is that thin
_EDGE_SHARE = 0.5  # of a side of the picture that an edge of the paper follows


class Marks(NamedTuple):
    """Connected marks.

    Attributes:
        labels: int32 (H, W), 0 paper, 1.. marks.
        boxes: int (N, 4) of x, y, width, height; row 0 is the paper.
        areas: int (N,) pixels; entry 0 is the paper.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    areas: NDArray[np.int32]


def find_marks(strength: NDArray[np.uint8]) -> Marks:
    """The connected marks of a picture."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((strength >= _INK).astype(np.uint8), connectivity=8)
    return Marks(labels.astype(np.int32), stats[:, :4], stats[:, cv2.CC_STAT_AREA])


def typical_width(mask: NDArray[np.uint8]) -> float:
    """Typical width of the strokes of a mask, uint8 (H, W) of 0 and 1, in pixels; 0 for an empty one.

    On the middle line of a stroke the distance to the paper is a local maximum; twice that distance is the width there.
    """
    if not mask.any():
        return 0.0
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 5)
    ridge = (distance == cv2.dilate(distance, np.ones((3, 3), np.uint8))) & (padded > 0)
    return max(1.0, 2 * float(np.median(distance[ridge])) - 1)


def drop_specks(strength: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], str]:
    """Drop what is tiny beside the largest mark: dust, dots, noise."""
    marks = find_marks(strength)
    if len(marks.areas) <= 2:
        return strength, ""
    sides = marks.boxes[:, 2:].max(1)
    sides[0] = 0
    largest = marks.areas[1:].max()
    small = (sides < _SPECK_SHARE * sides.max()) & (marks.areas < max(_SPECK_AREA * largest, 2))
    small |= marks.areas <= 2
    small[0] = False
    if small[1:].all():
        return strength, ""
    return _without(strength, marks, small), f"{int(small.sum())} specks: dropped" if small.any() else ""


def drop_edges(strength: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], str]:
    """Drop what runs along an edge of the picture: a frame, the desk beside the paper, a dark corner."""
    marks = find_marks(strength)
    count = len(marks.areas)
    along = np.zeros(count, np.bool_)
    for edge in (marks.labels[0], marks.labels[-1], marks.labels[:, 0], marks.labels[:, -1]):
        along |= np.bincount(edge, minlength=count) >= _EDGE_SHARE * len(edge)
    along[0] = False
    if not along.any() or along[1:].all():
        return strength, ""
    return _without(strength, marks, along), f"{int(along.sum())} marks along the picture's edge: dropped"


def drop_lines(strength: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], str]:
    """Drop ruled lines: straight, from edge to edge, and either thinner than the writing or several of them."""
    mask = (strength >= _INK).astype(np.uint8)
    lines = np.zeros_like(mask)
    if min(mask.shape) >= _LINE_PICTURE:
        for is_horizontal in (True, False):
            lines |= _find_lines(mask, is_horizontal)
    if not lines.any():
        return strength, ""
    rest = np.where(cv2.dilate(lines, np.ones((3, 3), np.uint8)) > 0, 0, strength).astype(np.uint8)
    rest = np.maximum(rest, np.where(_crossings(mask, lines) > 0, strength, 0).astype(np.uint8))
    return (rest, "ruled lines: removed") if (rest >= _INK).any() else (strength, "")


def _find_lines(mask: NDArray[np.uint8], is_horizontal: bool) -> NDArray[np.uint8]:
    """The pixels of ruled lines of one direction; a slope of one pixel in ten is still straight."""
    if not is_horizontal:
        return np.ascontiguousarray(_find_lines(np.ascontiguousarray(mask.T), True).T)
    width = mask.shape[1]
    runs = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, _LINE_RUN), np.uint8))
    joined = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, np.ones((3, _LINE_RUN), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    left, length, area = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_AREA]
    margin = _LINE_MARGIN * width
    crosses = (left <= margin) & (left + length >= width - margin)
    crosses &= area <= length * _LINE_THICKEST * width
    crosses[0] = False
    lines = np.asarray(crosses[labels] & (runs > 0), np.uint8)
    if not crosses.any():
        return lines
    rest = cv2.morphologyEx(np.where(lines > 0, 0, mask).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    writing = typical_width(rest)
    thickness = float(np.median(area[crosses] / length[crosses]))
    is_ruled = crosses.sum() >= 3 or thickness <= _LINE_THIN * writing
    return lines if is_ruled else np.zeros_like(lines)


def _crossings(mask: NDArray[np.uint8], lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Where strokes cross ruled lines: pixels of a line with writing on both sides of it, close by."""
    rest = cv2.subtract(mask, cv2.dilate(lines, np.ones((3, 3), np.uint8)))
    bridged = np.zeros_like(mask)
    for reach in ((7, 1), (1, 7)):
        bridged |= cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones(reach, np.uint8))
    return np.asarray(cv2.bitwise_and(bridged, mask), np.uint8)


def _without(strength: NDArray[np.uint8], marks: Marks, dropped: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """`strength` without some marks and their soft rims."""
    gone = dropped[marks.labels].astype(np.uint8)
    kept = (marks.labels > 0) & (gone == 0)
    rim = cv2.dilate(gone, np.ones((3, 3), np.uint8)) > 0
    return np.where(rim & ~kept, 0, strength).astype(np.uint8)
