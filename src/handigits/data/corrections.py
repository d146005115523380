"""Corrections that people gave to the service, in an SQLite file: what the model saw, and what it really was.

A correction is kept with an id that only its giver is told, who can have it deleted. The picture as it was sent is kept
beside the 28x28 image, so that a better reading of pictures can start from it. Does not judge whether a label is true.
"""

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES, IMAGE_SIZE, Split
from handigits.errors import DataError, MissingFileError

__all__ = ["CORRECTION_SUFFIXES", "Corrections", "NoRoomError", "read_corrections"]

CORRECTION_SUFFIXES = (".sqlite", ".sqlite3", ".db")

_PIXELS = IMAGE_SIZE * IMAGE_SIZE
_SCHEMA = """
CREATE TABLE IF NOT EXISTS corrections (
    id TEXT NOT NULL,        -- of the correction; its digits share it
    position INTEGER NOT NULL,
    label INTEGER NOT NULL CHECK (label BETWEEN 0 AND 9),
    image BLOB NOT NULL CHECK (length(image) = 784),  -- uint8 (28, 28), white ink on black
    picture BLOB NOT NULL,   -- as it was sent, with the first of its digits; empty with the others
    created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
    PRIMARY KEY (id, position)
)
"""


class NoRoomError(DataError):
    """No more corrections may be kept, or the disk is full."""


class Corrections:
    """A file of corrections to write to. Opens it anew for each call, so threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        """Make the file where there is none.

        Raises:
            DataError: it cannot be written, or is another kind of file.
        """
        self._path = path
        with self._open() as database:
            database.execute(_SCHEMA)

    def __len__(self) -> int:
        """How many digits are kept."""
        with self._open() as database:
            return int(database.execute("SELECT count(*) FROM corrections").fetchone()[0])

    def add(
        self,
        images: Sequence[NDArray[np.uint8]],
        labels: Sequence[int],
        *,
        picture: bytes = b"",
        max_digits: int | None = None,
        max_bytes: int | None = None,
    ) -> str:
        """Keep the digits of one picture, and give the id to delete them by.

        Args:
            images: uint8 (28, 28) each, white ink on black.
            labels: what they really are, 0 to 9.
            picture: as it was sent.
            max_digits: how many digits may be kept in all, these included.
            max_bytes: how large the file may become.

        Raises:
            NoRoomError: it would be more than that, and nothing was kept.
            DataError: the file cannot be written, such as while another process holds it.
        """
        key = secrets.token_urlsafe(16)
        rows = [
            (key, position, label, image.tobytes(), picture if position == 0 else b"")
            for position, (image, label) in enumerate(zip(images, labels, strict=True))
        ]
        with self._open() as database:
            if max_bytes is not None:
                page = database.execute("PRAGMA page_size").fetchone()[0]
                database.execute(f"PRAGMA max_page_count = {max(1, max_bytes // page)}")  # SQLite itself keeps to it
            database.execute("BEGIN IMMEDIATE")  # nobody else adds between the count and the rows
            count = database.execute("SELECT count(*) FROM corrections").fetchone()[0]
            if max_digits is not None and count + len(rows) > max_digits:
                raise NoRoomError(f"{self._path}: {count:,} digits are kept, and at most {max_digits:,} may be.")
            database.executemany(
                "INSERT INTO corrections (id, position, label, image, picture) VALUES (?, ?, ?, ?, ?)", rows
            )
        return key

    def delete(self, key: str) -> bool:
        """Delete what was kept under an id; whether there was anything."""
        with self._open() as database:
            database.execute("PRAGMA secure_delete = ON")  # overwritten, and not only marked as free
            return database.execute("DELETE FROM corrections WHERE id = ?", (key,)).rowcount > 0

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with _errors_of(self._path):
            database = sqlite3.connect(self._path, timeout=5)
            try:
                with database:  # one transaction
                    yield database
            finally:
                database.close()


def read_corrections(path: Path) -> Split:
    """Read what a service collected, in the order of its giving.

    Raises:
        MissingFileError: there is no such file.
        DataError: it is no file of corrections, damaged, or empty.
    """
    if not path.exists():
        raise MissingFileError(f"{path}: there is no such file.")
    with _errors_of(path):
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            rows = database.execute("SELECT image, label FROM corrections ORDER BY rowid").fetchall()
        finally:
            database.close()
    for number, (image, label) in enumerate(rows, start=1):
        if not isinstance(image, bytes) or len(image) != _PIXELS or label not in range(CLASSES):
            raise DataError(f"{path}: correction {number} is no image of 28x28 with a label from 0 to 9.")
    images = np.frombuffer(b"".join(image for image, _ in rows), np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    return Split(images, np.array([label for _, label in rows], np.int64), f"{path}/train")


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as err:
        if getattr(err, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise NoRoomError(f"{path}: there is no more room ({err}).") from err
        raise DataError(f"{path}: cannot be used as a file of corrections ({err}); name an SQLite file.") from err
