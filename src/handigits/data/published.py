"""A folder that holds a published dataset: read, and proved to be what was published.

The proof is made at each reading, because it costs little. Does not write, and does not know where folders are (see
`sources`).
"""

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.data.catalogue import RemoteFile, Source
from handigits.data.idx import MAX_BYTES, idx_header, read_content, read_idx, read_idx_labels
from handigits.data.split import IMAGE_SIZE, Dataset, Split
from handigits.errors import DataError, MissingFileError

__all__ = ["is_complete", "read_member", "read_published"]


def is_complete(source: Source, folder: Path) -> bool:
    """Whether every file is there; reads none."""
    return all(_find(source, file, folder) for file in source.files)


def read_published(source: Source, folder: Path) -> Dataset:
    """Read a dataset from its files, each gzipped as it was served, gzipped anew, plain, or in the archive.

    Raises:
        MissingFileError: a file is not there.
        DataError: a file is damaged, is not the one that was published, or holds another number of images.
    """
    train_images, train_labels, test_images, test_labels = source.files
    facts = source.facts
    return Dataset(
        facts.name,
        _read_split(source, folder, train_images, train_labels, f"{facts.name}/train", facts.train_count),
        _read_split(source, folder, test_images, test_labels, f"{facts.name}/test", facts.test_count),
    )


def read_member(archive: Path, name: str) -> bytes:
    """One file out of a zip archive, none of whose members may point outside of it.

    Raises:
        DataError: the archive is damaged, does not hold the file, or holds links or paths that lead outside.
    """
    try:
        with zipfile.ZipFile(archive) as bundle:
            for member in bundle.infolist():
                if _is_harmful(member):
                    raise DataError(
                        f"{archive}: holds {member.filename!r}, a link or a path that leads outside; refused."
                    )
            if bundle.getinfo(name).file_size > MAX_BYTES:
                raise DataError(f"{archive}: {name} claims more than {MAX_BYTES:,} bytes; refused.")
            return bundle.read(name)
    except KeyError as err:
        raise DataError(f"{archive}: does not hold {name}; it is another archive.") from err
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as err:
        raise DataError(f"{archive}: damaged, or cannot be read ({err}). Fetch it anew.") from err


def _read_split(
    source: Source, folder: Path, images_file: RemoteFile, labels_file: RemoteFile, name: str, count: int
) -> Split:
    images = _read_array(source, images_file, folder, read_idx)
    labels = _read_array(source, labels_file, folder, read_idx_labels)
    if images.shape != (count, IMAGE_SIZE, IMAGE_SIZE) or labels.shape != (count,):
        raise DataError(
            f"{folder}: {name} holds images {images.shape} and labels {labels.shape}; "
            f"expected ({count}, {IMAGE_SIZE}, {IMAGE_SIZE}) and ({count},)."
        )
    return Split(np.ascontiguousarray(images.transpose(0, 2, 1)) if source.transposed else images, labels, name)


def _read_array(source: Source, file: RemoteFile, folder: Path, read: Callable[..., NDArray[Any]]) -> NDArray[Any]:
    """Read a file and prove that it is the one that was published, as far as that is known.

    The file as served is told by its own SHA-256; one that was unpacked or compressed anew by that of its content.
    """
    path = _find(source, file, folder)
    if path is None:
        raise MissingFileError(
            f"{folder}: {source.facts.name} needs {file.name} (or it without .gz), which is not there; "
            f"expected {', '.join(each.name for each in source.files)}."
        )
    if source.archive and path.name == source.archive.name:
        content = read_member(path, source.folder_in_archive + file.name)
    else:
        content = read_content(path)
    array = read(content, name=str(path))
    if hashlib.sha256(content).hexdigest() == file.sha256:
        return array
    if file.unpacked_sha256 is not None:
        stored = array.astype(np.uint8, copy=False)
        digest = hashlib.sha256(idx_header(stored))
        digest.update(stored.data)
        if digest.hexdigest() != file.unpacked_sha256:
            raise DataError(
                f"{path}: its content is not that of the published file (the SHA-256 differs). Fetch it anew."
            )
    elif file.sha256 is not None and path.name == file.name:
        raise DataError(f"{path}: it is not the published file (the SHA-256 differs). Fetch it anew.")
    return array


def _is_harmful(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or stat.S_ISLNK(member.external_attr >> 16)


def _find(source: Source, file: RemoteFile, folder: Path) -> Path | None:
    """The file, gzipped or plain, or the archive that it is in."""
    candidates = [file.name, file.name.removesuffix(".gz"), *([source.archive.name] if source.archive else [])]
    return next((folder / name for name in candidates if (folder / name).exists()), None)
