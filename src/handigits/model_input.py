"""A picture made ready for a model: all of its ink as one digit, and how else it may be read.

Knows no model. Deliberately absent: what is said of the picture (see `judgement`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import IMAGE_SIZE
from handigits.ink import Ink, Picture, PolarityChoice, Stage, decode, find_ink
from handigits.ink.foreground import find_foreground
from handigits.ink.margin import add_margin, is_cut_out
from handigits.ink.marks import typical_width
from handigits.ink.noise import is_noise
from handigits.ink.normalize import native_input, normalize
from handigits.ink.polarity import POLARITIES, Polarity
from handigits.ink.segment import Layout, find_layout
from handigits.ink.squeeze import squeeze
from handigits.ink.views import find_views

__all__ = ["Box", "ModelInput", "Source", "Sources", "prepare", "prepare_picture"]

Box = tuple[int, int, int, int]
Source = str | Path | bytes | NDArray[Any]
Sources = Source | list[Any] | tuple[Any, ...]  # of Source; a list of paths is no list of Source to a type checker

_FULL = 0.9  # of the picture's sides, which its ink fills


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelInput:
    """A picture as the model will see it.

    Attributes:
        name: of the picture.
        image: all of its ink as one digit: float32 (28, 28) in [0, 1], white ink on black.
        box: where that ink lies in the picture.
        layout: how else it may be read, as several digits; None where it is one digit by definition, squeezed,
            or blank.
        is_digit: it is a digit by definition, such as a row of a table; what the gate says of it does not count.
        is_small: no larger than MNIST's own: several digits only if it cannot be one.
        find_views: finds `views`, which are seldom needed.
        find_changed: finds the picture with the darker of its inks alone, if it has two, and with a margin in either
            tone, if it has none, and squeezed, if one broad mark fills it; seldom needed as well.
        find_turned: finds the picture turned by a quarter to either side; the same; none of a small one.
        turns: by how many quarters the picture was turned counter-clockwise before it was made ready.
        margin: pixels of paper that were put around it before.
        is_squeezed: it was made so slim that only a 1 could look like it.
        size: width and height of the picture as it came.
        notes: what was decided about the picture and is worth telling.
        stage: the ink that was read instead, of a picture that was turned or changed; None of one as it stands.
    """

    name: str
    image: NDArray[np.float32]
    box: Box = (0, 0, IMAGE_SIZE, IMAGE_SIZE)
    layout: Layout | None = None
    is_digit: bool = False
    is_small: bool = False
    find_views: Callable[[], tuple[NDArray[np.float32], ...]] = tuple
    find_changed: Callable[[], tuple["ModelInput", ...]] = tuple
    find_turned: Callable[[], tuple["ModelInput", ...]] = tuple
    turns: int = 0
    margin: int = 0
    is_squeezed: bool = False
    size: tuple[int, int] = (IMAGE_SIZE, IMAGE_SIZE)
    notes: tuple[str, ...] = ()
    stage: Stage | None = field(default=None, repr=False)

    @cached_property
    def views(self) -> tuple[NDArray[np.float32], ...]:
        """Other looks at a picture of MNIST's very size, whose ink may be found wrongly: float32 (28, 28) each."""
        return self.find_views()

    @property
    def parts(self) -> tuple[NDArray[np.float32], ...]:
        """Every candidate for a digit of several: float32 (28, 28) each."""
        return tuple(candidate.image for candidate in self.layout.candidates[1:]) if self.layout else ()

    def images(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        """The images of these numbers: 0 for the whole, and then views and parts: float32 (N, 28, 28)."""
        known: tuple[NDArray[np.float32], ...] = (self.image,)
        if max(numbers) >= len(known):
            known += self.views
        if max(numbers) >= len(known):
            known += self.parts
        return np.stack([known[number] for number in numbers])

    def place(self, box: Box) -> Box:
        """Where a box of what was made ready lies in the picture as it came."""
        x, y, wide, high = box
        width, height = self.size
        if self.turns == 1:
            return max(width - y - high, 0), x, high, wide
        if self.turns == 3:
            return y, max(height - x - wide, 0), high, wide
        if not self.margin:
            return box
        left, across = _inside(x - self.margin, wide, width)
        top, down = _inside(y - self.margin, high, height)
        return left, top, across, down

    def is_filled_by(self, box: Box) -> bool:
        """Whether a box reaches from edge to edge of the picture as it came."""
        return min(side / length for side, length in zip(box[2:], self.size, strict=True)) >= _FULL


def _inside(start: int, length: int, total: int) -> tuple[int, int]:
    """Where a stretch begins and how long it is, of what lies within `total`; one pixel at least."""
    first = min(max(start, 0), total - 1)
    return first, max(min(start + length, total) - first, 1)


def prepare(source: Source, *, name: str | None = None, polarity: PolarityChoice = "auto") -> ModelInput:
    """Make a picture ready for the model. One that is framed as MNIST's are is one digit; others may hold several.

    Args:
        source: a path, the bytes of a file, or the pixels of one picture, as `ink.decode` takes them.
        name: what to call it; the path, "bytes" or "array" if not given.
        polarity: which of the two tones is the ink.

    Raises:
        MissingFileError, PictureError: there is no such file, or it is no picture.
    """
    picture = decode(source, name=name)
    name = name or (str(source) if isinstance(source, str | Path) else picture.name)
    return prepare_picture(picture, name=name, polarity=polarity)


def prepare_picture(
    picture: Picture, *, name: str, polarity: PolarityChoice = "auto", ink: Ink | None = None
) -> ModelInput:
    """Make a picture ready that is decoded already; its ink need not be found again where it is at hand."""
    height, width = picture.gray.shape
    is_small = max(height, width) <= IMAGE_SIZE
    views = partial(find_views, picture.gray, polarity=polarity) if is_small else tuple  # else its pixels are let go
    native = native_input(picture.gray, polarity=polarity)
    if native is not None:
        return ModelInput(name=name, image=native, is_small=True, find_views=views, notes=picture.notes)
    plain = ModelInput(
        name=name,
        image=np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32),
        box=(0, 0, width, height),
        is_small=is_small,
        find_views=views,
        size=(width, height),
        notes=picture.notes,
    )
    if is_small and is_noise(picture.gray):
        return replace(
            plain, find_views=tuple, notes=(*picture.notes, "nothing but noise: no pixel is like those around it")
        )
    ink = ink or find_ink(picture.gray, polarity=polarity)
    upright = _with_ink(plain, ink)
    cut_out = picture.gray if is_cut_out(picture.gray) else None  # else its pixels are let go
    if not upright.layout and cut_out is None:
        return upright
    polarities = POLARITIES if polarity == "auto" else (polarity,)
    given = replace(upright, find_changed=partial(_changed, plain, ink, cut_out, polarities))
    return given if is_small or not given.layout else replace(given, find_turned=partial(_turned, plain, ink))


