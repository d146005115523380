"""`handigits ensemble`."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from handigits.cli.screen import parse, print_json
from handigits.ensemble import Ensemble, write_ensemble

__all__ = ["main"]


@dataclass(frozen=True, kw_only=True)
class _Ensemble:
    """Write several models as one, which answers with the mean of their probabilities.

    Example:
      handigits sweep quick --seeds 0 1
      handigits ensemble runs/sweep/quick-seed-0 runs/sweep/quick-seed-1 --out both.onnx
      handigits evaluate both.onnx
      handigits ensemble runs/accurate --shifts --out steady.onnx
    """

    models: Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="MODEL")]
    """Run directories or artefacts, trained on the same data; two or more, or with --shifts one."""
    out: Path
    """The .onnx file to write."""
    shifts: bool = False
    """Let each model see the picture as it is and shifted by a pixel in four directions: five times the arithmetic."""
    force: bool = False
    """Replace what is at --out."""
    json: bool = False
    """Print what was written as JSON."""


def main(arguments: list[str]) -> int:
    """Write an ensemble."""
    command = parse(_Ensemble, arguments, verb="ensemble")
    written = write_ensemble(command.models, command.out, shifts=command.shifts, force=command.force)
    if command.json:
        print_json({"file": str(written.file), "members": [str(path) for path in written.members]})
    else:
        sys.stdout.write(_text(written))
    return 0


def _text(written: Ensemble) -> str:
    about = written.metadata
    return (
        f"{written.file}  {written.file.stat().st_size / 1000:,.0f} kB\n"
        f"{about.recipe}; {about.parameters:,} weights; measure it: handigits evaluate {written.file}\n"
    )
