import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import Split
from handigits.evaluation.labels import LabelCheck, rank_labels
from handigits.report.labels_files import write_label_check
from handigits.report.labels_page import labels_page


@pytest.fixture
def check(split: Split, probabilities: NDArray[np.float32]) -> LabelCheck:
    return rank_labels(probabilities, split, limit=7, protocol="Models <that> did not see them.")


def test_every_label_has_its_picture_and_its_number(check: LabelCheck) -> None:
    page = labels_page(check, command="handigits labels")
    assert page.count('<img class="digit"') == 7
    assert all(f"no. {row.index}</small>" in page for row in check.gallery.rows)
    assert "Models &lt;that&gt; did not see them." in page


def test_what_confident_learning_is_sure_of_is_marked(check: LabelCheck) -> None:
    first = check.gallery.rows[0].index
    page = labels_page(replace(check, wrong=(first,)), command="handigits labels")
    assert page.count('<figure class="sure">') == 1
    assert "calls none of 300 wrong" in labels_page(replace(check, wrong=()), command="handigits labels")


def test_a_right_answer_is_shown_with_its_rival(split: Split) -> None:
    torn = np.full((300, 10), 0.02)
    torn[np.arange(300), split.labels] = 0.5
    torn[np.arange(300), (split.labels + 1) % 10] = 0.34
    page = labels_page(rank_labels(torn, split, limit=1, protocol=""), command="handigits labels")
    assert "or <b>" in page


def test_the_table_holds_what_the_page_shows(check: LabelCheck, tmp_path: Path) -> None:
    write_label_check(check, tmp_path / "new", command="handigits labels")
    rows = list(csv.DictReader((tmp_path / "new" / "labels.csv").read_text().splitlines()))
    assert [int(row["index"]) for row in rows] == [row.index for row in check.gallery.rows]
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "labels.csv",
        "labels.html",
        "labels.json",
        "labels.png",
    }
