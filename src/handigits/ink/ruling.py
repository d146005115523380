"""Where the lines of ruled and squared paper run: thin, straight, from edge to edge, found by vote.

A line is a row at the left edge and a rise to the right one. The picture is cut into upright strips, and in each strip
every thin dark place votes for all lines that pass there. Such a place is compared with its own surroundings alone, so
lines are found in shadows, through writing, and in any tone. Does not decide what to do about them: see `lines`.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.levels import count_tones, middle_of

__all__ = ["Line", "find_rules"]

_STRIPS = 64  # a power of two
_THICKEST = 0.02  # of the longer side of the picture
_FAINTEST = 5.0  # of 255, above the paper around it, on the mean of a strip
_GRAINS = 4.0  # standard deviations of the grain, on the mean of a strip
_SUPPORT = 0.6  # of the strips that a line passes have to vote for it
_SHORTEST = 12  # strips: a line may cut a corner of the picture
_END = 6  # strips, the first or the last of a line: one of them has to vote for it
_APART = 3  # pairs of rows: lines do not come closer, nor do they cross
_WANDER = 4  # rows that a line may be off a straight one
_CALM = 9  # strips over which its wandering is evened out
_AROUND = 12  # rows above and below a line that it is compared with
_RIM = 0.2  # of a line's tone: what of its sides is darker than that belongs to it
_STANDS_OUT = 0.5  # of a line's tone: what is around it is lighter by that much


@dataclass(frozen=True, eq=False)
class Line:
    """One line from left to right.

    Attributes:
        rows: float64 (W,), its middle in each column; may leave the picture.
        above, below: how many rows on either side of its middle it covers.
        missing: share of the picture's width that it leaves free at its two ends.
    """

    rows: NDArray[np.float64]
    above: int
    below: int
    missing: float


def find_rules(depth: NDArray[np.uint8]) -> list[Line]:
    """The lines from left to right in a picture whose pixels swallow so much light, uint8 (H, W), 0 none to 255 all.

    A line may rise or fall by a sixth of the picture's width.
    """
    height, width = depth.shape
    strips = np.asarray(cv2.resize(depth, (_STRIPS, height), interpolation=cv2.INTER_AREA), np.uint8)
    thickest = round(_THICKEST * max(depth.shape))
    thin = np.asarray(cv2.morphologyEx(strips, cv2.MORPH_TOPHAT, np.ones(((thickest | 1) + 2, 1), np.uint8)), np.uint8)
    grain = 1.4826 * middle_of(count_tones(thin))
    seen = np.where(thin > max(_FAINTEST, _GRAINS * grain), thin, 0).astype(np.uint8)
    pairs = np.pad(seen, ((0, height % 2), (0, 0))).reshape(-1, 2, _STRIPS).max(1) > 0
    if not _may_reach_far(pairs.any(0)):
        return []
    found = []
    for first, rise in _elect(pairs.T.astype(np.int16)):
        middles = 2 * first + 0.5 + 2 * rise * np.linspace(0, 1, _STRIPS)
        line = _follow(strips, seen, middles, width)
        if line and line.above + line.below <= thickest + 2:
            found.append(line)
    return found


def _may_reach_far(voting: NDArray[np.bool_]) -> bool:
    """Whether enough strips vote at all, from the left or the right edge on, for one line: in most pictures not."""
    least = _SUPPORT * np.arange(_STRIPS)  # one strip is only grazed
    return any((np.cumsum(each) >= least)[_SHORTEST - 1 :].any() for each in (voting, voting[::-1]))


def _elect(votes: NDArray[np.int16]) -> list[tuple[int, int]]:
    """The lines that enough strips vote for, as first row and rise; `votes` is (strips, rows) of 0 and 1, not all 0."""
    rows = votes.shape[1]
    voting = np.flatnonzero(votes.any(0))
    near = votes[:, voting[0] : voting[-1] + 1]
    firsts, rises, counts = np.concatenate([_likely(near, 1), _likely(near[:, ::-1], -1)], axis=1)
    firsts += voting[0]
    lasts = firsts + rises
    top, bottom = np.minimum(firsts, lasts), np.maximum(firsts, lasts)
    passed = _STRIPS * (np.minimum(bottom, rows - 1) - np.maximum(top, 0) + 1) / (bottom - top + 1)
    chosen = (passed >= _SHORTEST) & (counts >= _SUPPORT * passed)
    firsts, lasts, counts = firsts[chosen], lasts[chosen], counts[chosen]
    order = np.argsort(-counts, kind="stable")
    firsts, lasts = firsts[order], lasts[order]
    found = []
    while len(firsts):
        found.append((int(firsts[0]), int(lasts[0] - firsts[0])))
        left, right = firsts - firsts[0], lasts - lasts[0]
        apart = (np.minimum(left, right) > _APART) | (np.maximum(left, right) < -_APART)
        firsts, lasts = firsts[apart], lasts[apart]
    return found


def _likely(votes: NDArray[np.int16], down: int) -> NDArray[np.intp]:
    """First row, rise and votes, (3, N), of lines that fall; or, with `down` -1, rise, of a picture upside down."""
    counts = _count(votes)
    rises, places = np.nonzero(counts >= _SUPPORT * _SHORTEST)
    firsts = places - _STRIPS
    firsts = firsts if down > 0 else votes.shape[1] - 1 - firsts
    return np.stack([firsts, down * rises, counts[rises, places]])


def _count(votes: NDArray[np.int16]) -> NDArray[np.int16]:
    """The votes for each line that falls by 0 to 63 rows, (rises, rows + 128): row 64 is the first of the picture.

    Two neighbouring strips know the lines through both, two such pairs those through four strips, and so on.
    Reference: M. L. Brady, "A fast discrete approximation algorithm for the Radon transform", 1998.
    """
    counts = np.pad(votes, ((0, 0), (_STRIPS, _STRIPS)))[:, None]  # (strips, rises, rows)
    while len(counts) > 1:
        left, right = counts[::2], counts[1::2]
        counts = np.repeat(left, 2, axis=1)
        for rise in range(counts.shape[1]):
            step = (rise + 1) // 2
            counts[:, rise, : counts.shape[2] - step] += right[:, rise // 2, step:]
    return np.asarray(counts[0], np.int16)


def _follow(
    strips: NDArray[np.uint8], seen: NDArray[np.uint8], middles: NDArray[np.float64], width: int
) -> Line | None:
    """Where a line really runs that goes through `middles`, one row for each strip, and how thick it is.

    None if it does not reach far enough, or is but the edge of something thicker.
    """
    height, each = len(strips), np.arange(_STRIPS)
    rows = np.rint(middles).astype(np.intp)
    steps = np.arange(-_WANDER, _WANDER + 1)
    near = rows[:, None] + steps
    tones = np.where((near >= 0) & (near < height), seen[np.clip(near, 0, height - 1), each[:, None]], 0).astype(float)
    votes = np.flatnonzero(tones.any(1))
    inside = np.flatnonzero((rows >= 0) & (rows < height))
    if not len(votes) or min(votes[0] - inside[0], inside[-1] - votes[-1]) >= _END:
        return None
    off = (rows - middles)[votes] + (tones[votes] @ steps) / tones[votes].sum(1)
    off = np.pad(np.interp(each, votes, off), _CALM // 2, mode="edge")
    middles = middles + np.median(np.lib.stride_tricks.sliding_window_view(off, _CALM), axis=1)
    around = np.clip(np.rint(middles[votes]).astype(np.intp)[:, None] + np.arange(-_AROUND, _AROUND + 1), 0, height - 1)
    profile = np.median(strips[around, votes[:, None]], axis=0)
    tone = float(profile[_AROUND - 1 : _AROUND + 2].max())
    paper = max(float(profile[: _AROUND + 1].min()), float(profile[_AROUND:].min()))
    if tone - paper < _STANDS_OUT * tone:
        return None
    light = profile - paper <= max(2.0, _RIM * (tone - paper))
    light[[0, -1]] = True
    above, below = int(light[_AROUND::-1].argmax()), int(light[_AROUND:].argmax())
    at = (np.arange(width) + 0.5) * _STRIPS / width - 0.5
    missing = float(votes[0] - inside[0] + inside[-1] - votes[-1]) / _STRIPS
    return Line(np.interp(at, each, middles), max(above, 1), max(below, 1), missing)
