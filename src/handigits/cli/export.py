"""`handigits export`."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from handigits.cli.screen import parse, print_json
from handigits.export import Exported, Format, export_model

__all__ = ["main"]

_MOST_LISTED = 10


@dataclass(frozen=True, kw_only=True)
class _Export:
    """Write a model for another tool, if it answers there as it does here.

    Examples:
      handigits export --format onnx-int8 --out digits.onnx
      handigits export runs/sgd-2conv --format keras --out keras-model
      handigits export model.keras --format safetensors --out model.safetensors
      handigits export --format html --out pad.html
      handigits export --format space --out space
    """

    model: Annotated[tyro.conf.Positional[Path | None], tyro.conf.arg(metavar="MODEL")] = None
    """A run directory, a model's file, or a Keras model; none: the model that ships with handigits."""
    format: Format
    """onnx; onnx-int8: a quarter of the size; keras: JSON, HDF5 and .keras; torch-export: .pt2; safetensors;
    html: the drawing pad with the model inside, one page that needs no network; space: a Hugging Face Space."""
    out: Path
    """The file to write; for keras and space the directory."""
    data: str | None = None
    """Whose training images to compare on, and to take the ranges of 8 bits from; none: what it was trained on."""
    offline: bool = False
    """Do not use the network."""
    force: bool = False
    """Replace what is at --out."""
    json: bool = False
    """Print what was written as JSON."""


def main(arguments: list[str]) -> int:
    """Export a model."""
    command = parse(_Export, arguments, verb="export")
    exported = export_model(
        command.model,
        format=command.format,
        out=command.out,
        data=command.data,
        offline=command.offline,
        force=command.force,
    )
    if command.json:
        print_json(exported.to_json())
    else:
        sys.stdout.write(_text(exported))
    return 0


def _text(exported: Exported) -> str:
    sizes = {path: path.stat().st_size / 1000 for path in exported.files}
    listed = [f"{path}  {size:,.0f} kB\n" for path, size in sizes.items()]
    if len(listed) > _MOST_LISTED:
        folder = Path(os.path.commonpath(exported.files))
        listed = [f"{folder}  {len(sizes)} files, {sum(sizes.values()):,.0f} kB\n"]
    files = "".join(listed)
    return (
        f"{files}compared on {exported.count:,} images of {exported.data}: a probability differs by at most "
        f"{exported.max_difference:.1g}, {exported.changed} read as another digit\n"
    )
