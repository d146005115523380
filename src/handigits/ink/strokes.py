"""Which pixels of a picture are ink: desk, shading, the tone of the paper, lines, boxes and specks taken away.

A page is paper times light, less the ink on it. The light is estimated by closing the strokes (they are narrow, shadows
are wide) and divided out; what is darker than that by more than the grain of the paper is ink. White strokes on black
are the same picture, negated. Does not decide what is a digit, and does not scale: see `segment` and `normalize`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.errors import PictureError
from handigits.ink.boxes import drop_boxes
from handigits.ink.foreground import drop_shadow
from handigits.ink.levels import Levels, count_tones, find_levels, middle_of
from handigits.ink.lines import drop_lines
from handigits.ink.marks import find_marks, keep_marks, typical_width
from handigits.ink.pixels import double, find_enlargement
from handigits.ink.polarity import Polarity, PolarityChoice, detect_polarity
from handigits.ink.sheet import spread_sheet

__all__ = ["Finding", "Ink", "Stage", "find_ink"]

_LONGEST = 768  # pixels of the longer side that are worked on: of thirty digits in a row each still has 25
_FEWEST = 28  # pixels of the longer side of a picture that is worked on as large as it is
_MILD = 0.5  # from this scale on a linear resize overlooks no pixel; it takes a fifth of the time of a mean
_LIGHT_LONGEST = 128  # of the copy in which light is estimated; light is smooth
_STROKE_SHARE = 0.3  # of the shorter side: the widest stroke that is not taken for a shadow
_DARKEST_SHARE = 0.25  # of the brightest paper: what is darker than that throughout is no paper in a shadow
_FAINT = 76  # of 255: ink that swallows less light than this is worth a remark
_STROKE_GRAINS = 8.0  # grains that strokes stand out by, times the root of their width: a page's grain reaches 7
_RANGE = 40  # of 255: a picture with fewer tones than that is blank if it looks so
_LARGE = 56  # pixels of the longer side from which on a blank picture is smoothed: before, nothing would be left of it
_CALM = 1.5  # pixels, standard deviation: a stroke is broader than that, and the grain of a sensor finer


@dataclass(frozen=True)
class Finding:
    """Something about a picture that its owner may want to know.

    Attributes:
        kind: one word, such as `inverted`, for programs.
        text: what was found and what was done about it, for people.
    """

    kind: str
    text: str


@dataclass(frozen=True, eq=False)
class Stage:
    """The picture after one step: uint8 (H, W)."""

    name: str
    image: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Ink:
    """Where the ink of a picture is.

    Attributes:
        strength: uint8 (H, W), 0 paper to 255 full ink, upright.
        depth: how much of its light each pixel swallows, uint8 (H, W), 0 none to 255 all: what strength is made of.
        scale: its pixels per pixel of the picture: large pictures are worked on smaller, tiny ones larger.
        stroke_width: typical width of its strokes in its own pixels; 0 without any ink.
        polarity: which tone was the ink.
        findings: what was found and done.
        stages: the picture after each step, if they were asked for.
    """

    strength: NDArray[np.uint8]
    depth: NDArray[np.uint8]
    scale: float
    stroke_width: float
    polarity: Polarity
    findings: tuple[Finding, ...] = ()
    stages: tuple[Stage, ...] = field(default=(), repr=False)


def find_ink(gray: NDArray[np.uint8], *, polarity: PolarityChoice = "auto", keep_stages: bool = False) -> Ink:
    """Find the ink in a picture; a page without any gives an `Ink` of zeros and the finding `blank`.

    Args:
        gray: uint8 (H, W) in 0..255, upright, as a person sees it.
        polarity: which tone is the ink; `auto` finds out.
        keep_stages: keep a picture of each step.

    Raises:
        PictureError: `gray` is no uint8 (H, W), or empty.

    Example:
        >>> page = np.full((100, 60), 200, np.uint8)
        >>> page[20:80, 26:34] = 40
        >>> ink = find_ink(page)
        >>> ink.polarity, round(ink.stroke_width), int(ink.strength[50, 30]), int(ink.strength[5, 5])
        ('dark-on-light', 7, 255, 0)
    """
    if gray.dtype != np.uint8 or gray.ndim != 2 or gray.size == 0:
        raise PictureError(f"gray pixels are {gray.dtype} {gray.shape}; expected uint8 (H, W), not empty.")
    page, scale, enlarged = _resize(gray)
    findings, stages = [], [Stage("picture", page)]
    if enlarged > 1:
        findings.append(Finding("enlarged", f"each pixel became a square of {enlarged} x {enlarged}: made small again"))
    tried = []
    for look in _looks(page):
        ink = _find_strokes(look, polarity)
        tried.append((look, ink))
        if ink.strength.any() or (_is_ruled(ink) and not look.finding):  # smoothed, the lines would come back
            break
    # Where nothing is written in any of them, the page as it is.
    look, ink = next((look, ink) for look, ink in reversed(tried) if ink.strength.any() or not look.finding)
    if look.finding:
        findings.append(look.finding)
        stages.append(Stage("smoothed" if look.is_calm else look.finding.kind, look.page))
    return replace(
        ink,
        scale=scale,
        findings=(*findings, *ink.findings),
        stages=(*stages, *ink.stages) if keep_stages else (),
    )


class _Look(NamedTuple):
    """A page as it may be worked on.

    Attributes:
        page: uint8 (H, W).
        finding: what was seen and done; None for the page as it is.
        is_calm: it was smoothed: its grain has no single pixels.
    """

    page: NDArray[np.uint8]
    finding: Finding | None = None
    is_calm: bool = False


def _looks(page: NDArray[np.uint8]) -> Iterator[_Look]:
    """A page as its sheet alone, as it is, and without its grain: what is asked for while nothing is written on it."""
    sheet = spread_sheet(page)
    if sheet is not None:
        yield _Look(sheet, Finding("sheet", "a sheet or a frame: what is around it left out"))
    yield _Look(page)
    if max(page.shape) >= _LARGE:
        calm = np.asarray(cv2.GaussianBlur(page, (0, 0), _CALM), np.uint8)
        yield _Look(calm, Finding("grain", "no pixel stands out from the grain: smoothed"), is_calm=True)


def _find_strokes(look: _Look, polarity: PolarityChoice) -> Ink:
    """The ink of a page as large as it is worked on.

    In poor light one bright corner lets all the rest pass for a board: where one tone writes nothing, try the other.
    """
    if polarity != "auto":
        return _strokes_of(look, polarity)
    ink = _strokes_of(look, detect_polarity(look.page))
    if ink.strength.any() or look.is_calm or _is_ruled(ink) or np.ptp(look.page) < _RANGE:
        return ink
    other = _strokes_of(look, "dark-on-light" if ink.polarity == "light-on-dark" else "light-on-dark")
    return other if other.strength.any() else ink


def _is_ruled(ink: Ink) -> bool:
    return any(finding.kind == "ruled" for finding in ink.findings)


def _strokes_of(look: _Look, polarity: Polarity) -> Ink:
    """The ink of that tone."""
    depth = _depth(look.page if polarity == "dark-on-light" else cv2.bitwise_not(look.page))
    findings, stages = [], [Stage("light removed", cv2.bitwise_not(depth))]
    if polarity == "light-on-dark":
        findings.append(Finding("inverted", "light strokes on dark: negated"))
    depth, text = drop_lines(depth)
    if text:
        findings.append(Finding("ruled", text))
        stages.append(Stage("without lines", cv2.bitwise_not(depth)))
    levels = find_levels(depth)
    strength, stroke_width = np.zeros_like(depth), 0.0
    if levels is not None:
        strength = _stretch(depth, levels)
        if levels.full < _FAINT:
            findings.append(Finding("low-contrast", f"ink only {levels.full / 255:.0%} darker than paper: stretched"))
        stages.append(Stage("ink", strength))
        marks = find_marks(strength)
        strength, boxes = drop_boxes(strength, marks)
        if boxes:
            findings.append(Finding("boxes", f"boxes around the writing: {boxes} dropped"))
            stages.append(Stage("without boxes", strength))
            marks = find_marks(strength)
        if (free := drop_shadow(strength, depth, marks)) is not None:
            strength, marks = free, find_marks(free)
            findings.append(Finding("shadow", "a shadow over the writing: left out"))
            stages.append(Stage("without shadow", strength))
        strength, texts = keep_marks(strength, depth > levels.sure, marks)
        findings += [Finding(kind, text) for kind, text in texts.items()]
        stages.append(Stage("writing", strength))
        stroke_width = typical_width((strength >= 128).astype(np.uint8))
        is_shade = look.is_calm and _spans(strength)
        if is_shade or _is_grain(depth, strength, levels.sure, 1.0 if look.is_calm else stroke_width):
            strength, stroke_width = np.zeros_like(depth), 0.0
            findings = [finding for finding in findings if finding.kind in ("inverted", "ruled")]
    if not strength.any():
        findings = [finding for finding in findings if finding.kind != "low-contrast"]
        findings.append(Finding("blank", "no mark stands out from the paper"))
    return Ink(
        strength=strength,
        depth=depth,
        scale=1.0,
        stroke_width=stroke_width,
        polarity=polarity,
        findings=tuple(findings),
        stages=tuple(stages),
    )


def _resize(gray: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, int]:
    """The picture as it is worked on, its pixels per pixel of the picture, and how many times that was enlarged."""
    enlarged = find_enlargement(gray)
    page, scale = _shrink(np.ascontiguousarray(gray[::enlarged, ::enlarged]) if enlarged > 1 else gray)
    if max(page.shape) < _FEWEST:
        page, scale = double(page), 2 * scale
    return page, scale / enlarged, enlarged


def _shrink(gray: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    scale = min(1.0, _LONGEST / max(gray.shape))
    if scale == 1:
        return gray, 1.0
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    method = cv2.INTER_AREA if scale < _MILD else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(gray, (width, height), interpolation=method), np.uint8), scale


def _depth(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How much of its light each pixel of dark ink on paper swallows: uint8 (H, W), 0 none to 255 all."""
    lit = cv2.divide(dark, _estimate_light(dark), scale=255)
    return np.asarray(cv2.bitwise_not(lit), np.uint8)


