"""Connected marks: which of them are writing, and which are specks or the edge of the paper."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["INK", "Marks", "drop_short_marks", "find_marks", "keep_marks", "typical_width"]

INK = 64  # of 255: what hangs together from here up is one mark
_SPECK_SIDE = 0.12  # of the largest mark's longer side: a mark shorter than that is a speck, if it is small too
_SPECK_AREA = 0.01  # of the largest mark's area
_FAINT = 0.6  # of the darkest mark's tone: a mark fainter than that is a blot of the paper, if it is short too
_BLOT_SIDE = 0.5  # of the largest mark's longer side
_BREAK = 0.5  # of the strokes' width: a faint mark that is no farther from the writing is a piece of it
_EDGE_SHARE = 0.5  # of a side of the picture: a mark that follows it that far is not writing
_MARGIN_SHARE, _MARGIN_REACH = 0.8, 0.25  # a mark along so much of a side that reaches in no farther is never writing
_EDGE_THICK = 2.0  # times the thickest mark that stands free: a mark at the edge that is thicker is not writing


class Marks(NamedTuple):
    """Connected marks.

    Attributes:
        labels: int32 (H, W), 0 paper, 1.. marks.
        boxes: int32 (N, 4) of x, y, width, height; row 0 is the paper.
        areas: int32 (N,) pixels; entry 0 is the paper.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    areas: NDArray[np.int32]


def find_marks(strength: NDArray[np.uint8]) -> Marks:
    """The connected marks of strength uint8 (H, W), 0 paper to 255 ink."""
    mask = (strength >= INK).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(mask)
    inside = mask[y : y + height, x : x + width]
    labels = np.zeros(mask.shape, np.int32)
    if not width:
        return Marks(labels, np.zeros((1, 4), np.int32), np.zeros(1, np.int32))
    _, found, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
    labels[y : y + height, x : x + width] = found
    return Marks(labels, stats[:, :4] + np.array([x, y, 0, 0], np.int32), stats[:, cv2.CC_STAT_AREA])


def keep_marks(
    strength: NDArray[np.uint8], sure: NDArray[np.bool_], marks: Marks | None = None
) -> tuple[NDArray[np.uint8], dict[str, str]]:
    """Keep the marks that are writing.

    Args:
        strength: uint8 (H, W), 0 paper to 255 ink.
        sure: bool (H, W), where it is ink beyond doubt: a mark without any such pixel is dropped in silence.
        marks: those of strength, if they are known already.

    Returns:
        The strength of the marks that are kept; and what was dropped, as kind to sentence.
    """
    marks = marks or find_marks(strength)
    found = np.zeros(len(marks.areas), np.bool_)
    found[marks.labels[sure]] = True
    found[0] = False
    margins = found & _are_margins(marks)
    found &= ~margins
    if not found.any():
        return np.zeros_like(strength), _told_of(margins)
    if len(found) == 2 and not _tiny(marks, found)[1]:  # it stands alone, and is no speck: there is nothing to weigh
        return strength * _with_rims(marks.labels), {}
    inked = marks.labels > 0
    total = np.bincount(marks.labels[inked], weights=strength[inked], minlength=len(found))
    tones = np.asarray(total / np.maximum(marks.areas, 1), np.float64)
    edges = found & _along_the_edge(marks, tones)
    edges &= (found & ~edges).any()
    found &= ~edges
    told = _told_of(margins | edges)
    specks = found & _tiny(marks, found)
    specks |= _blots(marks, found & ~specks, tones)
    if specks.any():
        found &= ~specks
        told["specks"] = f"specks: {specks.sum()} dropped"
    kept = found.astype(np.uint8)[marks.labels]
    return strength * np.where(marks.labels > 0, kept, _with_rims(kept)), told


def drop_short_marks(strength: NDArray[np.uint8], share: float) -> NDArray[np.uint8] | None:
    """The strength without the marks that are shorter than a share of the longest one; None if none is."""
    marks = find_marks(strength)
    sides = marks.boxes[1:, 2:].max(1)
    is_long = sides >= share * sides.max(initial=0)
    if is_long.all():
        return None
    kept = np.append(0, is_long).astype(np.uint8)[marks.labels]
    return strength * np.where(marks.labels > 0, kept, _with_rims(kept))


