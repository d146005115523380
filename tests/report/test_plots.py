import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from handigits.data.split import Split
from handigits.evaluation import Evaluation, Gallery, evaluate_probabilities, mistakes
from handigits.report.plots import (
    plot_class_distribution,
    plot_class_scores,
    plot_confusion,
    plot_curves,
    plot_gallery,
    plot_reliability,
    plot_samples,
)
from handigits.report.wording import percent

History = list[dict[str, float | None]]


def test_curves_show_every_measured_epoch_and_skip_the_others(history: History) -> None:
    training, validation = plot_curves(history, "loss").lines
    np.testing.assert_allclose(training.get_xydata(), [(1, 1), (2, 1 / 2), (3, 1 / 3)])
    np.testing.assert_allclose(validation.get_xydata(), [(1, 1.1), (3, 1.1 / 3)])


def test_accuracy_is_drawn_in_percent(history: History) -> None:
    ax = plot_curves(history, "accuracy")
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [92, 94, 96])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "accuracy (%)")


def test_the_two_curves_differ_without_colour(history: History) -> None:
    training, validation = plot_curves(history, "loss").lines
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()


def test_a_run_without_validation_has_one_curve(history: History) -> None:
    rows = [{**row, "validation_loss": None} for row in history]
    assert [line.get_label() for line in plot_curves(rows, "loss").lines] == ["training"]


def test_a_run_of_one_epoch_has_whole_epochs_on_its_axis(history: History) -> None:
    ax = plot_curves(history[:1], "loss")
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [1]


def test_confusion_cells_hold_the_counts(evaluation: Evaluation) -> None:
    ax = plot_confusion(evaluation)
    written = {(int(text.get_position()[1]), int(text.get_position()[0])): int(text.get_text()) for text in ax.texts}
    assert written == {
        (true, predicted): int(count) for (true, predicted), count in np.ndenumerate(evaluation.confusion) if count
    }
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("read as", "true digit")


def test_normalized_confusion_is_in_percent_of_each_row(evaluation: Evaluation) -> None:
    ax = plot_confusion(evaluation, normalized=True)
    by_row = np.zeros(10)
    for text in ax.texts:
        by_row[int(text.get_position()[1])] += float(text.get_text())
    np.testing.assert_allclose(by_row, 100, atol=0.5)


def test_confusion_of_a_perfect_model_shows_no_mistakes() -> None:
    perfect = evaluate_probabilities(np.eye(10, dtype=np.float32), np.arange(10), split_name="ten")
    assert len(plot_confusion(perfect).texts) == 10


def test_gallery_shows_each_digit_above_its_answer(galleries: list[Gallery]) -> None:
    ax = plot_gallery(galleries[0], columns=5)
    canvas = np.asarray(ax.images[0].get_array())
    for image, text, row in zip(galleries[0].images, ax.texts, galleries[0].rows, strict=True):
        centre, below = text.get_position()
        top, left = int(below - 0.5) - 28, int(centre + 0.5) - 14
        np.testing.assert_array_equal(canvas[top : top + 28, left : left + 28], image)
        assert f"read {row.predicted}, " in text.get_text()
        assert f"true label {row.label}" in text.get_text()


def test_an_empty_gallery_says_so(split: Split) -> None:
    perfect = np.eye(10, dtype=np.float32)[split.labels]
    ax = plot_gallery(mistakes(perfect, split.labels, split.images))
    assert "there are none" in ax.get_title(loc="left")


def test_samples_stand_in_the_row_of_their_digit(split: Split) -> None:
    canvas = np.asarray(plot_samples(split.images, split.labels, per_class=3).images[0].get_array())
    third_seven = split.images[split.labels == 7][2]
    np.testing.assert_array_equal(canvas[7 * 30 : 7 * 30 + 28, 2 * 30 : 2 * 30 + 28], third_seven)


def test_class_distribution_has_a_bar_for_each_digit_of_each_split() -> None:
    counts = {"training": np.arange(10, 20), "test": np.arange(10)}
    ax = plot_class_distribution(counts)
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == [*range(10, 20), *range(10)]
    assert ax.patches[0].get_hatch() != ax.patches[10].get_hatch()


def test_class_scores_show_recall_precision_and_f1_in_percent(evaluation: Evaluation) -> None:
    ax = plot_class_scores(evaluation)
    drawn = [np.asarray(line.get_ydata()) for line in ax.lines if len(np.asarray(line.get_ydata())) == 10]
    for expected in ("recall", "precision", "f1"):
        values = [100 * getattr(row, expected) for row in evaluation.per_class]
        assert any(np.allclose(line, values) for line in drawn), expected


def test_reliability_says_how_far_off_confidence_is_with_its_interval(evaluation: Evaluation) -> None:
    result = evaluation.reliability
    low, high = map(percent, result.interval)
    assert f"{percent(result.error)}, 95 % interval {low} to {high}" in plot_reliability(evaluation).get_title("left")


def test_reliability_leaves_empty_bins_out(evaluation: Evaluation) -> None:
    diagonal, model = plot_reliability(evaluation).lines
    filled = evaluation.reliability.counts > 0
    np.testing.assert_allclose(model.get_ydata(), 100 * evaluation.reliability.accuracies[filled])
    assert diagonal.get_label() == "exactly as sure as right"


def test_plots_draw_on_the_axes_they_are_given(evaluation: Evaluation, history: History) -> None:
    for draw in (
        lambda ax: plot_curves(history, "loss", ax=ax),
        lambda ax: plot_confusion(evaluation, ax=ax),
        lambda ax: plot_reliability(evaluation, ax=ax),
    ):
        ax = Figure().subplots()
        assert draw(ax) is ax


@pytest.mark.parametrize("module", ["handigits.evaluation", "handigits.report"])
def test_importing_loads_neither_torch_nor_matplotlib(module: str) -> None:
    check = f"import sys, {module}; print({{'torch', 'matplotlib', 'sklearn', 'onnxruntime'}} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
