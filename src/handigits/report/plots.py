"""Results become pictures: every `plot_*` takes a result, draws it on the axes it is given, and returns them.

No plot computes a metric, opens a window or writes a file (`files.write_plots` does that). Figures are made without
pyplot, so nothing is global and nothing has to be closed. Colours are the blue and vermilion of Okabe and Ito, which
stay apart for colour-blind readers, and every colour has a marker, a dash or a number beside it.
"""

from collections.abc import Mapping, Sequence
from itertools import cycle
from math import ceil
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES, IMAGE_SIZE
from handigits.evaluation import Evaluation, Gallery
from handigits.report.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "axes_of_the_house",
    "plot_class_distribution",
    "plot_class_scores",
    "plot_confusion",
    "plot_curves",
    "plot_gallery",
    "plot_reliability",
    "plot_samples",
]

BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
INK, FAINT, GRID = "#1d1d1f", "#6e6e73", "#e3e3e6"
PAPER = 255
TILE = (IMAGE_SIZE + 16, IMAGE_SIZE + 9)  # height and width of a digit in a gallery with the room for its caption


def plot_curves(
    history: Sequence[Mapping[str, float | None]], quantity: Literal["loss", "accuracy"], *, ax: "Axes | None" = None
) -> "Axes":
    """Training and validation by epoch.

    Args:
        history: a row for each epoch: `epoch`, `train_<quantity>` and `validation_<quantity>`;
            None where it was not measured.
        quantity: `loss` in nats or `accuracy`, a share that is drawn in percent.
        ax: where to draw; a new figure by default.
    """
    from matplotlib.ticker import MaxNLocator

    ax = axes_of_the_house(ax, 6.0, 4.0)
    scale = 100 if quantity == "accuracy" else 1
    looks = {"train": ("training", BLUE, "o", "-"), "validation": ("validation", VERMILION, "s", "--")}
    for key, (label, color, marker, dash) in looks.items():
        measured = [(row["epoch"], row[f"{key}_{quantity}"]) for row in history]
        points = [(epoch, scale * value) for epoch, value in measured if epoch is not None and value is not None]
        if points:
            ax.plot(*zip(*points, strict=True), color=color, marker=marker, markersize=4, linestyle=dash, label=label)
    ax.set_title(f"{quantity.capitalize()} by epoch", loc="left", fontsize=11)
    ax.set_xlabel("epoch")
    ax.set_ylabel("accuracy (%)" if quantity == "accuracy" else "loss (cross-entropy, nats)")
    if epochs := [row["epoch"] for row in history if row["epoch"] is not None]:
        ax.set_xlim(min(epochs) - 0.5, max(epochs) + 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(axis="y", color=GRID)
    if ax.lines:
        ax.legend(frameon=False)
    return ax


def plot_confusion(evaluation: Evaluation, *, normalized: bool = False, ax: "Axes | None" = None) -> "Axes":
    """What was read as what: rows are the true digits, columns the answers.

    Right answers are blue and mistakes vermilion, each with its own scale, so that a few mistakes among
    thousands of right answers can still be seen. `normalized` shows each row in percent of its true digit.
    """
    ax = axes_of_the_house(ax, 6.6, 6.85)
    support = evaluation.confusion.sum(axis=1, keepdims=True)
    share = 100 * evaluation.confusion / np.maximum(support, 1)
    cells = share if normalized else evaluation.confusion
    right = np.eye(CLASSES, dtype=bool)
    ax.imshow(np.ma.masked_where(~right, cells), cmap="Blues", vmin=0, vmax=1.6 * max(cells.max(), 1e-9))
    worst = max(cells[~right].max(), 1e-9)
    ax.imshow(np.ma.masked_where(right | (cells == 0), cells), cmap="Oranges", vmin=-0.15 * worst, vmax=1.6 * worst)
    for (true, predicted), value in np.ndenumerate(cells):
        if value:
            text = f"{value:.1f}" if normalized else f"{value:,}"
            weight = "bold" if true == predicted else "normal"
            ax.text(predicted, true, text, ha="center", va="center", color=INK, weight=weight, in_layout=False)
    ax.set_xticks(range(CLASSES))
    ax.set_yticks(range(CLASSES))
    ax.set_xticks(np.arange(0.5, CLASSES - 1), minor=True)
    ax.set_yticks(np.arange(0.5, CLASSES - 1), minor=True)
    ax.grid(which="minor", color=GRID, linewidth=0.8)
    ax.tick_params(which="both", length=0)
    ax.set_xlabel("read as")
    ax.set_ylabel("true digit")
    unit = "% of each true digit" if normalized else f"{evaluation.count:,} digits"
    ax.set_title(f"What was read as what\n{evaluation.split_name}, {unit}", loc="left", fontsize=11)
    return ax


def plot_gallery(gallery: Gallery, *, columns: int = 5, ax: "Axes | None" = None) -> "Axes":
    """Digits with the answer, its confidence and the true label."""
    lines = max(1, ceil(len(gallery.rows) / columns))
    ax = axes_of_the_house(ax, 1.3 * columns, 1.5 * lines + 0.7, below=0.1, beside=0.2)
    _draw_tiles(ax, dict(enumerate(gallery.images)), (lines, columns), TILE)
    for place, row in enumerate(gallery.rows):
        line, column = divmod(place, columns)
        ax.text(
            column * TILE[1] + IMAGE_SIZE / 2 - 0.5,
            line * TILE[0] + IMAGE_SIZE + 0.5,
            f"read {row.predicted}, {percent(row.confidence, decimals=0)}\ntrue label {row.label}",
            ha="center",
            va="top",
            fontsize=9,
            color=INK if row.is_correct else VERMILION,
            in_layout=False,
        )
    ax.set_axis_off()
    shown = f"{len(gallery.rows):,} of {gallery.total:,}" if gallery.rows else "there are none"
    ax.set_title(f"{gallery.title} ({shown})", loc="left", fontsize=11)
    return ax


def plot_samples(
    images: NDArray[np.uint8], labels: NDArray[np.int64], *, per_class: int = 10, ax: "Axes | None" = None
) -> "Axes":
    """The first `per_class` digits of each class, a class in each row; images uint8 (N, 28, 28), labels int64 (N,)."""
    ax = axes_of_the_house(ax, 0.6 * per_class + 0.95, 6.8, below=0.2)
    step = IMAGE_SIZE + 2
    tiles = {
        label * per_class + column: images[index]
        for label in range(CLASSES)
        for column, index in enumerate(np.flatnonzero(labels == label)[:per_class])
    }
    _draw_tiles(ax, tiles, (CLASSES, per_class), (step, step))
    ax.set_yticks(np.arange(CLASSES) * step + IMAGE_SIZE / 2, [str(label) for label in range(CLASSES)])
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_ylabel("digit")
    ax.set_title(f"The first {per_class} of each digit", loc="left", fontsize=11)
    return ax


def plot_class_distribution(counts: Mapping[str, NDArray[np.integer]], *, ax: "Axes | None" = None) -> "Axes":
    """How many there are of each digit; `counts` has ten numbers for each split, under its name."""
    ax = axes_of_the_house(ax, 6.6, 4.2, below=0.95)
    width = 0.8 / max(len(counts), 1)
    looks = cycle([(BLUE, ""), (VERMILION, "///"), (GREEN, "...")])
    for place, ((name, numbers), (color, hatch)) in enumerate(zip(counts.items(), looks, strict=False)):
        left = np.arange(CLASSES) + (place - (len(counts) - 1) / 2) * width
        label = f"{name} ({int(np.sum(numbers)):,})"
        ax.bar(left, numbers, width * 0.92, color=color, hatch=hatch, edgecolor="white", linewidth=0, label=label)
    ax.set_xticks(range(CLASSES))
    ax.tick_params(axis="x", length=0)
    ax.set_xlabel("digit")
    ax.set_ylabel("images (number)")
    ax.set_title("How many there are of each digit", loc="left", fontsize=11)
    ax.grid(axis="y", color=GRID)
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3)
    return ax


