"""Pictures on the disk, each with its numbers beside it as JSON under the same name.

Chooses names and sizes and writes; `plots` draws. A picture whose facts were not given is not written.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from handigits.atomic import atomic_path, write_bytes, write_text
from handigits.data.split import CLASSES, Split
from handigits.errors import MissingExtraError
from handigits.evaluation import Evaluation, Gallery
from handigits.report.coverage_plot import plot_coverage
from handigits.report.plots import (
    plot_class_distribution,
    plot_class_scores,
    plot_confusion,
    plot_curves,
    plot_gallery,
    plot_reliability,
    plot_samples,
)
from handigits.report.stress_plots import plot_photos, plot_stress
from handigits.stress import PhotoResult, StressResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["require_matplotlib", "write_plots", "write_suite"]

MISREAD = 50  # photographs that are kept to be looked at


def write_plots(
    directory: Path,
    *,
    history: Sequence[Mapping[str, float | None]] = (),
    evaluation: Evaluation | None = None,
    galleries: Sequence[Gallery] = (),
    splits: Sequence[Split] = (),
) -> list[Path]:
    """Write a PNG and a JSON file for every picture that these facts allow.

    Args:
        directory: where to; made if it is not there. Files of the same name are replaced.
        history: rows by epoch, for `curves`.
        evaluation: for `confusion_matrix`, `confusion_matrix_normalized`, `class_scores`, `reliability` and
            `coverage`.
        galleries: each under its own name.
        splits: for `class_distribution`, and `samples` of the first of them.

    Returns:
        The pictures, in the order of writing.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    require_matplotlib()
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    if history:
        written.append(_write(directory / "curves.png", _curves(history), [dict(row) for row in history]))
    if evaluation is not None:
        written += _write_evaluation(directory, evaluation)
    written += [
        _write(directory / f"{gallery.name}.png", plot_gallery(gallery), gallery.to_json()) for gallery in galleries
    ]
    if splits:
        written += _write_splits(directory, splits)
    return written


def write_suite(directory: Path, result: StressResult | PhotoResult) -> list[Path]:
    """Write `stress.png` and `stress.json`, or `photos.png` and `photos.json` with some misread photographs beside.

    Args:
        directory: where to; made if it is not there. Files of the same name are replaced, and misread photographs of
            an earlier measurement are deleted.
        result: what was measured.

    Returns:
        The pictures, in the order of writing.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    require_matplotlib()
    directory.mkdir(parents=True, exist_ok=True)
    if isinstance(result, StressResult):
        return [_write(directory / "stress.png", plot_stress(result), result.to_json())]
    written = [_write(directory / "photos.png", plot_photos(result), result.to_json())]
    misread = directory / "misread"
    for old in misread.glob("*-read-*.jpg"):
        old.unlink()
    for number, each in enumerate(result.answers):
        if not each.is_right and len(written) <= MISREAD:
            said = each.answer.replace(" ", "-") or "refused"
            written.append(misread / f"{number:04}-{each.photo.digits}-read-{said}.jpg")
            misread.mkdir(exist_ok=True)
            write_bytes(written[-1], each.photo.content)
    return written


def require_matplotlib() -> None:
    """Find out whether plots can be drawn, before anything long is measured for them.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as err:
        raise MissingExtraError(
            "Plots need matplotlib, which is not installed. Install it with: pip install 'handigits[train]'"
        ) from err


def _write_evaluation(directory: Path, evaluation: Evaluation) -> list[Path]:
    everything = evaluation.to_json()
    matrix = {key: everything[key] for key in ("split", "count", "confusion", "most_confused")}
    shares = evaluation.confusion / np.maximum(evaluation.confusion.sum(axis=1, keepdims=True), 1)
    scores = {key: everything[key] for key in ("split", "accuracy", "per_class", "micro", "macro", "weighted")}
    bins = {key: everything[key] for key in ("split", "calibration_error", "brier", "reliability")}
    coverage = {key: everything[key] for key in ("split", "accuracy", "coverage")}
    normalized = {**matrix, "confusion": shares.tolist()}
    return [
        _write(directory / "confusion_matrix.png", plot_confusion(evaluation), matrix),
        _write(directory / "confusion_matrix_normalized.png", plot_confusion(evaluation, normalized=True), normalized),
        _write(directory / "class_scores.png", plot_class_scores(evaluation), scores),
        _write(directory / "reliability.png", plot_reliability(evaluation), bins),
        _write(directory / "coverage.png", plot_coverage(evaluation), coverage),
    ]


def _write_splits(directory: Path, splits: Sequence[Split]) -> list[Path]:
    counts = {split.name: np.bincount(split.labels, minlength=CLASSES) for split in splits}
    first, per_class = splits[0], 10
    shown = {str(label): np.flatnonzero(first.labels == label)[:per_class].tolist() for label in range(CLASSES)}
    samples = plot_samples(first.images, first.labels, per_class=per_class)
    return [
        _write(
            directory / "class_distribution.png",
            plot_class_distribution(counts),
            {name: numbers.tolist() for name, numbers in counts.items()},
        ),
        _write(directory / "samples.png", samples, {"split": first.name, "indices": shown}),
    ]


def _curves(history: Sequence[Mapping[str, float | None]]) -> "Axes":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4))
    left, right = figure.subplots(1, 2, gridspec_kw={"left": 0.07, "right": 0.98, "bottom": 0.15, "top": 0.88})
    plot_curves(history, "loss", ax=left)
    return plot_curves(history, "accuracy", ax=right)


def _write(path: Path, axes: "Axes", numbers: object) -> Path:
    # Light compression: the strongest makes a file 10 % smaller and takes 10 ms longer, for every picture.
    figure = axes.get_figure(root=True)
    assert figure is not None  # the plots were given no axes, so each made a figure of its own
    with atomic_path(path) as part:
        figure.savefig(part, format="png", pil_kwargs={"compress_level": 1})
    write_text(path.with_suffix(".json"), json.dumps(numbers, indent=1) + "\n")
    return path
