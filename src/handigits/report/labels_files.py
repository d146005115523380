"""A label check on the disk: a table to tick off, a page, and a picture with its numbers beside it."""

import csv
import io
from pathlib import Path

from handigits.atomic import write_text
from handigits.evaluation.labels import LabelCheck
from handigits.report.files import write_plots
from handigits.report.labels_page import labels_page

__all__ = ["write_label_check"]


def write_label_check(check: LabelCheck, directory: Path, *, command: str) -> None:
    """Write `labels.csv`, `labels.html`, `labels.png` and `labels.json` to a directory, which is made if need be.

    The table has `index,label,suggestion,label_probability,suggestion_probability,wrong`, the least credible first;
    `suggestion` is the most probable digit, which may be the label itself.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    write_plots(directory, galleries=[check.gallery])
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("index", "label", "suggestion", "label_probability", "suggestion_probability", "wrong"))
    for row in check.gallery.rows:
        doubts = (f"{row.label_confidence:.6f}", f"{row.confidence:.6f}")
        writer.writerow((row.index, row.label, row.predicted, *doubts, str(row.index in check.wrong).lower()))
    write_text(directory / "labels.csv", table.getvalue())
    write_text(directory / "labels.html", labels_page(check, command=command))
