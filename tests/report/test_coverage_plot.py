import numpy as np
import pytest
from matplotlib.figure import Figure

from handigits.evaluation import Evaluation, evaluate_probabilities
from handigits.report.coverage_plot import plot_coverage


def test_what_is_left_unanswered_is_drawn_against_the_accuracy_of_the_rest(evaluation: Evaluation) -> None:
    curve, everything = plot_coverage(evaluation).lines
    np.testing.assert_allclose(curve.get_xdata(), 100 * (1 - evaluation.coverage.shares))
    np.testing.assert_allclose(curve.get_ydata(), 100 * evaluation.coverage.accuracies)
    assert everything.get_xydata().tolist() == [[0, pytest.approx(100 * evaluation.accuracy)]]


def test_a_model_without_mistakes_can_be_drawn() -> None:
    perfect = evaluate_probabilities(np.eye(10, dtype=np.float32), np.arange(10), split_name="ten")
    assert "100 % right with 1 % unanswered" in plot_coverage(perfect).get_title(loc="left")


def test_it_is_drawn_on_the_given_axes(evaluation: Evaluation) -> None:
    ax = Figure().subplots()
    assert plot_coverage(evaluation, ax=ax) is ax
