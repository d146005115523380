"""The run directory: one training, with everything that is known about it.

```
runs/standard/
  README.md             model card: start here
  report.html           the same with pictures, for a browser
  model.onnx            the model, for `handigits predict --model runs/standard`
  weights.safetensors   its weights, for PyTorch
  config.json           recipe, data and every setting
  environment.json      machine and versions
  history.csv           one row for each epoch
  metrics.json          what was measured, in short
  report.json           all of it: each digit's scores, the confusion matrix, calibration
  plots/                pictures, each with its numbers as JSON beside it
  checkpoints/          to go on from with `handigits train --resume`
```

This file knows names and formats. It trains nothing and measures nothing.
"""

import csv
import io
import json
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from itertools import count, takewhile
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from handigits.atomic import write_text
from handigits.config import TrainConfig, from_json, to_json
from handigits.errors import ConfigError, MissingFileError, RunError

__all__ = ["Plan", "Run", "create_run", "default_directory", "newest_run", "open_run"]

_CONFIG = "config.json"
_LOCK = ".lock"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run sets out to do: `config.json`.

    Attributes:
        recipe: the recipe that the settings started from.
        data: the source as the user named it, such as `auto`.
        data_digest: SHA-256 of the training images and labels, so that a run is continued on what it began with.
        train: every setting.
    """

    recipe: str
    data: str
    data_digest: str
    train: TrainConfig


@dataclass(frozen=True)
class Run:
    """A run directory; the properties are the paths in it."""

    directory: Path

    @property
    def model(self) -> Path:
        """The artefact."""
        return self.directory / "model.onnx"

    @property
    def weights(self) -> Path:
        """The weights alone, in PyTorch's names and shapes."""
        return self.directory / "weights.safetensors"

    @property
    def checkpoints(self) -> Path:
        """Directory of the checkpoints."""
        return self.directory / "checkpoints"

    @property
    def plots(self) -> Path:
        """Directory of the pictures."""
        return self.directory / "plots"

    @property
    def report(self) -> Path:
        """The page."""
        return self.directory / "report.html"

    @property
    def card(self) -> Path:
        """The model card."""
        return self.directory / "README.md"

    @property
    def has_begun(self) -> bool:
        """Whether this is the directory of a run, finished or not."""
        return (self.directory / _CONFIG).is_file()

    @property
    def is_finished(self) -> bool:
        """Whether all was measured and written."""
        return (self.directory / "metrics.json").exists()

    @property
    def plan(self) -> Plan:
        """What `config.json` holds.

        Raises:
            RunError: this is no run directory, or the file is not what handigits wrote.
        """
        path = self.directory / _CONFIG
        try:
            return from_json(Plan, path.read_text(encoding="utf-8"))
        except FileNotFoundError as err:
            raise RunError(f"{self.directory} holds no config.json, so it is not a run; name a run directory.") from err
        except (ConfigError, UnicodeDecodeError) as err:
            raise RunError(f"{path} is not what handigits wrote: {err}") from err

    @property
    def metrics(self) -> dict[str, Any]:
        """What `metrics.json` holds.

        Raises:
            RunError: the run has not been finished, or the file is not what handigits wrote.
        """
        path = self.directory / "metrics.json"
        try:
            metrics: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as err:  # not JSON, or not UTF-8
            raise RunError(f"{path} is not what handigits wrote ({err}).") from err
        except FileNotFoundError as err:
            raise RunError(
                f"{self.directory} has no metrics.json: its training was not finished. "
                f"Go on with: {self.resume_command}"
            ) from err
        return metrics

    @property
    def resume_command(self) -> str:
        """What to type to go on with a run that was interrupted."""
        return shlex.join(["handigits", "train", "--resume", str(self.directory)])

    @property
    def history(self) -> list[dict[str, float | None]]:
        """The rows of `history.csv`, None for empty cells; empty if there is no such file.

        Raises:
            RunError: the file is not what handigits wrote.
        """
        path = self.directory / "history.csv"
        if not path.is_file():
            return []
        try:
            with path.open(encoding="utf-8", newline="") as table:
                rows = list(csv.DictReader(table))
            return [{name: float(cell) if cell else None for name, cell in row.items()} for row in rows]
        except (ValueError, TypeError, csv.Error) as err:  # TypeError: a row with more cells than columns
            raise RunError(f"{path} is not what handigits wrote ({err}).") from err

    def write_plan(self, plan: Plan) -> None:
        """Write `config.json`."""
        write_text(self.directory / _CONFIG, to_json(plan))

    def write_facts(self, name: str, facts: Mapping[str, Any]) -> None:
        """Write `<name>.json`."""
        write_text(self.directory / f"{name}.json", json.dumps(facts, indent=2) + "\n")

    def write_history(self, rows: Sequence[Any]) -> None:
        """Write `history.csv`: a column for each field of the rows, which are dataclasses of one kind."""
        table = io.StringIO()
        if rows:
            writer = csv.DictWriter(table, [entry.name for entry in fields(rows[0])], lineterminator="\n")
            writer.writeheader()
            writer.writerows(asdict(row) for row in rows)
        write_text(self.directory / "history.csv", table.getvalue())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from training into this directory within the block.

        Raises:
            RunError: another process is doing so already, or the directory cannot be written to.
        """
        lock = FileLock(self.directory / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout as err:
            raise RunError(
                f"{self.directory} is in use by another training; wait for it, or choose another --out."
            ) from err
        except OSError as err:
            raise RunError(f"{self.directory} cannot be written to ({err}); choose another --out.") from err
        try:
            yield
        finally:
            lock.release()


def default_directory(recipe: str, *, root: Path = Path("runs")) -> Path:
    """The first of `runs/<recipe>`, `runs/<recipe>-2`, ... that does not exist."""
    return next(directory for directory in _numbered(recipe, root) if not directory.exists())


def newest_run(recipe: str, *, root: Path = Path("runs")) -> Run | None:
    """The run before `default_directory`; None where there is none."""
    *_, last = [None, *takewhile(Path.exists, _numbered(recipe, root))]
    return Run(last) if last else None


def create_run(directory: Path, *, force: bool = False) -> Run:
    """Make an empty run directory.

    Args:
        directory: where; must not exist, or be empty, unless `force`.
        force: delete the run that is there. What is not a run is never deleted.

    Raises:
        RunError: something is there that may not be deleted, or the directory cannot be made.
    """
    run = Run(directory)
    if directory.exists() and not directory.is_dir():
        raise RunError(f"{directory} is a file; expected a directory to write the run to. Choose another --out.")
    if directory.exists() and not all(_is_leftover(entry) for entry in directory.iterdir()):
        if not force:
            raise RunError(
                f"{directory} exists already and is not empty; go on with --resume {directory}, "
                "replace it with --force, or choose another --out."
            )
        if not run.has_begun:
            raise RunError(f"{directory} is not a run (no config.json), so --force does not delete it.")
        with run.locked():
            _empty(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise RunError(f"{directory} cannot be made ({err}); choose another --out.") from err
    return run


def open_run(directory: Path) -> Run:
    """An existing run.

    Raises:
        MissingFileError: there is no such directory.
        RunError: it holds no run.
    """
    if not directory.is_dir():
        raise MissingFileError(f"There is no directory {directory}; expected a run directory, such as runs/standard.")
    run = Run(directory)
    _ = run.plan
    return run


def _numbered(recipe: str, root: Path) -> Iterator[Path]:
    yield root / recipe
    yield from (root / f"{recipe}-{number}" for number in count(2))


def _is_leftover(entry: Path) -> bool:
    """Whether a file is all that a process left which was killed before its run had begun."""
    return entry.name == _LOCK or (entry.name.startswith(_CONFIG) and entry.suffix == ".part")


def _empty(directory: Path) -> None:
    """Delete all but the lock; `config.json` last, without which a run is not known as one."""
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name == _CONFIG):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != _LOCK:
            entry.unlink()
