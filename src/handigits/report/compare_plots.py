"""Pictures of several models side by side; as in `plots`, nothing is measured or written here."""

from typing import TYPE_CHECKING

from handigits.evaluation import COSTS, Comparison, pareto_front
from handigits.report.plots import BLUE, FAINT, GRID, INK, axes_of_the_house
from handigits.report.scatter import log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_pareto"]


def plot_pareto(comparison: Comparison, cost: str, *, ax: "Axes | None" = None) -> "Axes":
    """Accuracy with its interval against a cost, a key of `COSTS`; what no other beats in both is filled and joined.

    Models are numbered in the order of their accuracy; one whose cost is 0, which is not known, is not shown.
    """
    from matplotlib.ticker import FixedLocator, NullLocator

    ax = axes_of_the_house(ax, 6.0, 4.4)
    split = comparison.splits[0]
    front = pareto_front(comparison.contenders, cost, split)
    costs = [paid for each in comparison.contenders if (paid := getattr(each.cost, cost)) > 0]
    line = [(getattr(each.cost, cost), 100 * each.mean("accuracy", split)) for each in front]
    ax.plot([x for x, _ in line], [y for _, y in line], color=FAINT, linewidth=1, linestyle=":")
    for number, each in enumerate(comparison.contenders, start=1):
        if (x := getattr(each.cost, cost)) <= 0:
            continue
        accuracy, (low, high) = 100 * each.mean("accuracy", split), each.interval(split)
        ax.plot([x, x], [100 * low, 100 * high], color=BLUE, linewidth=1)
        ax.plot(x, accuracy, "o", color=BLUE, markersize=13, markerfacecolor=BLUE if each in front else "white")
        ax.text(x, accuracy, str(number), ha="center", va="center_baseline", fontsize=8.5, clip_on=True,
                color="white" if each in front else INK)  # fmt: skip
    ax.set_xscale("log")
    ticks = log_ticks(costs or [1.0])
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([f"{tick:g}" for tick in ticks])
    ax.set_xlim(0.9 * min(ticks + costs), 1.1 * max(ticks + costs))
    ax.set_xlabel(COSTS[cost])
    ax.set_ylabel("accuracy (%), 95 % intervals")
    ax.set_title(f"Accuracy against {COSTS[cost].split(' (')[0]}\n{split}", loc="left", fontsize=11)
    ax.grid(color=GRID)
    return ax
