"""The plots of the benchmarks: each takes results, draws them and returns the figure; `save` writes it."""

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.processes import ROOT
from handigits.report.plots import BLUE, FAINT, GREEN, GRID, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_race", "plot_scaling", "save"]

_BELOW_TARGET = 0.02
_PEER_LOOKS = {
    "pytorch-example": (VERMILION, "s", "PyTorch's example"),
    "keras-convnet": (GREEN, "^", "Keras's example"),
}
_PLACES = {
    "above": ((0, 10), "center", "bottom"),
    "below": ((0, -9), "center", "top"),
    "left": ((-7, 0), "right", "center"),
}


def plot_race(contenders: dict[str, dict[str, Any]], target: float) -> "Figure":
    """Test accuracy against training time: a point for each recipe, a line for each round of a peer."""
    figure, (ax,) = _figure(7.2, 4.3, 1)
    ours = []
    lowest = 100 * (target - _BELOW_TARGET)
    for name, runs in contenders.items():
        curves = [_curve(run) for run in runs.values()]
        if name in _PEER_LOOKS:
            color, marker, label = _PEER_LOOKS[name]
            for times, shares in curves:
                ax.plot(times, shares, color=color, marker=marker, markersize=4, linewidth=1.2, alpha=0.75)
            shown = [point for curve in curves for point in zip(*curve, strict=True) if point[1] > lowest]
            _label(ax, label, min(shown, key=lambda point: point[1]), color, place="below")
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
    bottom, top = ax.get_ylim()
    ax.set_ylim(max(bottom, lowest) - 0.2, top + 0.15)  # room for the names
    ax.margins(x=0.12)
    ax.xaxis.set_major_formatter("{x:g}")
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
    left.yaxis.set_major_formatter("{x:g}")
    left.set_title("Time (dashed: proportional)", loc="left", fontsize=10)
    middle.semilogx(counts, [row["peak_memory_mb"] for row in images], "o-", color=BLUE)
    middle.semilogx(counts, [row["peak_memory_mb"] - row["data_mb"] for row in images], "s--", color=VERMILION)
    peak, data = images[-1]["peak_memory_mb"], images[-1]["data_mb"]
    _label(middle, "all", (last, peak), BLUE, place="left")
    _label(middle, "less the images", (counts[len(counts) // 2], peak - data), VERMILION, place="below")
    middle.set_ylim(bottom=0)
    middle.set_ylabel("peak memory (MB)")
    middle.set_title("Memory", loc="left", fontsize=10)
    for ax in (left, middle):
        ax.set_xlabel("training images")
        ax.xaxis.set_major_formatter("{x:,.0f}")
    right.loglog([row["macs"] / 1e6 for row in widths], [row["seconds"] for row in widths], "o-", color=BLUE)
    for row in widths:
        _label(right, str(row["width"]), (row["macs"] / 1e6, row["seconds"]), BLUE, place="left")
    right.set_xlabel("million multiply-adds per image")
    right.set_ylabel("one epoch (s)")
    right.xaxis.set_major_formatter("{x:g}")
    right.yaxis.set_major_formatter("{x:g}")
    right.margins(0.1)
    right.set_title("Time by width, in channels", loc="left", fontsize=10)
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
    ax: "Axes", text: str, point: tuple[float, float], color: str, *, place: Literal["above", "below", "left"] = "above"
) -> None:
    """A name at a point, in place of a legend."""
    offset, ha, va = _PLACES[place]
    ax.annotate(text, point, offset, textcoords="offset points", ha=ha, va=va, color=color, fontsize=9, weight="bold")
