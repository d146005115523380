"""How much more often a model is right where it may leave the digits unanswered of which it is least sure.

Draws; `evaluation.coverage` measures.
"""

from typing import TYPE_CHECKING

from handigits.evaluation import Evaluation
from handigits.report.plots import BLUE, GRID, VERMILION, axes_of_the_house
from handigits.report.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_coverage"]

_TICKS = (0, 0.1, 0.3, 1, 3, 10, 30, 100)
_TOLD = 0.01  # share left unanswered for which the title gives the accuracy


def plot_coverage(evaluation: Evaluation, *, ax: "Axes | None" = None) -> "Axes":
    """Accuracy of the answers against the share of digits left unanswered, the least sure first.

    That share is drawn on a scale that gives the first percent the most room: there is most to be gained.
    """
    ax = axes_of_the_house(ax, 6.2, 4.4)
    curve = evaluation.coverage
    unanswered, accuracies = 100 * (1 - curve.shares), 100 * curve.accuracies
    ax.plot(unanswered, accuracies, color=BLUE, marker=".", label="just before each mistake")
    ax.plot(unanswered[-1:], accuracies[-1:], "s", color=VERMILION, label="all digits answered")
    ax.set_xscale("symlog", linthresh=_TICKS[1], linscale=0.5)
    ax.set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
    ax.set_xlim(-0.02, 100)
    ax.set_xlabel("digits left unanswered (%)")
    ax.set_ylabel("answers that were right (%)")
    ax.set_title(
        "What is gained by leaving digits unanswered\n"
        f"{percent(curve.accuracy(1 - _TOLD))} right with {percent(_TOLD, decimals=0)} unanswered, "
        f"{evaluation.split_name}",
        loc="left",
        fontsize=11,
    )
    ax.ticklabel_format(axis="y", useOffset=False)
    ax.grid(color=GRID)
    ax.legend(frameon=False, loc="lower right")
    return ax
