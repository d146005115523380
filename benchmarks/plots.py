"""The plots of the benchmarks: each takes results, draws them and returns the figure; `save` writes it."""

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.processes import ROOT
from handigits.report.plots import BLUE, FAINT, GREEN, GRID, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_race", "plot_scaling", "save"]

_PEER_LOOKS = {
    "pytorch-example": (VERMILION, "s", "PyTorch's example"),
    "keras-convnet": (GREEN, "^", "Keras's example"),
}


def plot_race(contenders: dict[str, dict[str, Any]], target: float) -> "Figure":
    """Test accuracy against training time: a point for each recipe, a line for each round of a peer."""
    figure, (ax,) = _figure(7.2, 4.3, 1)
    ours = []
    for name, runs in contenders.items():
        curves = [_curve(run) for run in runs.values()]
        if name in _PEER_LOOKS:
            color, marker, label = _PEER_LOOKS[name]
            for times, shares in curves:
                ax.plot(times, shares, color=color, marker=marker, markersize=4, linewidth=1.2, alpha=0.75)
            _label(ax, label, max((times[-1], shares[-1]) for times, shares in curves), color, below=True)
        else:
            ends = [(times[-1], shares[-1]) for times, shares in curves]
            ax.plot(*zip(*ends, strict=True), "o", color=BLUE, markersize=3, alpha=0.4)
            middle = statistics.median(time for time, _ in ends), statistics.mean(share for _, share in ends)
            ours.append((*middle, name))
    ours.sort()
    if ours:
        ax.plot([each[0] for each in ours], [each[1] for each in ours], "o-", color=BLUE, markersize=7, linewidth=2)
    for time, share, name in ours:
        _label(ax, name, (time, share), BLUE)
    ax.axhline(100 * target, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    ax.set_xscale("log")
    ax.set_ylim(bottom=max(ax.get_ylim()[0], 100 * (target - 0.02)))
    ax.margins(x=0.12)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel("training time (s, logarithmic)")
    ax.set_ylabel("test accuracy (%)")
    ax.set_title("Accuracy against training time", loc="left", fontsize=11)
    return figure


def plot_scaling(results: dict[str, Any]) -> "Figure":
    """Time and memory against the number of images, and time against the network's width."""
    figure, (left, middle, right) = _figure(10.5, 3.4, 3)
    images, widths = results["images"], results["widths"]
    counts = [row["images"] for row in images]
    left.loglog(counts, [row["seconds"] for row in images], "o-", color=BLUE)
    slope, last = images[-1]["seconds"] / counts[-1], counts[-1]
    left.loglog(
        [counts[0], last], [slope * counts[0], slope * last], color=FAINT, linestyle="--", linewidth=1, zorder=0
    )
    left.set_ylabel("one epoch (s)")
    left.set_title("Time; dashed: exactly proportional", loc="left", fontsize=10)
    middle.semilogx(counts, [row["peak_memory_mb"] for row in images], "o-", color=BLUE)
    middle.semilogx(counts, [row["peak_memory_mb"] - row["data_mb"] for row in images], "s--", color=VERMILION)
    _label(middle, "all", (counts[-1], images[-1]["peak_memory_mb"]), BLUE, aside=True)
    _label(middle, "less the images", (counts[-1], images[-1]["peak_memory_mb"] - images[-1]["data_mb"]), VERMILION)
    middle.set_ylim(bottom=0)
    middle.set_ylabel("peak memory (MB)")
    middle.set_title("Memory", loc="left", fontsize=10)
    for ax in (left, middle):
        ax.set_xlabel("training images")
    right.loglog([row["macs"] / 1e6 for row in widths], [row["seconds"] for row in widths], "o-", color=BLUE)
    for row in widths:
        _label(right, str(row["width"]), (row["macs"] / 1e6, row["seconds"]), BLUE, below=True)
    right.set_xlabel("million multiply-adds per image")
    right.set_ylabel("one epoch (s)")
    right.set_title("Time by width (channels beside the points)", loc="left", fontsize=10)
    return figure


def save(figure: "Figure", name: str) -> Path:
    """Write `docs/images/NAME.svg`, the same bytes for the same figure."""
    import matplotlib

    path = ROOT / "docs" / "images" / f"{name}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        figure.savefig(path, metadata={"Date": None, "Creator": None}, facecolor="white")
    return path


def _figure(width: float, height: float, columns: int) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = [figure.add_subplot(1, columns, column + 1) for column in range(columns)]
    for ax in axes:
        ax.grid(color=GRID, linewidth=0.8)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _curve(run: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Training seconds and accuracy in percent after each epoch that was tested."""
    return [row["seconds"] for row in run["epochs"]], [100 * row["accuracy"] for row in run["epochs"]]


def _label(
    ax: "Axes", text: str, point: tuple[float, float], color: str, *, below: bool = False, aside: bool = False
) -> None:
    """A name at a point, in place of a legend."""
    offset, align = ((-6, 0), "right") if aside else ((0, -9 if below else 8), "center")
    vertical = "center" if aside else "top" if below else "bottom"
    ax.annotate(
        text, point, offset, textcoords="offset points", ha=align, va=vertical, color=color, fontsize=9, weight="bold"
    )
