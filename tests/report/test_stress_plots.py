import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from handigits.report import write_suite
from handigits.report.stress_plots import plot_photos, plot_stress
from handigits.stress import STRENGTHS, Photo, PhotoAnswer, PhotoResult, Share, StressResult, StressRow


@pytest.fixture
def stressed() -> StressResult:
    """Fog is read 90, 80, ... 50 % right, blur always."""
    rows = [
        StressRow(kind, strength, Share(10 - strength if kind == "fog" else 10, 10), 0, Share(5, 10))
        for kind in ("fog", "blur")
        for strength in STRENGTHS
    ]
    clean = StressRow("none", 0, Share(10, 10), 0, Share(10, 10))
    return StressResult(split_name="toy/test", seed=0, clean=clean, rows=tuple(rows))


@pytest.fixture
def photographed() -> PhotoResult:
    """Three single digits, one of them misread, and a string that was refused."""
    answers = [
        PhotoAnswer(Photo(b"JPEG", digits, "strokes", "pencil", "plain", "camera"), said)
        for digits, said in (("1", "1"), ("2", "2"), ("3", "8"), ("2026", ""))
    ]
    return PhotoResult(split_name="toy/test", seed=0, answers=tuple(answers))


def test_a_cell_for_every_kind_and_strength_and_below_the_mean(stressed: StressResult) -> None:
    ax = plot_stress(stressed)
    written = {(round(text.get_position()[1]), round(text.get_position()[0])): text.get_text() for text in ax.texts}
    assert [written[0, column] for column in range(5)] == ["90.0", "80.0", "70.0", "60.0", "50.0"]
    assert [written[2, column] for column in range(5)] == ["95.0", "90.0", "85.0", "80.0", "75.0"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["fog", "blur", "mean"]


def test_the_title_names_what_is_read_worst(stressed: StressResult) -> None:
    assert "strength 3 fog is read worst" in plot_stress(stressed).get_title(loc="left")


def test_photographs_have_a_point_for_each_group_and_sort(photographed: PhotoResult) -> None:
    ax = plot_photos(photographed)
    assert [label.get_text() for label in ax.get_yticklabels()] == list(photographed.groups())
    singles, strings = (np.asarray(bars.lines[0].get_xdata()) for bars in ax.containers)  # type: ignore[union-attr]
    np.testing.assert_allclose(singles, 100 * 2 / 3)
    np.testing.assert_allclose(strings, 0)


def test_a_sort_without_photographs_is_left_out(photographed: PhotoResult) -> None:
    ax = plot_photos(PhotoResult(split_name="toy/test", seed=0, answers=photographed.singles))
    assert [bars.get_label() for bars in ax.containers] == ["single digits"]


def test_both_draw_on_the_axes_they_are_given(stressed: StressResult, photographed: PhotoResult) -> None:
    first, second = Figure().subplots(1, 2)
    assert plot_stress(stressed, ax=first) is first
    assert plot_photos(photographed, ax=second) is second


def test_a_stress_suite_leaves_a_picture_with_its_numbers(stressed: StressResult, tmp_path: Path) -> None:
    assert write_suite(tmp_path / "new", stressed) == [tmp_path / "new" / "stress.png"]
    with Image.open(tmp_path / "new" / "stress.png") as picture:
        assert min(picture.size) > 200
    assert json.loads((tmp_path / "new" / "stress.json").read_text()) == stressed.to_json()


def test_misread_photographs_are_kept_under_names_that_say_how(photographed: PhotoResult, tmp_path: Path) -> None:
    written = write_suite(tmp_path, photographed)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "photos.png",
        "misread/0002-3-read-8.jpg",
        "misread/0003-2026-read-refused.jpg",
    ]
    assert written[1].read_bytes() == b"JPEG"


def test_photographs_that_were_misread_before_are_not_kept_among_the_new(
    photographed: PhotoResult, tmp_path: Path
) -> None:
    write_suite(tmp_path, photographed)
    (tmp_path / "misread" / "notes.txt").write_text("ours to keep")
    (answer,) = (each for each in photographed.answers if each.photo.digits == "3")
    write_suite(tmp_path, PhotoResult(split_name="toy/test", seed=1, answers=(answer,)))
    assert {path.name for path in (tmp_path / "misread").iterdir()} == {"0000-3-read-8.jpg", "notes.txt"}
