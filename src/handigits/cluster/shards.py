"""What is to be read, cut into pieces once: a plan that a second call finds again, so that no row is read twice.

A piece is a thousand pictures of a folder, a CSV, a row group of a Parquet file, or a WebDataset shard (tar). Where
they lie is fsspec's business: a path, or a URL such as s3://. Does not open pictures.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from handigits.atomic import atomic_path
from handigits.errors import ConfigError, MissingExtraError, MissingFileError, RunError
from handigits.predictions.gather import PICTURE_SUFFIXES

__all__ = ["Kind", "Shard", "load_or_make_plan"]

Kind = Literal["pictures", "csv", "parquet", "tar"]

_PICTURES = 1_000
_KINDS: dict[str, Kind] = {".csv": "csv", ".csv.gz": "csv", ".parquet": "parquet", ".tar": "tar"}
_PLAN = "plan.parquet"


@dataclass(frozen=True)
class Shard:
    """One piece of work.

    Attributes:
        number: its place in the plan; its answers go to `part-<number>.parquet`.
        kind: how it is read.
        files: paths or URLs; of a CSV, a Parquet file or a tar, the one.
        row_group: of a Parquet file; None: all of it.
    """

    number: int
    kind: Kind
    files: tuple[str, ...]
    row_group: int | None = None

    def part(self, directory: Path) -> Path:
        """Where its answers are."""
        return directory / f"part-{self.number:07d}.parquet"

    def to_json(self) -> str:
        """One line, for `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Shard":
        """What `to_json` wrote."""
        fields = json.loads(line)
        return cls(**fields | {"files": tuple(fields["files"])})


def load_or_make_plan(directory: Path, sources: Sequence[str], job: dict[str, Any]) -> list[Shard]:
    """The pieces of work, as they were cut when the work began.

    Args:
        directory: where the answers go.
        sources: files, folders, globs or URLs.
        job: what else the answers depend on, such as the model.

    Raises:
        RunError: the directory holds the answers of another job.
        MissingFileError: a source is not there, or holds nothing to read.
        MissingExtraError, ConfigError: nothing is installed for such a URL, or nobody knows it.
    """
    import pyarrow as pa
    from pyarrow import parquet

    path = directory / _PLAN
    about = json.dumps({"sources": [_whereabouts(source) for source in sources]} | job, sort_keys=True)
    if path.exists():
        table = parquet.read_table(path)
        if (table.schema.metadata or {}).get(b"job", b"").decode() != about:
            raise RunError(f"{directory} holds answers to other sources or settings; choose another --out.")
        return [Shard.from_json(line) for line in table.column("shard").to_pylist()]
    shards = list(_cut(sources))
    directory.mkdir(parents=True, exist_ok=True)
    lines = pa.table({"shard": [shard.to_json() for shard in shards]}).replace_schema_metadata({"job": about})
    with atomic_path(path) as part:
        parquet.write_table(lines, part)
    return shards


def _cut(sources: Sequence[str]) -> Iterator[Shard]:
    files = dict.fromkeys(file for source in sources for file in _files(source))  # named twice, read once
    for number, (kind, group, row_group) in enumerate(_pieces(list(files))):
        yield Shard(number, kind, tuple(group), row_group)


def _pieces(files: list[str]) -> Iterator[tuple[Kind, list[str], int | None]]:
    pictures = (file for file in files if _kind(file) in ("pictures", None))  # what was named is one, whatever its name
    while group := list(islice(pictures, _PICTURES)):
        yield "pictures", group, None
    for file in files:
        kind = _kind(file)
        if kind == "parquet":
            yield from ((kind, [file], row_group) for row_group in _row_groups(file))
        elif kind in ("csv", "tar"):
            yield kind, [file], None


def _opened(source: str) -> tuple[Any, str]:
    """The file system that a source lies in, and its path there; of one of this machine the whole path."""
    import fsspec

    try:
        fs, path = fsspec.url_to_fs(source)
    except ImportError as err:
        raise MissingExtraError(f"{source}: cannot be opened ({err}); install that on all machines.") from err
    except ValueError as err:
        raise ConfigError(f"{source}: {err}; expected a path, or a URL that fsspec knows, such as s3://.") from err
    return fs, str(path)


def _whereabouts(source: str) -> str:
    """A source by a name that means the same wherever the command is called."""
    fs, path = _opened(source)
    return str(Path(path).resolve()) if _is_local(fs) else source


def _is_local(fs: Any) -> bool:
    from fsspec.implementations.local import LocalFileSystem

    return isinstance(fs, LocalFileSystem)


def _files(source: str) -> list[str]:
    fs, path = _opened(source)
    if fs.isdir(path):
        found = [file for file in sorted(fs.find(path)) if _kind(file) and not _is_hidden(file)]
    elif fs.exists(path):
        found = [path]
    else:
        matches = fs.glob(path) if any(sign in path for sign in "*?[") else []
        found = sorted(match for match in matches if not fs.isdir(match))
    if not found:
        raise MissingFileError(
            f"{source}: there is nothing to read; expected pictures, .csv, .parquet or .tar, or a folder of them."
        )
    return found if _is_local(fs) else [fs.unstrip_protocol(file) for file in found]


def _is_hidden(file: str) -> bool:
    return file.rpartition("/")[2].startswith(".")


def _kind(file: str) -> Kind | None:
    name = file.lower()
    for suffix, kind in _KINDS.items():
        if name.endswith(suffix):
            return kind
    return "pictures" if name.endswith(tuple(PICTURE_SUFFIXES)) else None


def _row_groups(file: str) -> list[int] | list[None]:
    """Their numbers; of a file that cannot be read only that it is there, so that whoever reads it says why not."""
    import fsspec
    from pyarrow import ArrowException, parquet

    try:
        with fsspec.open(file) as opened:
            return list(range(parquet.ParquetFile(opened).num_row_groups))
    except (OSError, ArrowException):
        return [None]
