"""An explanation on the disk: a page, pictures, and the numbers."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from handigits.atomic import atomic_path, write_text
from handigits.report.explain_page import explanation_page
from handigits.report.explain_plots import inside_plots, plot_strip
from handigits.report.files import require_matplotlib

if TYPE_CHECKING:
    from handigits.explain import Explanation

__all__ = ["write_explanation"]


def write_explanation(explanation: "Explanation", directory: Path, *, command: str) -> list[Path]:
    """Write `explain.html`, `explain.json`, and a PNG of each part to a directory, which is made if need be.

    Returns:
        The pictures.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    require_matplotlib()
    directory.mkdir(parents=True, exist_ok=True)
    plots = {"explain": plot_strip(explanation)}
    if explanation.inside:
        plots |= inside_plots(explanation.inside)
    written = []
    for name, axes in plots.items():
        figure = axes.get_figure(root=True)
        assert figure is not None  # no axes were given, so each plot made a figure of its own
        written.append(directory / f"{name}.png")
        with atomic_path(written[-1]) as part:
            figure.savefig(part, format="png")
    write_text(directory / "explain.json", json.dumps(explanation.to_json()) + "\n")
    write_text(directory / "explain.html", explanation_page(explanation, command=command))
    return written