def _with_rims(kept: NDArray[np.uint8] | NDArray[np.int32]) -> NDArray[np.uint8]:
    """Where marks are kept, and where their soft rims are: uint8 of 0 and 1."""
    return np.asarray(cv2.dilate((kept > 0).astype(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)


def typical_width(mask: NDArray[np.uint8]) -> float:
    """Typical width of the strokes of a mask, uint8 (H, W) of 0 and 1, in pixels; 0 for an empty one.

    On the middle line of a stroke the distance to the paper is a local maximum; twice that distance is the width there.
    The median over the middle lines counts wide places more: so do their areas.
    """
    x, y, width, height = cv2.boundingRect(mask)
    if not width:
        return 0.0
    padded = cv2.copyMakeBorder(mask[y : y + height, x : x + width], 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    distance = np.rint(16 * cv2.distanceTransform(padded, cv2.DIST_L2, 5)) / 16  # of equal ones the last digits differ
    ridge = (distance == cv2.dilate(distance, np.ones((3, 3), np.uint8))) & (padded > 0)
    distances = np.sort(distance[ridge])
    covered = np.cumsum(distances)
    return max(1.0, 2 * float(distances[np.searchsorted(covered, covered[-1] / 2)]) - 1)


def _told_of(edges: NDArray[np.bool_]) -> dict[str, str]:
    return {"edge": f"marks along the picture's edge, such as a frame: {edges.sum()} dropped"} if edges.any() else {}


def _are_margins(marks: Marks) -> NDArray[np.bool_]:
    """Which marks are strips along a side of the picture, such as the desk beside a page."""
    height, width = marks.labels.shape
    x, y, wide, high = marks.boxes.T
    found = np.zeros(len(marks.areas), np.bool_)
    for edge, depth, side in (
        (marks.labels[0], y + high, height),
        (marks.labels[-1], height - y, height),
        (marks.labels[:, 0], x + wide, width),
        (marks.labels[:, -1], width - x, width),
    ):
        along = np.bincount(edge, minlength=len(found)) >= _MARGIN_SHARE * len(edge)
        found |= along & (depth <= _MARGIN_REACH * side)
    found[0] = False
    return found


def _tiny(marks: Marks, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which marks are both short and small beside the largest of `found`: dust, dots, noise."""
    sides = marks.boxes[:, 2:].max(1)
    small = marks.areas < max(_SPECK_AREA * float(marks.areas[found].max()), 3)
    return np.asarray(small & (sides < max(_SPECK_SIDE * float(sides[found].max()), 3)))


def _blots(marks: Marks, found: NDArray[np.bool_], tones: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which marks are short beside the largest of `found`, far fainter, and apart from it: dark places of the paper."""
    sides = marks.boxes[:, 2:].max(1)
    is_short = sides < _BLOT_SIDE * sides[found].max(initial=0)
    blots = np.asarray(found & is_short & (tones < _FAINT * tones[found & ~is_short].max(initial=0)))
    if blots.any():
        writing = (found & ~blots).astype(np.uint8)[marks.labels]
        distance = cv2.distanceTransform(1 - writing, cv2.DIST_L2, 5)
        blots[marks.labels[distance <= _BREAK * typical_width(writing)]] = False
    return blots


def _along_the_edge(marks: Marks, tones: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which marks belong to an edge of the picture: a frame, the desk beside the paper, a shadow that reaches in.

    They run along it, or they touch it and are far thicker or fainter than what stands free of it.
    """
    along, touching = np.zeros(len(marks.areas), np.bool_), np.zeros(len(marks.areas), np.bool_)
    for edge in (marks.labels[0], marks.labels[-1], marks.labels[:, 0], marks.labels[:, -1]):
        pixels = np.bincount(edge, minlength=len(along))
        along |= pixels >= _EDGE_SHARE * len(edge)
        touching |= pixels > 0
    touching[0] = False
    free = ~touching & (marks.areas >= _SPECK_AREA * marks.areas[1:].max(initial=0))
    free[0] = False
    if touching.any() and free.any():
        distance = cv2.distanceTransform((marks.labels > 0).astype(np.uint8), cv2.DIST_L2, 5)
        thickness = np.zeros(len(marks.areas), np.float32)
        np.maximum.at(thickness, marks.labels[distance > 1], distance[distance > 1])
        along |= touching & (thickness > _EDGE_THICK * thickness[free].max())
        along |= touching & (tones < _FAINT * tones[free].max())
    return along
