"""Many mirrors, one file: asked in order until one delivers exactly the bytes that were expected.

Under its final name a file is whole and its SHA-256 is right; until then it is a `.part`, which the next attempt, the
next mirror or the next process goes on with. One process at a time downloads a file, others wait and share it. Does not
know what the files mean, and does not unpack them.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock

from handigits.data.transfer import MirrorFault, transfer, unreachable
from handigits.errors import DownloadError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["PATIENCE", "Patience", "Progress", "fetch", "locked", "show_progress"]

Progress = Callable[[str, int, int | None], None]
"""Called with the name of a file, the bytes so far, and the bytes in all where they are known."""

UNKNOWN_SIZE_LIMIT = 1 << 28
GREAT_PROGRESS_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait for others.

    Attributes:
        connect_seconds: for any mirror to accept a connection; after that, there is no network.
        answer_seconds: for a mirror that has stopped to speak.
        attempts: at one mirror, where its fault may pass; an attempt that brought a megabyte is not counted.
        pause_seconds: before the second attempt; doubled before each further one.
    """

    connect_seconds: float = 4.0
    answer_seconds: float = 8.0
    attempts: int = 2
    pause_seconds: float = 0.5


PATIENCE = Patience()


def fetch(
    mirrors: Sequence[str],
    target: Path,
    *,
    sha256: str,
    size: int | None = None,
    offline: bool = False,
    patience: Patience = PATIENCE,
    progress: Progress | None = None,
) -> Path:
    """Make sure that `target` is there, whole and right; download it if it is not.

    Args:
        mirrors: complete URLs of the same bytes, https (or http on this machine itself), best first.
        target: where the file belongs. Its folder is made.
        sha256: of the bytes, in hexadecimal.
        size: of the file in bytes, where it is known.
        offline: the network may not be used.
        patience: how long to wait for others.
        progress: told about each piece that arrives.

    Returns:
        `target`.

    Raises:
        DownloadError: no mirror delivered it (the message gives each one's reason), the network is out of reach or may
            not be used, or `target` cannot be written.
    """
    try:
        if offline:
            if not _is_right(target, sha256):
                raise DownloadError(
                    f"{target.name}: not in the cache, and offline nothing is downloaded. {_help(target)}"
                )
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            if not _is_right(target, sha256):
                _download(mirrors, target, sha256, size, patience, partial(progress or _silent, target.name))
    except DownloadError:
        raise
    except OSError as err:
        raise DownloadError(f"{target}: cannot be written ({err.strerror or err}). {_help(target)}") from err
    return target


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Keep other processes away from `target` meanwhile; waits for them first. A process that dies lets go."""
    with FileLock(f"{target}.lock"):
        yield


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Draw progress bars on a terminal's stderr; elsewhere write one line for each file."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with _bars(console) as progress:
            yield progress
        return
    begun: set[str] = set()

    def announce(name: str, received: int, total: int | None) -> None:
        if name not in begun:
            begun.add(name)
            sys.stderr.write(f"downloading {name}{f' ({total / 1e6:,.1f} MB)' if total else ''}\n")

    yield announce


@contextmanager
def _bars(console: "Console") -> Iterator[Progress]:
    from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    tasks: dict[str, TaskID] = {}
    with Bars(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=console
    ) as bars:

        def draw(name: str, received: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name)
            bars.update(tasks[name], completed=received, total=total)

        yield draw


def _download(
    mirrors: Sequence[str],
    target: Path,
    sha256: str,
    size: int | None,
    patience: Patience,
    progress: Callable[[int, int | None], None],
) -> None:
    part = target.with_name(f"{target.name}.part")
    reasons = unreachable(mirrors, seconds=patience.connect_seconds)
    for url in mirrors:
        if url in reasons:
            continue
        reason = _try_mirror(url, part, sha256, size, patience, progress)
        if not reason:
            part.replace(target)
            return
        reasons[url] = reason
    told = "; ".join(f"{urlsplit(url).netloc}: {reasons[url]}" for url in mirrors)
    raise DownloadError(f"{target.name}: no mirror could deliver it ({told}). {_help(target)}")


def _try_mirror(
    url: str,
    part: Path,
    sha256: str,
    size: int | None,
    patience: Patience,
    progress: Callable[[int, int | None], None],
) -> str:
    """Fill `part` from one mirror; why that failed, or nothing."""
    failures = 0
    while True:
        held = _size(part)
        try:
            transfer(url, part, size=size, limit=UNKNOWN_SIZE_LIMIT, seconds=patience.answer_seconds, progress=progress)
            _require_right(part, sha256, resumed=held > 0)
        except MirrorFault as fault:
            failures += _size(part) - held < GREAT_PROGRESS_BYTES  # a bool counts as 0 or 1
            if not fault.passing or failures >= patience.attempts:
                return str(fault)
            time.sleep(patience.pause_seconds * 2 ** max(0, failures - 1))
        else:
            return ""


def _require_right(part: Path, sha256: str, *, resumed: bool) -> None:
    """Flush a complete part to the disk, or throw it away because its content is wrong."""
    with part.open("rb+") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    if found != sha256:
        part.unlink()
        raise MirrorFault(f"delivered other content (sha256 {found[:12]}..., not {sha256[:12]}...)", passing=resumed)


def _is_right(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _help(target: Path) -> str:
    return (
        f"Put the file into {target.parent} by hand, or set HANDIGITS_DATA to a folder "
        f"that holds {target.parent.name}/{target.name}."
    )


def _silent(name: str, received: int, total: int | None) -> None:
    """Say nothing."""