def plot_class_scores(evaluation: Evaluation, *, ax: "Axes | None" = None) -> "Axes":
    """Recall with its interval, precision and F1 of each digit."""
    ax = axes_of_the_house(ax, 6.8, 4.4, below=1.1)
    scores = evaluation.per_class
    digits = np.arange(CLASSES)
    recall = np.array([row.recall for row in scores])
    bounds = np.array([row.recall_interval for row in scores])  # (10, 2)
    recall_bars = ax.errorbar(
        digits - 0.2,
        100 * recall,
        yerr=100 * np.abs(bounds.T - recall),
        fmt="o",
        color=BLUE,
        capsize=3,
        label="recall, 95 % interval",
    )
    points = ax.plot(digits, [100 * row.precision for row in scores], "D", color=VERMILION, label="precision")
    points += ax.plot(digits + 0.2, [100 * row.f1 for row in scores], "_", color=INK, markersize=11, mew=2, label="F1")
    line = ax.axhline(100 * evaluation.accuracy, color=FAINT, linewidth=1, linestyle=":", label="all digits")
    ax.set_xlim(-0.6, CLASSES - 0.4)
    ax.set_xticks(digits, [f"{row.label}\n{row.support:,}" for row in scores])
    ax.tick_params(axis="x", length=0)
    ax.set_xlabel("digit, and how many of it there were")
    ax.set_ylabel("score (%)")
    ax.set_title(f"How well each digit is read\n{evaluation.split_name}", loc="left", fontsize=11)
    ax.grid(axis="y", color=GRID)
    ax.legend(
        handles=[recall_bars, *points, line], frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=4
    )
    return ax


