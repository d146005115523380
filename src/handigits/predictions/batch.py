"""Read many pictures: one bad file in a thousand leaves 999 answers.

Pictures are read one by one and recognised in batches: to `iter_predictions`, which gives answers one by one, their
number may be any, and a table larger than memory. `predict` holds all answers. Does not write or print anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from handigits.data.kaggle_csv import iter_kaggle_csv
from handigits.errors import DataError, MissingFileError, PictureError
from handigits.escape import printable
from handigits.predictions.gather import Failure, Item, Notice, gather
from handigits.recognizer import (
    BATCH_SIZE,
    Expect,
    ModelInput,
    PolarityChoice,
    Prediction,
    Reading,
    Recognizer,
    Source,
    Sources,
    prepare,
)

__all__ = ["BatchResult", "iter_predictions", "predict", "table_rows", "without_name"]


@dataclass(frozen=True)
class BatchResult:
    """What came of a batch.

    Attributes:
        predictions: one for each picture that could be read, in order.
        failures: what was asked for and could not be read.
        notices: what was skipped or decided on the way.
    """

    predictions: tuple[Prediction, ...]
    failures: tuple[Failure, ...] = ()
    notices: tuple[Notice, ...] = ()


def predict(
    sources: Sources,
    *,
    model: Recognizer | str | Path | None = None,
    polarity: PolarityChoice = "auto",
    expect: Expect = "any",
    abstain: float | None = None,
    stdin: BinaryIO | None = None,
) -> BatchResult:
    """Read everything that `sources` name, whatever happens to single files.

    Args:
        sources: one or a list of: picture files, folders, globs, Kaggle CSVs, `-`, bytes, arrays (see `gather`).
        model: a recogniser, or what `Recognizer.load` takes.
        polarity: which of the two tones is the ink; tables hold white ink on black by definition.
        expect: `one` claims nothing about a picture with several digits.
        abstain: the share of digits that may be answered wrongly; None answers all. See `Recognizer.predict`.
        stdin: where `-` reads from.

    Raises:
        MissingFileError, ModelError: about the model; what is wrong with a source is a `Failure` in the result.
        ConfigError: `abstain` is no share, or smaller than the model can vouch for.
    """
    recognizer = model if isinstance(model, Recognizer) else Recognizer.load(model)
    listed: Sequence[Source] = sources if isinstance(sources, list | tuple) else [sources]
    outcomes = list(
        iter_predictions(listed, recognizer, polarity=polarity, expect=expect, abstain=abstain, stdin=stdin)
    )
    return BatchResult(
        tuple(each for each in outcomes if isinstance(each, Prediction)),
        tuple(each for each in outcomes if isinstance(each, Failure)),
        tuple(each for each in outcomes if isinstance(each, Notice)),
    )


def iter_predictions(
    sources: Sequence[Source],
    recognizer: Recognizer,
    *,
    polarity: PolarityChoice = "auto",
    expect: Expect = "any",
    abstain: float | None = None,
    stdin: BinaryIO | None = None,
) -> Iterator[Prediction | Failure | Notice]:
    """As `predict`, one by one, for more pictures than answers fit into memory.

    Predictions come in order, each after its notices; failures may come up to a batch earlier than their neighbours.
    """
    waiting: list[ModelInput] = []
    for item in gather(sources, stdin=stdin):
        for found in _inputs(item, polarity) if isinstance(item, Item) else (item,):
            if not isinstance(found, ModelInput):
                yield found
                continue
            waiting.append(found)
            if len(waiting) == BATCH_SIZE:
                yield from _told(recognizer.read(waiting, expect=expect, abstain=abstain))
                waiting = []
    yield from _told(recognizer.read(waiting, expect=expect, abstain=abstain))


def _told(readings: list[Reading]) -> Iterator[Prediction | Notice]:
    """Each answer, and before it what is worth telling about its picture."""
    for reading in readings:
        yield from (Notice(reading.file, note) for note in reading.given.notes)
        yield reading.prediction


def _inputs(item: Item, polarity: PolarityChoice) -> Iterator[ModelInput | Failure]:
    try:
        if item.is_table:
            assert isinstance(item.source, str | Path)  # `gather` makes tables of nothing else
            yield from table_rows(Path(item.source), item.name)
        else:
            yield prepare(item.source, name=item.name, polarity=polarity)
    except (DataError, MissingFileError, PictureError) as err:
        yield Failure(item.name, without_name(str(err), item.name))


def table_rows(path: Path, name: str) -> Iterator[ModelInput]:
    """The images of a Kaggle CSV, counted from 1 as its submissions are.

    Raises:
        MissingFileError, DataError: there is no such file, or it is no such table.
    """
    number = 0
    for images, _labels in iter_kaggle_csv(path):
        for image in images:
            number += 1
            yield ModelInput(name=f"{name}#{number}", image=image.astype(np.float32) / 255, is_digit=True)


def without_name(message: str, name: str) -> str:
    """What is wrong with `name`, where a message begins with whom it is about."""
    return message.removeprefix(name).removeprefix(printable(name)).lstrip(":, ")
