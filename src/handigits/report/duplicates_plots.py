"""Pictures of images that a dataset holds twice."""

import json
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from handigits.atomic import atomic_path, write_text
from handigits.data.split import IMAGE_SIZE
from handigits.evaluation.duplicates import Duplicates
from handigits.report.files import require_matplotlib
from handigits.report.plots import INK, PAPER, VERMILION, axes_of_the_house

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_duplicates", "write_duplicates"]

_HEIGHT, _WIDTH = IMAGE_SIZE + 14, 2 * IMAGE_SIZE + 12  # of a pair with the room for its caption and the next


def plot_duplicates(found: Duplicates, *, columns: int = 5, ax: "Axes | None" = None) -> "Axes":
    """The closest pairs side by side, with their labels and their distance."""
    lines = max(1, ceil(len(found.twins) / columns))
    ax = axes_of_the_house(ax, 2.0 * columns, 1.2 * lines + 0.8, below=0.1, beside=0.2)
    canvas = np.full((lines * _HEIGHT, columns * _WIDTH), PAPER, np.uint8)
    for place, (twins, images) in enumerate(zip(found.twins, found.images, strict=True)):
        top, left = place // columns * _HEIGHT, place % columns * _WIDTH
        canvas[top : top + IMAGE_SIZE, left : left + 2 * IMAGE_SIZE + 1] = np.hstack(
            [images[0], np.full((IMAGE_SIZE, 1), PAPER, np.uint8), images[1]]
        )
        labels = f"{twins.first.label} and {twins.second.label}" if twins.contradict else f"{twins.first.label}"
        caption = f"{labels}, {twins.distance:.3f}"
        color = VERMILION if twins.contradict else INK
        ax.text(left + IMAGE_SIZE, top + IMAGE_SIZE + 1, caption, ha="center", va="top", fontsize=8.5, color=color)
    ax.imshow(canvas, cmap="gray", vmin=0, vmax=PAPER, interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(
        f"Images that are nearly equal: labels, distance ({len(found.twins):,} shown)", loc="left", fontsize=11
    )
    return ax


def write_duplicates(found: Duplicates, directory: Path) -> Path:
    """Write `duplicates.png`, and the numbers as `duplicates.json` beside it; the directory is made if need be.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    require_matplotlib()
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "duplicates.png"
    figure = plot_duplicates(found).get_figure(root=True)
    assert figure is not None  # no axes were given, so a figure was made
    with atomic_path(path) as part:
        figure.savefig(part, format="png")
    write_text(path.with_suffix(".json"), json.dumps(found.to_json(), indent=1) + "\n")
    return path
