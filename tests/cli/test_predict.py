import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data.kaggle_csv import write_kaggle_csv
from handigits.predictions import iter_predictions

Run = Callable[..., Any]


@pytest.fixture
def table(tmp_path: Path, bar_image: Callable[[int], NDArray[np.uint8]]) -> Path:
    """Kaggle's test.csv with the digits 0 to 9."""
    path = tmp_path / "test.csv"
    write_kaggle_csv(path, np.stack([bar_image(digit) for digit in range(10)]), None)
    return path


def test_the_answers_for_scripts_are_all_there_is_on_stdout(cli: Run, artifact: Path, pictures: Path) -> None:
    outcome = cli("predict", pictures, "--model", artifact, "--json")
    assert outcome.code == 0
    answers = json.loads(outcome.out)
    assert [Path(answer["file"]).name for answer in answers] == [f"{digit}.png" for digit in range(10)]
    assert "".join(answer["digits"] for answer in answers) == "0123456789"
    for answer in answers:
        assert answer.keys() == {"file", "digits", "boxes", "probability", "probabilities", "abstained", "reason"}
        (row,) = answer["probabilities"]
        assert len(row) == 10
        assert abs(sum(row) - 1) < 1e-4
        assert max(row) == pytest.approx(answer["probability"])


def test_the_answers_for_people_are_a_table(cli: Run, artifact: Path, pictures: Path) -> None:
    outcome = cli("predict", pictures / "3.png", pictures / "8.png", "--model", artifact)
    assert (outcome.code, outcome.err) == (0, "")
    lines = [line.split("│")[1:-1] for line in outcome.out.splitlines() if "│" in line]
    cells = [[cell.strip() for cell in line] for line in lines]
    assert "".join(line[0] for line in cells) == f"{pictures}/3.png{pictures}/8.png"  # folded, but whole
    assert [line[1] for line in cells if line[1]] == ["3", "8"]
    assert [line[2] for line in cells if line[2]] == ["100.0%", "100.0%"]


def test_one_bad_picture_leaves_the_others_and_exits_with_3(cli: Run, artifact: Path, pictures: Path) -> None:
    (pictures / "4.png").write_bytes(b"no picture")
    outcome = cli("predict", pictures, "--model", artifact, "--json")
    assert outcome.code == 3
    assert "".join(answer["digits"] for answer in json.loads(outcome.out)) == "012356789"
    (line,) = outcome.err.splitlines()
    assert "4.png" in line


def test_nothing_but_bad_pictures_exits_with_1(cli: Run, artifact: Path, tmp_path: Path) -> None:
    outcome = cli("predict", tmp_path / "missing.png", "--model", artifact)
    assert (outcome.code, outcome.out) == (1, "")
    assert "missing.png" in outcome.err


def test_nothing_to_read_is_a_usage_error(cli: Run) -> None:
    outcome = cli("predict")
    assert outcome.code == 2
    assert "-" in outcome.err


def test_a_picture_comes_in_through_standard_input(
    cli: Run, artifact: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO((pictures / "6.png").read_bytes())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=content))
    (answer,) = json.loads(cli("predict", "-", "--model", artifact, "--json").out)
    assert answer["digits"] == "6"


