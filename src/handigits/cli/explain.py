"""`handigits explain`."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from handigits.cli.screen import parse, print_json, say
from handigits.escape import printable
from handigits.explain import Explanation, explain
from handigits.report import require_matplotlib
from handigits.report.explain_files import write_explanation
from handigits.report.wording import percent

__all__ = ["main"]


@dataclass(frozen=True, kw_only=True)
class _Explain:
    """Explain how a digit was read: which ink matters, which training digits look alike, what each layer makes of it.

    Examples:
      handigits explain digit.png --model runs/standard
      handigits explain digit.png --model runs/standard --digit 7
      handigits explain digit.png
    """

    image: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="IMAGE")]
    """The picture of one digit."""
    model: Path | None = None
    """A run directory, for all there is to say; a model's file or none, the shipped one: what shows from outside."""
    digit: int | None = None
    """Explain this digit instead of the answer: what speaks for it, and what against it?"""
    data: str | None = None
    """Where to look for the nearest training digits; none: what the model was trained on."""
    out: Path | None = None
    """Directory for explain.html, explain.json and pictures; none: explain-NAME, after the picture."""
    offline: bool = False
    """Do not use the network."""
    json: bool = False
    """Print the explanation as JSON."""


def main(arguments: list[str]) -> int:
    """Explain a picture."""
    command = parse(_Explain, arguments, verb="explain")
    require_matplotlib()
    explanation = explain(
        command.image, model=command.model, digit=command.digit, data=command.data, offline=command.offline
    )
    if explanation.notice:
        say(explanation.notice)
    out = command.out or Path(f"explain-{command.image.stem}")
    write_explanation(explanation, out, command=shlex.join(["handigits", "explain", *arguments]))
    if command.json:
        print_json(explanation.to_json())
    else:
        sys.stdout.write(_text(explanation, out))
    return 0


def _text(explanation: Explanation, out: Path) -> str:
    order = np.argsort(-explanation.probabilities, kind="stable")[:3]
    shares = ", ".join(f"{digit} {percent(explanation.probabilities[digit], decimals=1)}" for digit in order)
    lines = [f"{printable(explanation.name)}: {shares}"]
    drops = explanation.occlusion.drops
    top, left = (int(place) for place in np.unravel_index(drops.argmax(), drops.shape))
    lines.append(
        f"the {explanation.digit} rests most on the ink around row {top}, column {left} of 28x28: covered, its "
        f"log-odds fall by {drops.max():.1f}"
    )
    if explanation.inside:
        labels = explanation.inside.neighbours.labels.tolist()
        lines.append(f"the nearest training digits are {', '.join(map(str, labels))}")
    return "\n".join([*lines, f"report {out / 'explain.html'}\n"])
