import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from handigits.data.split import Split
from handigits.errors import MissingExtraError
from handigits.evaluation import Evaluation, Gallery
from handigits.report import write_plots

History = list[dict[str, float | None]]


def test_every_picture_has_its_numbers_beside_it(
    tmp_path: Path, history: History, evaluation: Evaluation, galleries: list[Gallery], split: Split
) -> None:
    written = write_plots(
        tmp_path / "plots", history=history, evaluation=evaluation, galleries=galleries, splits=[split]
    )
    assert [path.stem for path in written] == [
        "curves",
        "confusion_matrix",
        "confusion_matrix_normalized",
        "class_scores",
        "reliability",
        "coverage",
        "mistakes",
        "correct",
        "class_distribution",
        "samples",
    ]
    for path in written:
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert min(picture.size) > 200
        json.loads(path.with_suffix(".json").read_text())
    assert {path.suffix for path in (tmp_path / "plots").iterdir()} == {".png", ".json"}


def test_json_holds_what_the_picture_shows(tmp_path: Path, evaluation: Evaluation) -> None:
    write_plots(tmp_path, evaluation=evaluation)
    counts = json.loads((tmp_path / "confusion_matrix.json").read_text())["confusion"]
    shares = json.loads((tmp_path / "confusion_matrix_normalized.json").read_text())["confusion"]
    assert counts == evaluation.confusion.tolist()
    assert [sum(row) for row in shares] == pytest.approx([1.0] * 10)


def test_samples_json_names_the_images_shown(tmp_path: Path, split: Split) -> None:
    write_plots(tmp_path, splits=[split])
    indices = json.loads((tmp_path / "samples.json").read_text())["indices"]
    assert all(split.labels[indices[label]].tolist() == [int(label)] * 10 for label in indices)


def test_nothing_given_nothing_written(tmp_path: Path) -> None:
    assert write_plots(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_the_message_says_what_to_install(
    tmp_path: Path, evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"handigits\[train\]"):
        write_plots(tmp_path, evaluation=evaluation)