def _estimate_light(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How bright the bare paper would be at each pixel: uint8 (H, W), at least 1."""
    height, width = dark.shape
    scale = min(1.0, _LIGHT_LONGEST / max(height, width))
    small = dark
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_AREA), np.uint8)
    reach = max(3, round(_STROKE_SHARE * min(small.shape))) | 1
    smooth = cv2.medianBlur(small, 3)
    closed = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    closed = cv2.GaussianBlur(closed, (0, 0), max(1.0, reach / 24))
    closed = np.maximum(closed, np.uint8(max(1, _DARKEST_SHARE * float(np.percentile(closed, 95)))))
    return np.asarray(cv2.resize(closed, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _is_grain(depth: NDArray[np.uint8], strength: NDArray[np.uint8], sure: float, stroke_width: float) -> bool:
    """Whether all that was taken for ink is but the coarsest of the paper's grain.

    JPEG leaves grain whose tail is far longer than that of Gaussian noise, so single pixels of it pass for ink. A
    stroke is broad as well: the mean over its width varies less than a pixel does, by the root of the width.
    """
    x, y, width, height = cv2.boundingRect(strength)
    inside = np.s_[y : y + height, x : x + width]
    ink = count_tones(depth[inside], (strength[inside] >= 128).astype(np.uint8))
    paper = count_tones(depth) - count_tones(depth[inside], strength[inside])
    paper[int(sure) + 1 :] = 0
    if not ink.any() or not paper.any():
        return False
    tones = np.arange(256)
    mean = float(paper @ tones) / float(paper.sum())
    grain = math.sqrt(float(paper @ (tones - mean) ** 2) / float(paper.sum()))
    return (middle_of(ink) - middle_of(paper)) * math.sqrt(stroke_width) < _STROKE_GRAINS * grain


def _spans(strength: NDArray[np.uint8]) -> bool:
    """Whether ink reaches from one side of the picture to the other, as a shadow on grainy paper does."""
    width, height = cv2.boundingRect(strength)[2:]
    return bool(height == strength.shape[0] or width == strength.shape[1])


def _stretch(depth: NDArray[np.uint8], levels: Levels) -> NDArray[np.uint8]:
    """Depth to strength, both uint8 (H, W): paper becomes 0, ink 255, and the edges of strokes stay soft."""
    ramp = (np.arange(256) - levels.paper) / max(levels.full - levels.paper, 1)
    return np.asarray(cv2.LUT(depth, np.rint(np.clip(ramp, 0, 1) * 255).astype(np.uint8)), np.uint8)
