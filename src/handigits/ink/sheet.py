"""The sheet that a picture shows with what it lies on, or the inside of a frame: what is around it is no writing.

Photographs of a page show the desk as well, forms have boxes to write in, and screenshots have edges. A sheet is an
area of one tone whose outline is a rectangle, seen at any angle, and whose marks are thinner by far than itself. Does
not tell ink from paper on it: see `strokes`.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.ink.outlines import BOX, SHEET, grown, rim_of, within_outline
from handigits.ink.pixels import reduced

__all__ = ["spread_sheet"]

_LONGEST = 160  # pixels of the longer side of the copy in which it is looked for
_SMALLEST = 0.15  # of the picture
_ANOTHER = 0.03  # of the picture: beside a sheet there is no other, not even a small one
_BARE = 0.3  # of the picture: a sheet whose writing is too thin for the copy is at least as large, and is no bar
_NO_BAR = 2.0  # the longer side of such a sheet, of its shorter one
_CLOSED = 0.9  # of its outline is an edge, with its own tone on this side and the other tone on that
_AROUND = 5  # pixels of the copy: so near it there is no other area that is closed: a cell of a table is no sheet
_STEP = 24  # of 255: tones near an edge differ by that; in a shadow they change more slowly
_SAME = 0.5  # of what is farther away has the sheet's tone: lines were drawn on paper, and are no edge
_INK = 0.002  # of the picture: so much ink on that paper is writing
_SIDES = 1  # of the picture that it may reach to: what reaches more is no sheet, but half a page in a shadow
_THINNER = 2.0  # times the thickest mark on it is as thick as it is itself
_RIM = 2  # pixels of the copy along its edges that are blurred, and cast shadows


def spread_sheet(page: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The page, uint8 (H, W), as if its sheet went on beyond its edges, in their tones.

    None if it shows no sheet, or several.

    Example:
        >>> desk = np.full((100, 100), 40, np.uint8)
        >>> desk[20:80, 20:80] = 220
        >>> desk[35:65, 48:52] = 10
        >>> sheet = spread_sheet(desk)
        >>> int(sheet[5, 5]), int(sheet[50, 50])
        (220, 10)
    """
    small, scale = reduced(page, _LONGEST)
    calm = np.asarray(cv2.medianBlur(small, 3), np.uint8)
    areas: list[NDArray[np.bool_]] = []
    sheets: list[NDArray[np.bool_]] = []
    for tone in _divisions(small):
        for is_light in (True, False):  # beside what is around it: of its ink that says nothing
            paper = (calm > tone) == is_light
            for area in _rectangles((small > tone) == is_light, small):
                areas.append(area)
                if area.sum() >= _SMALLEST * small.size and _is_written_on(area, paper, may_be_bare=scale < 0.5):
                    sheets.append(area)
    if not sheets:
        return None
    outermost = max(sheets, key=np.count_nonzero)
    is_one = all(2 * (area & outermost).sum() > area.sum() for area in areas)
    return _spread(page, outermost) if is_one else None


def _divisions(small: NDArray[np.uint8]) -> list[int]:
    """Tones that may lie between a sheet and what is around it: of all, of the darker, and of the lighter pixels."""
    between = _otsu(small)
    parts = small[small <= between], small[small > between]
    return [between, *(_otsu(part) for part in parts if part.size)]


def _otsu(values: NDArray[np.uint8]) -> int:
    return int(cv2.threshold(values.reshape(1, -1), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0])


def _rectangles(mask: NDArray[np.bool_], small: NDArray[np.uint8]) -> Iterator[NDArray[np.bool_]]:
    """The areas, bool (H, W), within the rims of what hangs together and may be a sheet by its outline."""
    height, width = mask.shape
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    steps = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) >= _STEP
    sides = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    for label in _large_and_free(stats, mask.shape):
        x, y, wide, high = stats[label, :4].tolist()
        own = labels[y : y + high, x : x + wide] == label
        area = within_outline(own, SHEET)
        if area is None:
            continue
        area = np.pad(area, ((y, height - y - high), (x, width - x - wide)))
        edge, near, inside = grown(area, 1) & ~area, grown(area, _AROUND), grown(area, -_RIM)
        other_cells = mask & ~np.isin(labels, [label, *sides])
        shares = mask[rim_of(area)], (steps & ~mask)[edge], ~other_cells[near & ~area]
        if min(share.mean() for share in shares) < _CLOSED or not inside.any():
            continue
        if not _is_on_paper(mask, near) or (not _is_ink_beyond(mask, near) and within_outline(own, BOX) is not None):
            yield inside


def _is_on_paper(mask: NDArray[np.bool_], near: NDArray[np.bool_]) -> bool:
    """Whether the paper of a sheet, `mask`, goes on farther away from it: then lines were drawn on the paper."""
    return not near.all() and bool(mask[~near].mean() > _SAME)


def _is_ink_beyond(mask: NDArray[np.bool_], near: NDArray[np.bool_]) -> bool:
    """Whether something is written on that paper as well: then the lines are left to `boxes`."""
    return bool((~mask & ~near).sum() > _INK * mask.size)


def _large_and_free(stats: NDArray[np.int32], shape: tuple[int, ...]) -> list[int]:
    """Numbers of the components that are large enough, and reach to few of the picture's sides."""
    x, y, wide, high = stats[1:, :4].T
    height, width = shape
    reached = (x == 0).astype(int) + (y == 0) + (x + wide == width) + (y + high == height)
    chosen = (wide * high >= _ANOTHER * height * width) & (reached <= _SIDES)
    return (1 + np.flatnonzero(chosen)).tolist()


def _is_written_on(area: NDArray[np.bool_], paper: NDArray[np.bool_], *, may_be_bare: bool) -> bool:
    """Whether the marks on an area are thin beside it; `may_be_bare`: they may be too thin to be seen."""
    thickness, sheet = _thickness(area & ~paper), _thickness(area & paper)
    if thickness >= 1:
        return sheet >= _THINNER * thickness
    high, wide = np.ptp(np.flatnonzero(area.any(1))), np.ptp(np.flatnonzero(area.any(0)))
    is_bar = max(high, wide) > _NO_BAR * min(high, wide)
    return may_be_bare and not is_bar and area.sum() >= _BARE * area.size


def _thickness(mask: NDArray[np.bool_]) -> float:
    """The farthest that it is from a pixel of a mask to the nearest one outside."""
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    return float(cv2.distanceTransform(padded, cv2.DIST_L2, 5).max())


def _spread(page: NDArray[np.uint8], area: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The page, of which everything beyond an area of its copy has the tone that the nearest of it has in its row."""
    (height, width), (high, wide) = page.shape, area.shape
    rows = np.flatnonzero(area.any(1))
    left, right = area.argmax(1), wide - 1 - area[:, ::-1].argmax(1)
    down = np.clip(np.arange(height), -(-rows[0] * height // high), (rows[-1] + 1) * height // high - 1)
    copied = down * high // height
    starts, ends = -(-left[copied] * width // wide), (right[copied] + 1) * width // wide - 1
    columns = np.arange(width)
    across = np.clip(columns, starts[:, None], ends[:, None])
    beyond = (across != columns) | (down != np.arange(height))[:, None]
    smooth = np.asarray(cv2.GaussianBlur(page, (0, 0), max(0.8, 0.5 * height / high)), np.uint8)
    return np.where(beyond, smooth[down[:, None], across], page)
