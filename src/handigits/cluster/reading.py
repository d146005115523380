"""One piece of work: its pictures read by one model, its answers in one Parquet file, whole or not at all.

Every picture gives one row; where it could not be read, the row says why in `error`. A piece that cannot be read to its
end (a torn tar, a damaged Parquet file) leaves no file, so that it is read again when it has been mended.
"""

import tarfile
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from handigits.atomic import atomic_path
from handigits.cluster.shards import Shard
from handigits.errors import DataError, HandigitsError, MissingFileError, PictureError
from handigits.ink.decode import MAX_BYTES
from handigits.predictions.batch import table_rows, without_name
from handigits.predictions.gather import PICTURE_SUFFIXES, Failure
from handigits.recognizer import BATCH_SIZE, Expect, ModelInput, PolarityChoice, Prediction, Recognizer, prepare

__all__ = ["ShardReader"]

_COLUMNS = ("image", "bytes", "png", "jpg")


class ShardReader:
    """Holds one model and reads piece after piece with it; what Ray makes an actor of.

    Args:
        model: what `Recognizer.load` takes.
        out: where the answers go: a directory that all machines see.
        polarity, expect, abstain: as for `predictions.predict`.
    """

    def __init__(
        self, model: str | None, out: str, polarity: PolarityChoice, expect: Expect, abstain: float | None
    ) -> None:
        self._recognizer = Recognizer.load(model, threads=1)
        self._out, self._polarity, self._expect, self._abstain = Path(out), polarity, expect, abstain

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Read the pieces of `batch["shard"]`; an answer for each: its number, its rows, and why not."""
        answers: dict[str, list[Any]] = {"number": [], "rows": [], "error": []}
        for line in batch["shard"]:
            shard = Shard.from_json(str(line))
            rows, error = 0, ""
            try:
                rows = self.read(shard)
            except (HandigitsError, OSError, ValueError, tarfile.TarError, EOFError) as err:  # Arrow's are of these
                error = f"{shard.files[0]}: cannot be read to its end: {str(err).rstrip('.')}."
            for name, value in (("number", shard.number), ("rows", rows), ("error", error)):
                answers[name].append(value)
        return answers

    def read(self, shard: Shard) -> int:
        """Write a piece's answers, unless they are there already.

        Returns:
            How many rows were written now.
        """
        import pyarrow as pa
        from pyarrow import parquet

        path = shard.part(self._out)
        if path.exists():
            return 0
        schema = pa.schema(
            {
                "file": pa.string(),
                "digits": pa.string(),
                "probability": pa.float32(),
                "abstained": pa.bool_(),
                "reason": pa.string(),
                "error": pa.string(),
            }
        )
        rows = 0
        found = _inputs(shard, self._polarity)
        with atomic_path(path) as part, parquet.ParquetWriter(part, schema) as writer:
            while chunk := list(islice(found, BATCH_SIZE)):
                writer.write_table(pa.Table.from_pylist(self._answer(chunk), schema=schema))
                rows += len(chunk)
        return rows

    def _answer(self, chunk: list[ModelInput | Failure]) -> list[dict[str, Any]]:
        readable = [each for each in chunk if isinstance(each, ModelInput)]
        answers = iter(self._recognizer.read(readable, expect=self._expect, abstain=self._abstain))
        return [_row(each if isinstance(each, Failure) else next(answers)) for each in chunk]


def _row(answer: Prediction | Failure) -> dict[str, Any]:
    if isinstance(answer, Failure):
        return {"file": answer.file, "error": answer.reason}
    fields = ("file", "digits", "probability", "abstained", "reason")
    return {field: getattr(answer, field) for field in fields}


def _inputs(shard: Shard, polarity: PolarityChoice) -> Iterator[ModelInput | Failure]:
    if shard.kind == "csv":
        yield from _table(shard.files[0])
        return
    kinds = {"pictures": _pictures, "parquet": _parquet, "tar": _tar}
    for name, content in kinds[shard.kind](shard):
        try:
            if isinstance(content, OSError):
                raise content
            yield prepare(content, name=name, polarity=polarity)
        except (DataError, MissingFileError, PictureError, OSError) as err:
            yield Failure(name, without_name(str(err), name))


def _pictures(shard: Shard) -> Iterator[tuple[str, bytes | OSError]]:
    import fsspec

    for file in shard.files:
        try:
            with fsspec.open(file) as opened:
                content = opened.read(MAX_BYTES + 1)  # the reader refuses it then
        except OSError as err:
            yield file, err
        else:
            yield file, content


def _parquet(shard: Shard) -> Iterator[tuple[str, bytes]]:
    """A column of encoded pictures: bytes, or as Hugging Face writes them a struct with `bytes`."""
    import fsspec
    from pyarrow import parquet

    (file,) = shard.files
    with fsspec.open(file) as opened:
        source = parquet.ParquetFile(opened)
        names = source.schema_arrow.names
        column = next((name for name in _COLUMNS if name in names), None)
        if column is None:
            raise DataError(f"has the columns {', '.join(names)}; expected one of {', '.join(_COLUMNS)}.")
        groups = range(source.num_row_groups) if shard.row_group is None else [shard.row_group]
        before = sum(source.metadata.row_group(group).num_rows for group in range(groups[0] if groups else 0))
        number = before
        for batch in source.iter_batches(BATCH_SIZE, row_groups=list(groups), columns=[column]):
            for value in batch.column(0).to_pylist():
                number += 1
                yield f"{file}#{number}", (value["bytes"] if isinstance(value, dict) else value) or b""


def _tar(shard: Shard) -> Iterator[tuple[str, bytes]]:
    import fsspec

    (file,) = shard.files
    with fsspec.open(file) as opened, tarfile.open(fileobj=opened, mode="r|*") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content and member.name.lower().endswith(tuple(PICTURE_SUFFIXES)):
                yield f"{file}/{member.name}", content.read(MAX_BYTES + 1)


def _table(file: str) -> Iterator[ModelInput]:
    """The images of a Kaggle CSV, counted from 1; from elsewhere it comes as a whole, since it is read as a file."""
    import fsspec

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(file)
        if "://" in file:
            path = Path(scratch) / path.name
            fs, remote = fsspec.url_to_fs(file)
            fs.get(remote, str(path))
        yield from table_rows(path, file)
