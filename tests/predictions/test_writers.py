import csv
import json
from pathlib import Path

import pytest

from handigits.errors import DataError
from handigits.predictions import BatchResult, Failure, to_json, write_csv, write_submission
from handigits.recognizer import Prediction


def row(digit: int) -> tuple[float, ...]:
    return tuple(0.91 if label == digit else 0.01 for label in range(10))


def read(digit: int, file: str = "a.png") -> Prediction:
    return Prediction(
        file=file, digits=str(digit), boxes=((0, 0, 28, 28),), probability=0.91, probabilities=(row(digit),)
    )


def abstained(digit: int) -> Prediction:
    return Prediction(
        file="blank.png",
        digits="",
        boxes=(),
        probability=None,
        probabilities=(row(digit),),
        abstained=True,
        reason="no ink",
    )


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_json_keeps_odd_names_and_is_one_prediction_a_line() -> None:
    names = ["a\nb.png", "\udcff.png", "二.png", "\x1b[31m.png"]
    text = to_json([read(7, name) for name in names])
    assert text.isascii()
    assert text.count("\n") == len(names) + 1
    assert [each["file"] for each in json.loads(text)] == names


def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads(to_json([])) == []


def test_json_matches_the_contract() -> None:
    first, second = json.loads(to_json([read(7), abstained(3)]))
    assert first == {
        "file": "a.png",
        "digits": "7",
        "boxes": [[0, 0, 28, 28]],
        "probability": 0.91,
        "probabilities": [list(row(7))],
        "abstained": False,
        "reason": "",
    }
    assert (second["digits"], second["probability"], second["abstained"]) == ("", None, True)


def test_csv_has_a_row_for_each_prediction(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_csv(path, [read(7), abstained(3)])
    assert cells(path) == [
        {"file": "a.png", "digits": "7", "probability": "0.910000", "abstained": "false", "reason": ""},
        {"file": "blank.png", "digits": "", "probability": "", "abstained": "true", "reason": "no ink"},
    ]


@pytest.mark.parametrize("start", "=+-@")
def test_csv_starts_no_formula(tmp_path: Path, start: str) -> None:
    path = tmp_path / "out.csv"
    write_csv(path, [read(7, f"{start}cmd|'/c calc'!A0.png")])
    assert cells(path)[0]["file"][0] == "'"


def test_csv_keeps_a_name_with_line_ends_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_csv(path, [read(7, 'a\r\n"b",\x1b[31m\udcff.png')])
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    assert cells(path)[0]["file"] == r'a\r\n"b",\x1b[31m\udcff.png'


def test_submission_counts_from_one_and_answers_abstained_rows(tmp_path: Path) -> None:
    path = tmp_path / "submission.csv"
    write_submission(path, BatchResult((read(7), abstained(3), read(0))))
    assert path.read_bytes() == b"ImageId,Label\n1,7\n2,3\n3,0\n"


def two_digits() -> Prediction:
    return Prediction(
        file="42.png",
        digits="42",
        boxes=((0, 0, 9, 9), (9, 0, 9, 9)),
        probability=0.8,
        probabilities=(row(4), row(2)),
    )


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (BatchResult(()), "nothing to submit"),
        (BatchResult((read(7),), (Failure("b.png", "is damaged."),)), r"b\.png: is damaged"),
        (BatchResult((two_digits(),)), r"42\.png.*'42'"),
    ],
)
def test_submission_that_kaggle_would_misread_is_not_written(tmp_path: Path, result: BatchResult, message: str) -> None:
    with pytest.raises(DataError, match=message):
        write_submission(tmp_path / "submission.csv", result)
    assert list(tmp_path.iterdir()) == []


def test_failure_in_the_middle_leaves_no_half_file(tmp_path: Path) -> None:
    def predictions() -> object:
        yield read(7)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_csv(tmp_path / "out.csv", predictions())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
