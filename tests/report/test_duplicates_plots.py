import numpy as np

from handigits.data import Split
from handigits.evaluation.duplicates import find_duplicates
from handigits.report.duplicates_plots import plot_duplicates


def test_each_pair_has_its_labels_and_distance(split: Split) -> None:
    twice = Split(np.concatenate([split.images[:3]] * 2), np.array([0, 1, 2, 0, 1, 5]))
    ax = plot_duplicates(find_duplicates([twice]))
    assert sorted(text.get_text() for text in ax.texts) == ["0, 0.000", "1, 0.000", "2 and 5, 0.000"]


def test_no_pairs_make_a_picture_all_the_same(split: Split) -> None:
    assert not plot_duplicates(find_duplicates([split], within=0)).texts
