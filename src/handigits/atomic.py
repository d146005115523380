"""Files that appear whole or not at all.

Every file that handigits writes for keeps goes through here: written beside its final name, flushed to the disk,
renamed. A process that is killed in the middle leaves a `.part` file behind, never half a file under the real name.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["atomic_path", "write_bytes", "write_text"]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on a clean exit it is flushed to the disk and renamed to `path`.

    On an exception the temporary file is removed and `path` stays as it was. Its name is drawn at random, so two
    processes never write into the same one, on two machines or in two containers neither. A link is followed: what it
    points to is replaced. What exists and is no regular file, such as a pipe or /dev/null, cannot be replaced: it is
    given itself.

    Example:
        >>> from pathlib import Path; import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "answer.txt"
        >>> with atomic_path(target) as part:
        ...     _ = part.write_text("42")
        >>> target.read_text()
        '42'
    """
    if path.exists() and not path.is_file():
        yield path
        return
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    part = target.with_name(f"{target.name}.{os.urandom(4).hex()}.part")
    try:
        yield part
        _flush_to_disk(part)
        part.replace(target)
    except BaseException as err:
        part.unlink(missing_ok=True)
        if isinstance(err, OSError) and err.errno and err.filename in (None, str(part), part):
            err.filename = str(path)  # a full disk does not say where; a missing folder names the temporary file
        raise
    with suppress(OSError):  # directories cannot be opened on Windows; there the rename itself is durable
        _flush_to_disk(target.parent)


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all."""
    with atomic_path(path) as part:
        part.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write `content` to `path` as UTF-8 with `\\n` line ends, whole or not at all."""
    write_bytes(path, content.encode("utf-8"))


def _flush_to_disk(path: Path) -> None:
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
