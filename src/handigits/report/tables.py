"""Results as HTML: tables that can be read, hovered and copied, and digits as small pictures inside the page.

Returns fragments; `html` puts them on a page and `report.css` gives them their looks.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from html import escape
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES
from handigits.escape import printable
from handigits.evaluation import Confusion, Evaluation, Gallery, GalleryRow, Scores
from handigits.report.facts import flatten, value_text
from handigits.report.wording import accuracy_text, interval_text, percent

__all__ = [
    "cell_id",
    "confused_list",
    "confusion_table",
    "digit_figure",
    "digit_picture",
    "evaluations_table",
    "facts_table",
    "gallery_figure",
    "safe",
    "scores_table",
]

WORTH_SAYING = 0.01  # a second answer with less probability than this is left out


def safe(text: object) -> str:
    """Text that others chose, as HTML on one line."""
    return escape(printable(str(text)))


def confusion_table(evaluation: Evaluation, *, linked: AbstractSet[tuple[int, int]] = frozenset()) -> str:
    """The confusion matrix with a switch between counts and percent that works without a script.

    Cells (true, predicted) in `linked` are links to the places that `cell_id` names.
    """
    worst = max(pair.count for pair in evaluation.most_confused(1) or [Confusion(0, 0, 1)])
    head = "".join(f'<th scope="col">{label}</th>' for label in range(CLASSES))
    body = "".join(
        f'<tr><th scope="row">{true}</th>'
        + "".join(
            _confusion_cell(evaluation, true, predicted, worst, linked=(true, predicted) in linked)
            for predicted in range(CLASSES)
        )
        + "</tr>"
        for true in range(CLASSES)
    )
    return (
        '<div class="confusion">'
        '<input type="radio" name="unit" id="unit-counts" checked><label for="unit-counts">counts</label>'
        '<input type="radio" name="unit" id="unit-percent"><label for="unit-percent">percent of each row</label>'
        '<table><thead><tr><td class="corner"></td><th class="side" colspan="10">read as</th></tr>'
        f'<tr><th class="side">true</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def confused_list(pairs: Sequence[Confusion]) -> str:
    """The pairs that were mixed up most, as sentences."""
    if not pairs:
        return "<p>No two digits were confused.</p>"
    items = (f"<li><b>{pair.true}</b> read as <b>{pair.predicted}</b>: {_times(pair.count)}</li>" for pair in pairs)
    return f"<ol>{''.join(items)}</ol>"


def scores_table(evaluation: Evaluation) -> str:
    """The classification report: every digit, then the averages."""
    rows = [
        (
            str(row.label),
            row,
            f"{100 * row.recall_interval[0]:.1f} to {100 * row.recall_interval[1]:.1f} %",
        )
        for row in evaluation.per_class
    ]
    averages = [
        ("micro average", evaluation.micro, interval_text(evaluation)),
        ("macro average", evaluation.macro, ""),
        ("weighted average", evaluation.weighted, ""),
    ]
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("digit", "precision", "recall", "95 % interval of recall", "F1", "support")
    )
    return (
        f'<div class="wide"><table class="numbers"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(_scores_row(*row) for row in rows)}</tbody>"
        f"<tfoot>{''.join(_scores_row(*row) for row in averages)}</tfoot></table></div>"
    )


def evaluations_table(evaluations: Sequence[Evaluation]) -> str:
    """What was measured on each split, one a row."""
    names = ("digits of", "accuracy", "95 % interval", "loss (nats)", "Brier score", "calibration error", "count")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{safe(one.split_name)}</th><td>{accuracy_text(one)}</td><td>{interval_text(one)}</td>'
        f"<td>{one.loss:.4f}</td><td>{one.brier:.4f}</td><td>{percent(one.calibration_error)}</td>"
        f"<td>{one.count:,}</td></tr>"
        for one in evaluations
    )
    return f'<div class="wide"><table class="numbers"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def facts_table(facts: Mapping[str, object]) -> str:
    """Names and values."""
    rows = "".join(
        f'<tr><th scope="row">{safe(name)}</th><td>{safe(value_text(value))}</td></tr>'
        for name, value in flatten(facts).items()
    )
    return f'<table class="facts"><tbody>{rows}</tbody></table>'


def gallery_figure(gallery: Gallery) -> str:
    """Digits with the answer, its confidence, the runner-up and the true label."""
    pairs = zip(gallery.rows, gallery.images, strict=True)
    return f'<div class="gallery">{"".join(digit_figure(row, image) for row, image in pairs)}</div>'


def digit_figure(row: GalleryRow, image: NDArray[np.uint8]) -> str:
    """One digit of a gallery."""
    return (
        f'<figure class="{"right" if row.is_correct else "wrong"}">{digit_picture(image, _described(row))}'
        f"<figcaption>{_caption(row)}</figcaption></figure>"
    )


def digit_picture(image: NDArray[np.uint8], description: str) -> str:
    """An image, uint8 (28, 28), as an `<img>` that needs no file."""
    from base64 import b64encode

    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    source = f"data:image/png;base64,{b64encode(buffer.getvalue()).decode('ascii')}"
    return f'<img class="digit" width="56" height="56" src="{source}" alt="{escape(description)}">'


def cell_id(true: int, predicted: int) -> str:
    """Where on a page the digits behind a cell of the confusion matrix are."""
    return f"cell-{true}-{predicted}"


def _confusion_cell(evaluation: Evaluation, true: int, predicted: int, worst: int, *, linked: bool) -> str:
    count = int(evaluation.confusion[true, predicted])
    if not count:
        return "<td></td>"
    support = evaluation.per_class[true].support
    share = count / support
    kind, shade = ("hit", share) if true == predicted else ("miss", count / worst)
    hint = f"{count:,} of {support:,} times, a {true} was read as {predicted} ({percent(share)})"
    numbers = f'<span class="n">{count}</span><span class="p">{100 * share:.1f}</span>'
    if linked:
        numbers = f'<a href="#{cell_id(true, predicted)}">{numbers}</a>'
    return f'<td class="{kind}" style="--shade:{shade:.2f}" title="{hint}">{numbers}</td>'


def _scores_row(name: str, scores: Scores, interval: str) -> str:
    return (
        f'<tr><th scope="row">{name}</th><td>{percent(scores.precision)}</td><td>{percent(scores.recall)}</td>'
        f"<td>{interval}</td><td>{percent(scores.f1)}</td><td>{scores.support:,}</td></tr>"
    )


def _caption(row: GalleryRow) -> str:
    answer = f"<b>{row.predicted}</b> · {percent(row.confidence, decimals=0)}"
    second = f"<small>or {row.runner_up} · {percent(row.runner_up_confidence, decimals=0)}</small>"
    truth = "✓ correct" if row.is_correct else f"✗ labelled {row.label}"
    return f"{answer}{second if row.runner_up_confidence >= WORTH_SAYING else ''}<span>{truth}</span>"


def _described(row: GalleryRow) -> str:
    return f"digit {row.index}, labelled {row.label}, read as {row.predicted}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
