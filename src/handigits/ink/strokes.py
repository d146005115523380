"""Which pixels of a picture are ink: shading, the tone of the paper, ruled lines and specks taken away.

A page is paper times light, less the ink on it. The light is estimated by closing the strokes (they are narrow, shadows
are wide) and divided out; what is darker than that by more than the grain of the paper is ink. White strokes on black
are the same picture, negated. Does not decide what is a digit, and does not scale: see `segment` and `normalize`.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits.errors import PictureError
from handigits.ink.marks import drop_edges, drop_lines, drop_specks, typical_width
from handigits.ink.polarity import Polarity, PolarityChoice, detect_polarity

__all__ = ["Finding", "Ink", "Stage", "find_ink"]

_LONGEST = 1_024  # pixels of the longer side that are worked on: a digit of a crowded page still has its 20
_LIGHT_LONGEST = 160  # of the copy in which light is estimated; light is smooth
_STROKE_SHARE = 0.3  # of the shorter side: the widest stroke that is not taken for a shadow
_MIN_CONTRAST = 0.08  # of the paper's tone: fainter marks are not ink
_GRAINS = 4.0  # standard deviations of the paper's grain that ink has to stand out by


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
        scale: its pixels per pixel of the picture, at most 1: large pictures are worked on smaller.
        stroke_width: typical width of its strokes in its own pixels; 0 without any ink.
        polarity: which tone was the ink.
        findings: what was found and done.
        stages: the picture after each step, if they were asked for.
    """

    strength: NDArray[np.uint8]
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
        ('dark-on-light', 8, 255, 0)
    """
    if gray.dtype != np.uint8 or gray.ndim != 2 or gray.size == 0:
        raise PictureError(f"gray pixels are {gray.dtype} {gray.shape}; expected uint8 (H, W), not empty.")
    page, scale = _shrink(gray)
    found = detect_polarity(page) if polarity == "auto" else polarity
    dark = page if found == "dark-on-light" else 255 - page
    light = _estimate_light(dark)
    depth = _depth(dark, light)
    strength, findings = _threshold(depth)
    stages = [Stage("picture", page), Stage("light removed", _as_picture(1 - depth)), Stage("ink", strength)]
    if found == "light-on-dark":
        findings.insert(0, Finding("inverted", "light strokes on dark: negated"))
    for name, clean in (("edges", drop_edges), ("lines", drop_lines), ("specks", drop_specks)):
        strength, text = clean(strength)
        if text:
            findings.append(Finding(name, text))
            stages.append(Stage(f"without {name}", strength))
    if not strength.any() and not any(finding.kind == "blank" for finding in findings):
        findings.append(Finding("blank", "nothing that could be a stroke is left"))
    return Ink(
        strength=strength,
        scale=scale,
        stroke_width=typical_width((strength >= 128).astype(np.uint8)),
        polarity=found,
        findings=tuple(findings),
        stages=tuple(stages) if keep_stages else (),
    )


def _shrink(gray: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    scale = min(1.0, _LONGEST / max(gray.shape))
    if scale == 1:
        return gray, 1.0
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    return np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), np.uint8), scale


def _estimate_light(dark: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How bright the bare paper would be at each pixel, float32 (H, W), from dark ink on paper uint8 (H, W)."""
    height, width = dark.shape
    scale = min(1.0, _LIGHT_LONGEST / max(height, width))
    small = dark
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_AREA), np.uint8)
    reach = max(3, round(_STROKE_SHARE * min(small.shape))) | 1
    smooth = cv2.medianBlur(small, 3) if min(small.shape) >= 3 else small
    closed = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    closed = cv2.GaussianBlur(closed.astype(np.float32), (0, 0), max(1.0, reach / 6))
    return np.maximum(cv2.resize(closed, (width, height), interpolation=cv2.INTER_LINEAR), 1.0)


def _depth(dark: NDArray[np.uint8], light: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much light the ink swallows, float32 (H, W) in [0, 1]."""
    return np.clip(1 - dark.astype(np.float32) / light, 0, 1).astype(np.float32)


def _threshold(depth: NDArray[np.float32]) -> tuple[NDArray[np.uint8], list[Finding]]:
    """Depth (H, W) in [0, 1] -> strength uint8 (H, W): the edges of strokes stay soft, paper becomes 0, ink 255."""
    nothing = np.zeros(depth.shape, np.uint8)
    grain = 1.4826 * float(np.median(np.abs(depth - np.median(depth))))
    coarse = np.rint(depth * 255).astype(np.uint8)
    floor = max(_MIN_CONTRAST, float(np.median(depth)) + _GRAINS * grain)
    if float(depth.max()) < floor:
        return nothing, [Finding("blank", "no mark stands out from the paper")]
    between, _ = cv2.threshold(coarse, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    limit = max(between / 255, floor)
    above = depth[depth > limit]
    if not above.size:
        return nothing, [Finding("blank", "no mark stands out from the paper")]
    full = float(np.median(above))
    paper = float(np.median(depth[depth <= limit]))
    low = max(paper + min(grain, 0.02), min(floor, 0.5 * full) * 0.5)
    soft = np.clip((depth - low) / max(full - low, 1e-3), 0, 1)
    strength = np.rint(soft * 255).astype(np.uint8)
    findings = [Finding("low-contrast", f"strokes {full:.0%} darker than the paper: stretched")] if full < 0.3 else []
    return _keep_connected(strength, depth > limit), findings


def _keep_connected(strength: NDArray[np.uint8], sure: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Keep faint ink only where it hangs together with sure ink."""
    count, labels = cv2.connectedComponents((strength >= 64).astype(np.uint8), connectivity=8)
    keep = np.zeros(count, np.bool_)
    keep[np.unique(labels[sure])] = True
    keep[0] = False
    body = keep[labels].astype(np.uint8)
    near = cv2.dilate(body, np.ones((3, 3), np.uint8))
    return np.where(near > 0, strength, 0).astype(np.uint8)


def _as_picture(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
