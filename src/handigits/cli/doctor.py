"""`handigits doctor`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from numpy.typing import NDArray

from handigits.atomic import atomic_path
from handigits.cli.screen import parse, print_json, say
from handigits.doctor import Diagnosis, diagnose
from handigits.escape import printable
from handigits.recognizer import PolarityChoice, Recognizer

__all__ = ["main"]

_SHADES = 24  # grays of a 256-colour terminal, from 232 on


@dataclass(frozen=True, kw_only=True)
class _Doctor:
    """See what the model sees of a picture, what is the matter with it, and what was done about that.

    Examples:
      handigits doctor seven.png
      handigits doctor seven.png --out seven-stages.png
    """

    image: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="IMAGE")]
    """The picture."""
    model: Path | None = None
    """A run directory or an artefact file; none: the model that ships with handigits."""
    polarity: PolarityChoice = "auto"
    """Which of the two tones of the picture is the ink."""
    json: bool = False
    """Print everything as JSON."""
    out: Path | None = None
    """Write each stage, side by side, to this PNG."""


def main(arguments: list[str]) -> int:
    """Examine one picture."""
    command = parse(_Doctor, arguments, verb="doctor")
    found = diagnose(command.image, model=Recognizer.load(command.model), polarity=command.polarity)
    if command.out is not None:
        from handigits.report.doctor_strip import doctor_strip

        with atomic_path(command.out) as part:
            doctor_strip(found).save(part, "PNG")
    if command.json:
        print_json(found.to_json())
    else:
        _print(found, command.image)
    if command.out is not None:
        say(f"The stages are in {command.out}.")
    return 0


def _print(found: Diagnosis, image: Path) -> None:
    """The picture in words, the 28x28 that the model saw in half-blocks, and the answer."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    width, height = found.size
    console.print(Text(f"{printable(str(image))}: {width} x {height} pixels", style="bold"))
    for finding in found.findings or ():
        console.print(Text(f"  {finding.kind:<12} {finding.text}"))
    if not found.findings:
        console.print(Text("  nothing was the matter with it"))
    console.print(Text("\nWhat the model saw:", style="bold"))
    several = len(found.read) > 1
    for image_seen in [digit.image for digit in found.read] if several else [found.image]:
        for line in half_blocks(image_seen) if console.color_system else plain_blocks(image_seen):
            console.print(line)
    prediction = found.prediction
    if prediction.abstained:
        console.print(Text(f"\nNo answer: {prediction.reason}", style="bold"))
    else:
        console.print(Text(f"\nIt says {prediction.digits}, {prediction.probability:.1%} sure", style="bold"))
    for each in found.read if several else ():
        others = ", ".join(f"{digit} ({probability:.1%})" for digit, probability in each.runners_up)
        console.print(Text(f"  {each.digit}  {each.probability:.1%} sure; next: {others}"))
    if found.runners_up:
        others = ", ".join(f"{digit} ({probability:.1%})" for digit, probability in found.runners_up)
        console.print(Text(f"Next: {others}"))


def half_blocks(image: NDArray[np.float32]) -> "list[object]":
    """An image float32 (H, W) in [0, 1] as H / 2 lines of a terminal: each character shows two pixels."""
    from rich.text import Text

    shades = 232 + np.rint(image * (_SHADES - 1)).astype(int)
    lines: list[object] = []
    for upper, lower in zip(shades[::2], shades[1::2], strict=True):
        line = Text("  ")
        for above, below in zip(upper, lower, strict=True):
            line.append("\u2580", style=f"color({above}) on color({below})")
        lines.append(line)
    return lines


def plain_blocks(image: NDArray[np.float32]) -> list[str]:
    """The same where there are no colours, as in a file: what is more white than black is filled."""
    filled = image > 0.5
    glyphs = np.array([[" ", "\u2584"], ["\u2580", "\u2588"]])  # by the upper and the lower pixel
    return ["".join(["  ", *line]).rstrip() for line in glyphs[filled[::2].astype(int), filled[1::2].astype(int)]]
