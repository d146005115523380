"""`handigits labels`."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.table import Table

from handigits.cli.progress import share_progress
from handigits.cli.screen import parse, print_json, print_table, say
from handigits.evaluation.labels import LabelCheck
from handigits.label_check import check_labels
from handigits.report import require_matplotlib
from handigits.report.labels_files import write_label_check

__all__ = ["main"]

_ROWS = 15  # on the screen; the files have all


@dataclass(frozen=True, kw_only=True)
class _Labels:
    """Find labels that are probably wrong: models judge the digits that they were not trained on.

    Examples:
      handigits labels --data mnist --split test
      handigits labels --data my-digits/ --split train --recipes standard --limit 200
    """

    data: str = "auto"
    """A dataset's name, a directory (IDX, class folders, Kaggle), a CSV or an NPZ; auto: mnist, else mnist-5k."""
    split: Literal["test", "train"] = "test"
    """Whose labels to check."""
    recipes: tuple[str, ...] = ("flash", "quick")
    """What to train; models of several kinds find more."""
    folds: int = 5
    """Parts of the training images; each is left out once, by a model of each recipe."""
    seed: int = 0
    """Decides parts and trainings."""
    threads: int | None = None
    """CPU threads; none: all cores."""
    limit: int = 50
    """How many labels to show at most, the least credible first."""
    out: Path | None = None
    """Directory for labels.html, labels.csv, labels.png and labels.json; none: labels-DATA-SPLIT."""
    offline: bool = False
    """Do not use the network."""
    json: bool = False
    """Print the result as JSON."""


def main(arguments: list[str]) -> int:
    """Check labels."""
    command = parse(_Labels, arguments, verb="labels")
    require_matplotlib()
    with share_progress("training", quiet=command.json) as watch:
        check = check_labels(
            command.data,
            split=command.split,
            recipes=command.recipes,
            folds=command.folds,
            seed=command.seed,
            threads=command.threads,
            limit=command.limit,
            offline=command.offline,
            watch=watch,
            tell=say,
        )
    out = command.out or Path(f"labels-{Path(command.data).name}-{command.split}")
    write_label_check(check, out, command=shlex.join(["handigits", "labels", *arguments]))
    if command.json:
        print_json(check.to_json())
        return 0
    print_table(_table(check))
    shown, listed = min(_ROWS, len(check.gallery.rows)), len(check.gallery.rows)
    sys.stdout.write(f"\nthe first {shown} of {listed}; look at them all: {out / 'labels.html'}\n")
    return 0


def _table(check: LabelCheck) -> Table:
    table = Table(check.split_name, box=None, pad_edge=False)
    for heading in ("label", "probability", "read as", "probability"):
        table.add_column(heading, justify="right")
    for row in check.gallery.rows[:_ROWS]:
        table.add_row(
            f"no. {row.index}",
            str(row.label),
            f"{row.label_confidence:.1%}",
            str(row.predicted),
            f"{row.confidence:.1%}",
        )
    return table