def _with_ink(plain: ModelInput, ink: Ink) -> ModelInput:
    """The picture with what may be read in its ink; itself where there is none."""
    layout = find_layout(ink)
    return replace(plain, image=layout.whole.image, box=layout.whole.box, layout=layout) if layout else plain


def _changed(
    plain: ModelInput, ink: Ink, cut_out: NDArray[np.uint8] | None, polarities: Sequence[Polarity]
) -> tuple[ModelInput, ...]:
    """The same picture with its darker ink alone, if it has two; and with a margin in each tone, if it was cut out.

    Of a picture that one broad mark fills from edge to edge, squeezed as well: it may be a 1 that was stretched.
    """
    changed = []
    darker = find_foreground(ink.strength, ink.depth)
    if darker is not None:
        notes = (*plain.notes, "written in two inks: the fainter one left out")
        alone = replace(ink, strength=darker, stroke_width=typical_width((darker >= 128).astype(np.uint8)))
        changed.append(_with_ink(replace(plain, notes=notes, stage=Stage("darker ink", darker)), alone))
    if cut_out is None:
        return tuple(changed)
    for polarity in polarities:
        picture, margin = add_margin(cut_out, polarity)
        notes = (*plain.notes, f"cut out tightly: read with a margin, as {polarity}")
        ink = find_ink(picture, polarity=polarity)
        is_small, stage = max(picture.shape) <= IMAGE_SIZE, Stage("with a margin", ink.strength)
        bare = replace(plain, is_small=is_small, find_views=tuple, margin=margin, notes=notes, stage=stage)
        given = _with_ink(bare, ink)
        changed.append(given)
        slim = squeeze(ink) if given.is_filled_by(given.place(given.box)) else None
        if slim is not None:
            changed.append(_squeezed(given, slim, ink.stroke_width))
    return tuple(changed)


def _squeezed(given: ModelInput, slim: NDArray[np.uint8], stroke_width: float) -> ModelInput:
    """A picture with a margin as one digit, which is in the same place."""
    return replace(
        given,
        image=normalize(slim, stroke_width=stroke_width),
        layout=None,
        is_squeezed=True,
        notes=(*given.notes, "stretched from edge to edge: squeezed until it is four times as high as wide"),
        stage=Stage("squeezed", slim),
    )


def _turned(plain: ModelInput, ink: Ink) -> tuple[ModelInput, ...]:
    """The same picture turned counter-clockwise, and turned clockwise."""
    notes = (*plain.notes, "the picture lies on its side: turned by a quarter")
    turned = []
    for turns in (1, 3):
        strength, depth = (np.ascontiguousarray(np.rot90(each, turns)) for each in (ink.strength, ink.depth))
        side = replace(ink, strength=strength, depth=depth)
        turned.append(_with_ink(replace(plain, turns=turns, notes=notes, stage=Stage("turned", strength)), side))
    return tuple(turned)
