"""`handigits predict`."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from handigits.cli.screen import parse, print_table, say
from handigits.escape import printable
from handigits.predictions import (
    BatchResult,
    Failure,
    Notice,
    iter_predictions,
    predict,
    to_json,
    write_csv,
    write_submission,
)
from handigits.predictions.leaks import leak_notice
from handigits.recognizer import Expect, PolarityChoice, Prediction, Recognizer

__all__ = ["main"]

_LINE_SECONDS = 10.0
_SHOWN = 20  # of a hundred million, a thousand may be bad


@dataclass(frozen=True, kw_only=True)
class _Predict:
    """Read pictures: files, folders, globs, Kaggle CSVs, or - for standard input.

    Examples:
      handigits predict digit.png
      handigits predict phone-number.jpg
      handigits predict scans/ --expect one --csv answers.csv
      handigits predict test.csv --submission submission.csv
      handigits predict scans/ --abstain 0.001
      cat digit.png | handigits predict - --json
      handigits predict s3://forms/2026 --engine ray --out answers
    """

    images: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="IMAGE|DIR|CSV|-")]
    """What to read."""
    model: Path | None = None
    """A run directory or an artefact file; none: the model that ships with handigits."""
    polarity: PolarityChoice = "auto"
    """Which of the two tones of a picture is the ink."""
    expect: Expect = "any"
    """How many digits a picture may hold: `one` claims nothing about a picture with several."""
    abstain: Annotated[float | None, tyro.conf.arg(metavar="RATE")] = None
    """The share of digits that may be answered wrongly, such as 0.001; what is not sure enough for that is left
    unanswered. None: answer all. It holds on average, for digits like those the model was trained on."""
    json: bool = False
    """Print the predictions as JSON."""
    csv: Path | None = None
    """Write file,digits,probability,abstained,reason to this file."""
    submission: Path | None = None
    """Write Kaggle's ImageId,Label to this file."""
    engine: Literal["local", "ray"] = "local"
    """ray: on all cores or on a cluster, for more than fits one machine; reads Parquet and WebDataset shards (.tar)
    and URLs (s3://) too, and the same command goes on after a stop. It needs --out, and `handigits[cluster]`."""
    address: str | None = None
    """With --engine ray: the cluster, such as 10.0.0.5:6379; none: this machine."""
    workers: int | None = None
    """With --engine ray: how many models read at once; none: one for each core."""
    out: Path | None = None
    """With --engine ray: directory for the answers, as Parquet."""


def main(arguments: list[str]) -> int:
    """Read pictures; 3 if some of them could not be read."""
    command = parse(_Predict, arguments, verb="predict")
    if not command.images:
        say("handigits predict: name pictures, folders or CSVs to read, or - for standard input.")
        return 2
    if command.engine == "ray":
        return _predict_on_ray(command)
    if command.out or command.address or command.workers:
        say("handigits predict: --out, --address and --workers go with --engine ray.")
        return 2
    recognizer = Recognizer.load(command.model)
    if command.csv is not None and not (command.submission or command.json):
        return _predict_to_csv(command, command.csv, recognizer)
    result = predict(
        command.images,
        model=recognizer,
        polarity=command.polarity,
        expect=command.expect,
        abstain=command.abstain,
        stdin=sys.stdin.buffer,
    )
    for notice in result.notices:
        say(str(notice))
    if command.csv is not None:
        write_csv(command.csv, result.predictions)
    if command.submission is not None:
        write_submission(command.submission, result)
        if leaked := leak_notice(command.images, recognizer.metadata):
            say(leaked)
    if command.json:
        sys.stdout.write(to_json(result.predictions) + "\n")
    elif command.csv or command.submission:
        written = " and ".join(str(path) for path in (command.csv, command.submission) if path)
        say(f"{len(result.predictions):,} read, written to {written}.")
    else:
        _print(result)
    return _end(result.failures, len(result.predictions))


def _predict_to_csv(command: _Predict, path: Path, recognizer: Recognizer) -> int:
    """As `main`, row by row: there may be more answers than fit into memory."""
    count, failures = 0, list[Failure]()

    def answered() -> Iterator[Prediction]:
        nonlocal count
        for outcome in iter_predictions(
            command.images,
            recognizer,
            polarity=command.polarity,
            expect=command.expect,
            abstain=command.abstain,
            stdin=sys.stdin.buffer,
        ):
            if isinstance(outcome, Prediction):
                count += 1
                yield outcome
            elif isinstance(outcome, Notice):
                say(str(outcome))
            else:
                failures.append(outcome)

    write_csv(path, answered())
    say(f"{count:,} read, written to {path}.")
    return _end(failures, count)


def _end(failures: Sequence[Failure], count: int) -> int:
    """Say what could not be read; the exit status, where so many pictures were read."""
    for failure in failures:
        say(str(failure))
    if not failures:
        return 0
    return 3 if count else 1


def _predict_on_ray(command: _Predict) -> int:
    """As `main`, into Parquet files; what could not be read stands in them, and its beginning is shown."""
    if command.out is None or command.json or command.csv or command.submission:
        say("handigits predict: --engine ray writes Parquet to --out DIR, and no --json, --csv or --submission.")
        return 2
    from handigits.cluster.predicting import Share, predict_on_ray

    last = 0.0

    def watch(share: Share) -> None:
        nonlocal last
        if share.done == share.total or time.perf_counter() - last > _LINE_SECONDS:
            last = time.perf_counter()
            say(f"{share.done:,}/{share.total:,} pieces, {share.rows:,} pictures")

    answered = predict_on_ray(
        command.images,
        out=command.out,
        model=command.model,
        polarity=command.polarity,
        expect=command.expect,
        abstain=command.abstain,
        address=command.address,
        workers=command.workers,
        watch=watch,
    )
    sys.stdout.write(f"{answered.rows - answered.bad:,} read, {answered.bad:,} not, written to {command.out}\n")
    for failure in answered.failures[:_SHOWN]:
        say(str(failure))
    if answered.bad > _SHOWN:
        say(f"... and {answered.bad - _SHOWN:,} more: the rows of {command.out} that have an error.")
    for reason in answered.unread:
        say(printable(f"{reason} Nothing of it was written; the same command tries it again."))
    if not (answered.bad or answered.unread):
        return 0
    return 3 if answered.rows > answered.bad else 1


def _print(result: BatchResult) -> None:
    """A table; a single answer is worth a plain line."""
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    table.add_column("file", overflow="fold")  # whole, however long: it says which answer is whose
    for heading in ("digits", "probability", ""):
        table.add_column(heading)
    for prediction in result.predictions:
        probability = "" if prediction.probability is None else f"{prediction.probability:.1%}"
        table.add_row(escape(printable(prediction.file)), prediction.digits or "-", probability, prediction.reason)
    if result.predictions:
        print_table(table)