def plot_reliability(evaluation: Evaluation, *, ax: "Axes | None" = None) -> "Axes":
    """Confidence against accuracy; a model that knows how sure it may be follows the diagonal."""
    ax = axes_of_the_house(ax, 5.6, 5.85)
    result = evaluation.reliability
    filled = result.counts > 0
    ax.plot([0, 100], [0, 100], color=FAINT, linewidth=1, linestyle=":", label="exactly as sure as right")
    ax.plot(
        100 * result.confidences[filled],
        100 * result.accuracies[filled],
        color=BLUE,
        marker="o",
        markersize=5,
        label="this model",
    )
    for confidence, accuracy, count in zip(result.confidences, result.accuracies, result.counts, strict=True):
        if count:
            place = (100 * confidence, 100 * accuracy)
            ax.annotate(f"{count:,}", place, (6, -8), textcoords="offset points", fontsize=7)
    ax.set_xlim(0, 110)
    ax.set_ylim(-5, 105)
    ax.set_aspect("equal")
    ax.set_xlabel("confidence of the answer (%)")
    ax.set_ylabel("answers that were right (%)")
    low, high = map(percent, result.interval)
    ax.set_title(
        f"Can its confidence be trusted? {evaluation.split_name}\n"
        f"calibration error {percent(result.error)}, 95 % interval {low} to {high}",
        loc="left",
        fontsize=11,
    )
    ax.grid(color=GRID)
    ax.legend(frameon=False, loc="best")
    return ax


def axes_of_the_house(
    ax: "Axes | None", width: float, height: float, *, below: float = 0.6, beside: float = 0.75
) -> "Axes":
    """The given axes in the style of the house, or those of a new figure; all in inches.

    Margins are fixed rather than found by a layout engine, which would draw every picture twice.
    """
    if ax is None:
        from matplotlib.figure import Figure

        above, right = 0.6, 0.2
        box = (beside / width, below / height, 1 - (beside + right) / width, 1 - (below + above) / height)
        ax = Figure(figsize=(width, height)).add_axes(box)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(FAINT)
    ax.tick_params(colors=INK, labelsize=9)
    ax.set_axisbelow(True)
    return ax


def _draw_tiles(
    ax: "Axes", tiles: Mapping[int, NDArray[np.uint8]], grid: tuple[int, int], step: tuple[int, int]
) -> None:
    """Draw digits, by their place in a grid of (rows, columns), as one picture: much faster than axes for each."""
    (rows, columns), (height, width) = grid, step
    canvas = np.full((rows * height, columns * width - (width - IMAGE_SIZE)), PAPER, np.uint8)
    for place, image in tiles.items():
        top, left = place // columns * height, place % columns * width
        canvas[top : top + IMAGE_SIZE, left : left + IMAGE_SIZE] = image
    ax.imshow(canvas, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
