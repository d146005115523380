"""Pictures of how well bad pictures are read; as in `plots`, nothing is measured or written here."""

from typing import TYPE_CHECKING

import numpy as np

from handigits.report.plots import BLUE, FAINT, GRID, INK, VERMILION, axes_of_the_house
from handigits.report.wording import percent
from handigits.stress import MIDDLE, STRENGTHS, PhotoResult, StressResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_photos", "plot_stress"]


def plot_stress(result: StressResult, *, ax: "Axes | None" = None) -> "Axes":
    """The accuracy of every kind in every strength, as a number on a tone: the darker, the worse; below, the mean."""
    kinds = result.kinds
    ax = axes_of_the_house(ax, 6.4, 0.27 * len(kinds) + 1.6, beside=1.3)
    table = np.array([[row.read.accuracy for row in result.at(strength)] for strength in STRENGTHS]).T
    cells = 100 * np.vstack([table, table.mean(axis=0)])
    ax.imshow(100 - cells, cmap="Oranges", vmin=0, vmax=60, aspect="auto")
    for (row, column), value in np.ndenumerate(cells):
        weight = "bold" if row == len(kinds) else "normal"
        color = INK if value > 60 else "white"
        ax.text(column, row, f"{value:.1f}", ha="center", va="center", color=color, fontsize=8.5, weight=weight)
    ax.axhline(len(kinds) - 0.5, color=FAINT, linewidth=1)
    ax.set_xticks(range(len(STRENGTHS)), [str(each) for each in STRENGTHS])
    ax.set_yticks(range(len(kinds) + 1), [*kinds, "mean"])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("strength; without corruption " + percent(result.clean.read.accuracy))
    worst = result.worst(MIDDLE)
    ax.set_title(
        f"Accuracy on corrupted digits (%)\n{result.split_name}, {result.clean.read.count:,} digits; "
        f"in strength {MIDDLE} {worst.kind} is read worst",
        loc="left",
        fontsize=11,
    )
    return ax


def plot_photos(result: PhotoResult, *, ax: "Axes | None" = None) -> "Axes":
    """The accuracy on photographs, by what they show, with intervals: single digits, and strings read exactly."""
    groups = result.groups()
    ax = axes_of_the_house(ax, 6.8, 0.32 * len(groups) + 1.8, beside=1.4, below=0.9)
    looks = (("single digits", BLUE, "o", -0.13), ("strings of digits, exact", VERMILION, "s", 0.13))
    for place, (label, color, marker, offset) in enumerate(looks):
        measured = [(row, shares[place]) for row, shares in enumerate(groups.values()) if shares[place].count]
        if not measured:
            continue
        accuracy = np.array([share.accuracy for _, share in measured])
        bounds = np.array([share.interval for _, share in measured])  # (n, 2)
        ax.errorbar(
            100 * accuracy,
            [row + offset for row, _ in measured],
            xerr=100 * np.abs(bounds.T - accuracy),
            fmt=marker,
            color=color,
            markersize=4.5,
            capsize=2,
            label=label,
        )
    ax.set_yticks(range(len(groups)), list(groups))
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.set_xlim(0, 102)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("read right (%), with 95 % intervals")
    count = f"{len(result.singles):,} of one digit, {len(result.strings):,} of several"
    ax.set_title(f"How well photographs are read\nmade up; {count}", loc="left", fontsize=11)
    ax.grid(axis="x", color=GRID)
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.5 / (0.32 * len(groups) + 0.3)), ncols=2)
    return ax
