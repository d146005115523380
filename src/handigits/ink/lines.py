"""Ruled and squared paper: its lines are painted over with what lies on either side, and ink on them is kept."""

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.levels import Levels, find_levels
from handigits.ink.marks import typical_width
from handigits.ink.ruling import Line, find_rules

__all__ = ["drop_lines"]

_PICTURE = 100  # pixels of the shorter side: below that a picture has no room for ruled paper
_MANY = 3  # so many lines of one direction are ruled, whatever they look like
_THIN = 0.6  # of the writing's width or tone: fewer lines are ruled if they are that thin, or that faint
_MARGIN = 0.05  # of the picture's sides: or if the largest mark stays that far from its edges, and one ends there
_SHORT = 0.1  # of the picture's width: the most that few lines leave free at their ends
_DARKER = 1.35  # times a line's tone: what is darker than that is ink on it
_SOFT = 1  # row on either side of a line that its rim may darken
_DARKER_BY = 10.0  # of 255: and darker by that much more


def drop_lines(depth: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], str]:
    """Paint over ruled lines: straight, thin, from edge to edge, and many or unlike the writing.

    Args:
        depth: uint8 (H, W), how much of its light each pixel swallows, 0 none to 255 all.

    Returns:
        The depth without them, and a sentence about what was done, empty if nothing was.
    """
    if min(depth.shape) < _PICTURE:
        return depth, ""
    rest = _drop(depth, may_be_all=True)
    turned = np.asarray(cv2.transpose(rest), np.uint8)
    without = _drop(turned, may_be_all=rest is not depth)  # upright lines alone may be ones, if they end somewhere
    if without is not turned:
        rest = np.asarray(cv2.transpose(without), np.uint8)
    return rest, "" if rest is depth else "ruled lines: removed"


def _drop(depth: NDArray[np.uint8], *, may_be_all: bool) -> NDArray[np.uint8]:
    """The depth without the lines from left to right, itself if there are none; they may be all that there is."""
    lines = find_rules(depth)
    if not lines:
        return depth
    rest = depth.copy()
    for line in lines:
        _paint_over(rest, line)
    levels = find_levels(rest)
    if levels is None:
        are_columns = len(lines) >= _MANY and all(line.missing == 0 for line in lines)
        return rest if may_be_all or are_columns else depth
    return rest if len(lines) >= _MANY or _are_unlike(lines, depth, rest, levels) else depth


def _are_unlike(lines: list[Line], depth: NDArray[np.uint8], rest: NDArray[np.uint8], levels: Levels) -> bool:
    """Whether these few lines are unlike the rest of the ink in the picture."""
    missing = [line.missing for line in lines]
    if max(missing) > _SHORT:
        return False
    thickness = np.median([line.above + line.below - 1 for line in lines])
    tone = np.median([_tone(depth, line) for line in lines])
    width = typical_width((rest > levels.sure).astype(np.uint8))
    if thickness <= _THIN * width or tone <= _THIN * levels.full:
        return True
    return min(missing) == 0 and _is_within(rest > levels.sure)


def _is_within(writing: NDArray[np.bool_]) -> bool:
    """Whether the largest mark stays away from all edges: those of a tight picture are reached by a digit's own bar."""
    stats = cv2.connectedComponentsWithStats(writing.astype(np.uint8), connectivity=8)[2]
    x, y, wide, high, _ = stats[1 + stats[1:, cv2.CC_STAT_AREA].argmax()].tolist()
    height, width = writing.shape
    return bool(min(x, width - x - wide) >= _MARGIN * width and min(y, height - y - high) >= _MARGIN * height)


def _tone(depth: NDArray[np.uint8], line: Line) -> float:
    """How dark a line is: darker than three quarters of it, for there is ink on some of the rest."""
    height = len(depth)
    rows = np.rint(line.rows).astype(np.intp)
    columns = np.flatnonzero((rows >= 0) & (rows < height))
    near = np.clip(rows[columns] + np.arange(-1, 2)[:, None], 0, height - 1)
    return float(np.percentile(depth[near, columns].max(0), 75))


def _paint_over(depth: NDArray[np.uint8], line: Line) -> None:
    """Let the tone above a line run into the tone below it, column by column; only what is darker than both changes."""
    height = len(depth)
    most = _DARKER * _tone(depth, line) + _DARKER_BY
    first = np.rint(line.rows).astype(np.intp) - line.above - _SOFT
    span = line.above + line.below + 2 * _SOFT
    columns = np.flatnonzero((first + span >= 0) & (first < height))
    first = first[columns]
    upper, lower = depth[np.clip(first, 0, None), columns], depth[np.clip(first + span, None, height - 1), columns]
    above = np.where(first < 0, lower, upper).astype(np.float32)
    below = np.where(first + span >= height, upper, lower).astype(np.float32)
    share = (np.arange(1, span, dtype=np.float32) / span)[:, None]
    rows = first + np.arange(1, span)[:, None]
    inside = np.nonzero((rows >= 0) & (rows < height))
    places = rows[inside], columns[inside[1]]
    old, new = depth[places], np.rint(above + (below - above) * share)[inside]
    depth[places] = np.where(old > most, old, np.minimum(old, new))
