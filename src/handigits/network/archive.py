"""The members of a zip file, in memory: nothing is unpacked to disk, so that no name can lead anywhere.

Deliberately absent: meaning (see `torch_archive` and `keras_files`).
"""

import io
import zipfile
import zlib
from pathlib import Path

from handigits.artifact.reading import read_content
from handigits.errors import ModelError

__all__ = ["read_archive"]

_MAX_SIZE_MB = 64
_MAX_MEMBERS = 1000


def read_archive(path: Path) -> dict[str, bytes]:
    """The bytes of every member by its name.

    Raises:
        MissingFileError: there is no file at `path`.
        ModelError: it is no zip, damaged, or its contents are larger than 64 MB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_content(path))) as archive:
            entries = archive.infolist()
            size_mb = sum(entry.file_size for entry in entries) / 1e6  # reading stops there, whatever follows
            if size_mb > _MAX_SIZE_MB or len(entries) > _MAX_MEMBERS:
                raise ModelError(
                    f"it unpacks to {len(entries):,} files of {size_mb:,.0f} MB; "
                    f"expected at most {_MAX_MEMBERS:,} of {_MAX_SIZE_MB}."
                )
            if not all(entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
                raise ModelError("it is compressed in an unusual way; save it again.")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as err:
        if isinstance(err, ModelError):
            raise
        raise ModelError(f"it is not a whole zip archive ({err}); export or copy it again.") from err
