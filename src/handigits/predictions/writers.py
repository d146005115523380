"""Predictions as JSON, as a CSV for people and spreadsheets, and as a Kaggle submission.

Does not read pictures and does not print.
"""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from handigits.atomic import atomic_path
from handigits.errors import DataError
from handigits.escape import printable, safe_cell
from handigits.predictions.batch import BatchResult
from handigits.recognizer import Prediction

__all__ = ["to_json", "write_csv", "write_submission"]


def to_json(predictions: Iterable[Prediction]) -> str:
    """A JSON list, one prediction on each line; pure ASCII, names unchanged once parsed."""
    lines = [json.dumps(each.to_json()) for each in predictions]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def write_csv(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write `file,digits,probability,abstained,reason`, UTF-8, one row for each prediction.

    File names are escaped: line ends and control codes are spelt out, and no cell starts a formula.
    """
    rows = (
        (
            safe_cell(each.file),
            each.digits,
            "" if each.probability is None else f"{each.probability:.6f}",
            "true" if each.abstained else "false",
            safe_cell(each.reason),
        )
        for each in predictions
    )
    _write_rows(path, ("file", "digits", "probability", "abstained", "reason"), rows)


def write_submission(path: Path, result: BatchResult) -> None:
    """Write Kaggle's `ImageId,Label`, from 1, one row for each image in order.

    Kaggle wants an answer for every image: where the recogniser abstained, the most probable digit is written.

    Raises:
        DataError: something could not be read, so that the numbers would not fit; there is nothing to submit; or a
            prediction is not one digit. No file is written.
    """
    if result.failures:
        raise DataError(
            f"{len(result.failures):,} of the inputs could not be read ({result.failures[0]}); a submission needs an "
            f"answer for every image, so {path} was not written."
        )
    if not result.predictions:
        raise DataError(f"There is nothing to submit, so {path} was not written; name Kaggle's test.csv.")
    rows = [(number, _label(each)) for number, each in enumerate(result.predictions, start=1)]
    _write_rows(path, ("ImageId", "Label"), rows)


def _label(prediction: Prediction) -> str:
    """The digit, which an abstained prediction has only in its probabilities."""
    if len(prediction.probabilities) == 1:
        row = prediction.probabilities[0]
        label = str(row.index(max(row)))
        if prediction.abstained or prediction.digits == label:
            return label
    raise DataError(
        f"{printable(prediction.file)}: was read as {prediction.digits!r}; a submission takes one digit for each image."
    )


def _write_rows(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
