"""Millions of pictures read by many models at once, on this machine or on a cluster.

Ray Data streams the pieces of work through a pool of actors; pictures go straight from storage to the actor that reads
them, and never through the object store. What is killed is done again by Ray; what was done stays.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from handigits.cluster.engine import connect, require_ray
from handigits.cluster.reading import ShardReader
from handigits.cluster.shards import Shard, load_or_make_plan
from handigits.errors import RunError
from handigits.network.keras_files import files_beside
from handigits.network.opening import model_file
from handigits.predictions.gather import Failure
from handigits.recognizer import Expect, PolarityChoice, Recognizer, shipped_model

__all__ = ["Answered", "Share", "digest_of", "predict_on_ray"]

_LISTED = 1_000


@dataclass(frozen=True)
class Share:
    """How far it is: pieces of work that are done, of how many, and the rows that were written by this call."""

    done: int
    total: int
    rows: int


@dataclass(frozen=True)
class Answered:
    """What came of it.

    Attributes:
        rows: in all Parquet files, those of earlier calls too.
        bad: how many of them say why a picture could not be read.
        failures: pictures that could not be read, the first thousand of them.
        unread: pieces of work that could not be read to their end; the same call tries them again.
    """

    rows: int
    bad: int
    failures: tuple[Failure, ...]
    unread: tuple[str, ...]


def predict_on_ray(
    sources: Sequence[str],
    *,
    out: str | Path,
    model: str | Path | None = None,
    polarity: PolarityChoice = "auto",
    expect: Expect = "any",
    abstain: float | None = None,
    address: str | None = None,
    workers: int | None = None,
    watch: Callable[[Share], None] = lambda share: None,
) -> Answered:
    """Read everything that `sources` hold into Parquet files; the same call goes on where it was stopped.

    Args:
        sources: pictures, CSVs, Parquet files, WebDataset shards, folders of them, globs, or URLs that fsspec knows.
        out: directory of the answers; on a cluster, one that all machines see. It gets one file for each piece of work:
            file, digits, probability, abstained, reason, error.
        model, polarity, expect, abstain: as for `predictions.predict`; on a cluster all machines must see the model.
        address: of a cluster; None: this machine.
        workers: how many models read at once; None: one for each core.
        watch: called when pieces of work are done.

    Raises:
        MissingExtraError: Ray is not installed.
        MissingFileError, ModelError: there is nothing to read, or no such model.
        RunError: `out` holds other answers, another call is writing there, or the cluster went away.
    """
    require_ray()
    directory = Path(out).resolve()
    Recognizer.load(model).read([], abstain=abstain)  # what is wrong with it is said here, not on a hundred machines
    where = None if model is None else str(Path(model).resolve())
    job = {"model": digest_of(where), "polarity": polarity, "expect": expect, "abstain": abstain}
    directory.mkdir(parents=True, exist_ok=True)
    with _held(directory):  # before there is a plan: two calls could make different ones
        shards = load_or_make_plan(directory, sources, job)
        unread = _read(shards, directory, (where, str(directory), polarity, expect, abstain), address, workers, watch)
        for leftover in directory.glob("*.part"):  # of workers that were killed
            leftover.unlink()
        return _summary(directory, unread)


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Keep every other call from the same directory; what it has half written would be taken for a leftover."""
    lock = FileLock(directory / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as err:
        raise RunError(f"{directory} is in use by another prediction; wait for it, or choose another --out.") from err
    try:
        yield
    finally:
        lock.release()


def _read(
    shards: Sequence[Shard],
    directory: Path,
    arguments: tuple[object, ...],
    address: str | None,
    workers: int | None,
    watch: Callable[[Share], None],
) -> list[str]:
    """Have Ray read the pieces that have no answers yet; why some could not be read."""
    todo = [shard for shard in shards if not shard.part(directory).exists()]
    unread: list[str] = []
    if not todo:
        return unread
    with connect(address, cpus=workers) as cpus:
        from ray.exceptions import RayError

        done, rows = len(shards) - len(todo), 0
        try:
            for answer in _stream([shard.to_json() for shard in todo], arguments, min(workers or cpus, len(todo))):
                done, rows = done + 1, rows + answer["rows"]
                unread += [answer["error"]] if answer["error"] else []
                watch(Share(done, len(shards), rows))
        except RayError as err:
            raise RunError(f"Ray stopped: {str(err).splitlines()[0]} The same command goes on from there.") from err
    return unread


def _stream(lines: list[str], arguments: tuple[object, ...], workers: int):  # type: ignore[no-untyped-def]
    import ray

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    pieces = ray.data.from_items([{"shard": line} for line in lines], override_num_blocks=len(lines))
    answers = pieces.map_batches(
        ShardReader,
        batch_size=1,
        fn_constructor_args=arguments,
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
    )
    return answers.iter_rows()


def digest_of(model: str | None) -> str:
    """SHA-256 of all files that a model is read from, in hex; None: of the model that ships."""
    file = model_file(Path(model) if model else shipped_model())
    digest = hashlib.sha256(file.read_bytes())
    for other in files_beside(file) if file.suffix == ".json" else ():
        digest.update(other.read_bytes())
    return digest.hexdigest()


def _summary(directory: Path, unread: list[str]) -> Answered:
    """Counted one file after the other: a data set of them all would hold what it knows of each."""
    from pyarrow import parquet

    rows, bad = 0, 0
    failures: list[Failure] = []
    for path in sorted(directory.glob("part-*.parquet")):
        with parquet.ParquetFile(path) as part:
            errors = part.read(["error"])["error"]
            rows, bad = rows + len(errors), bad + len(errors) - errors.null_count
            if errors.null_count < len(errors) and len(failures) < _LISTED:
                told = part.read(["file", "error"]).to_pylist()
                failures += [Failure(row["file"], row["error"]) for row in told if row["error"] is not None]
    return Answered(rows, bad, tuple(failures[:_LISTED]), tuple(unread))