def test_a_table_for_spreadsheets_is_written(cli: Run, artifact: Path, pictures: Path, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    outcome = cli("predict", pictures, "--model", artifact, "--csv", path)
    assert (outcome.code, outcome.out) == (0, "")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["file", "digits", "probability", "abstained", "reason"]
    assert [row["digits"] for row in rows] == list("0123456789")


def test_a_row_is_written_as_soon_as_its_picture_is_read(
    cli: Run, artifact: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No list of all answers is made first: there may be more of them than memory holds."""
    given: list[object] = []
    taken: list[int] = []

    def iter_and_count(*words: Any, **options: Any) -> Iterator[object]:
        for outcome in iter_predictions(*words, **options):
            given.append(outcome)
            yield outcome

    def write(path: Path, rows: Iterable[object]) -> None:
        taken.extend(len(given) for _ in rows)

    monkeypatch.setattr("handigits.cli.predict.iter_predictions", iter_and_count)
    monkeypatch.setattr("handigits.cli.predict.write_csv", write)
    assert cli("predict", pictures, "--model", artifact, "--csv", tmp_path / "answers.csv").code == 0
    assert taken == list(range(1, 11))


def test_a_table_tells_as_all_answers_do_what_could_not_be_read(
    cli: Run, artifact: Path, pictures: Path, tmp_path: Path
) -> None:
    (pictures / "4.png").write_bytes(b"no picture")
    outcome = cli("predict", pictures, "--model", artifact, "--csv", tmp_path / "answers.csv")
    assert (outcome.code, outcome.out) == (3, "")
    written, failed = outcome.err.splitlines()
    assert written.startswith("9 read, written to")
    assert "4.png" in failed
    assert cli("predict", tmp_path / "gone.png", "--model", artifact, "--csv", tmp_path / "none.csv").code == 1


def test_a_submission_is_written_as_kaggle_wants_it(cli: Run, artifact: Path, table: Path, tmp_path: Path) -> None:
    path = tmp_path / "submission.csv"
    assert cli("predict", table, "--model", artifact, "--submission", path).code == 0
    assert path.read_text() == "ImageId,Label\n" + "".join(f"{digit + 1},{digit}\n" for digit in range(10))


def test_a_file_that_cannot_be_written_is_one_line(cli: Run, artifact: Path, pictures: Path, tmp_path: Path) -> None:
    outcome = cli("predict", pictures, "--model", artifact, "--csv", tmp_path / "nowhere" / "answers.csv")
    assert outcome.code == 1
    assert "nowhere" in outcome.err
    assert outcome.err.count("\n") == 1


def test_names_are_shown_as_they_are_and_do_nothing(
    cli: Run, artifact: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures)
    evil = "[bold]\x1b[31m\nred.png"
    (pictures / "3.png").rename(evil)
    Path("\x1b[2J.png").write_bytes(b"no picture")
    outcome = cli("predict", ".", "--model", artifact)
    assert outcome.code == 3
    assert "\x1b" not in outcome.out + outcome.err
    assert r"[bold]\x1b[31m\nred.png" in outcome.out
    assert outcome.err.count("\n") == 1
    answers = json.loads(cli("predict", ".", "--model", artifact, "--json").out)
    assert evil in [answer["file"] for answer in answers]


def test_a_rate_that_a_model_knows_nothing_of_is_one_line(cli: Run, artifact: Path, pictures: Path) -> None:
    outcome = cli("predict", pictures, "--model", artifact, "--abstain", "0.001")
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert "--validation 5000" in outcome.err


def shorten(path: Path, *, rows: int) -> None:
    """Keep the first rows of a table, to spare time."""
    path.write_text("".join(path.read_text().splitlines(keepends=True)[: rows + 1]))


def test_kaggles_data_are_trained_on_and_answered(cli: Run, tmp_path: Path) -> None:
    """The whole story on real digits: convert, train with a hold-out, submit."""
    folder, run, submission = tmp_path / "kaggle", tmp_path / "run", tmp_path / "submission.csv"
    assert cli("data", "convert", "mnist-5k", folder, "--format", "kaggle").code == 0
    shorten(folder / "train.csv", rows=2_000)
    words = ["kaggle-4conv", "--data", folder / "train.csv", "--epochs", "1", "--validation", "400", "--out", run]
    trained = cli("train", *words, "--lr", "0.002", "--json")
    assert trained.code == 0, trained.err
    metrics = json.loads(trained.out)
    assert "test" not in metrics
    assert metrics["validation"]["count"] == 400
    assert metrics["validation"]["accuracy"] > 0.8

    assert cli("predict", folder / "test.csv", "--model", run, "--submission", submission).code == 0
    with submission.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["ImageId", "Label"]
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == 2_000
    assert {label for _, label in rows} == set("0123456789")
