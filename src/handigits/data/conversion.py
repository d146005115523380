"""Write a dataset in another format, whole or not at all.

The formats themselves live in `idx_folder`, `kaggle_csv`, `folders` and `npz`; what is written here, `formats` reads.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from handigits.data.folders import write_folders
from handigits.data.idx_folder import write_idx_folder
from handigits.data.kaggle_csv import write_kaggle_csv, write_kaggle_labels
from handigits.data.npz import write_npz
from handigits.data.split import Dataset, Split
from handigits.errors import ConfigError, DataError
from handigits.escape import printable

__all__ = ["FileFormat", "convert"]

FileFormat = Literal["idx", "csv", "folders", "npz", "kaggle"]

KAGGLE_SEED = 28_000
KAGGLE_TRAIN_SHARE = 0.6  # 42,000 of MNIST's 70,000, as Kaggle divides them

# What a folder may hold that `force` replaces: what is written here, and nothing else.
_OWN_NAMES = re.compile(r"(train|test|test_labels)\.csv|train|test|(train|t10k)-(images-idx3|labels-idx1)-ubyte\.gz")


def convert(
    dataset: Dataset,
    destination: Path,
    *,
    file_format: FileFormat | None = None,
    seed: int = KAGGLE_SEED,
    force: bool = False,
) -> None:
    """Write a dataset in another format; it appears whole or not at all.

    - `idx`: a folder of MNIST's four files, gzipped.
    - `csv`: a folder with `train.csv` and `test.csv`, both labelled.
    - `folders`: `train/<digit>/*.png` and `test/<digit>/*.png`. Read again, images come in the order of their digits.
    - `npz`: one file.
    - `kaggle`: what an entrant is given: all images shuffled by `seed`, 60 % of them in `train.csv`, the rest without
      labels in `test.csv`. Their labels go to `test_labels.csv`, shaped like a submission; `load_path` ignores it.

    Args:
        dataset: what to write.
        destination: the folder to make, or the file for `npz`.
        file_format: one of the above; may be left out where `destination` ends in `.npz`.
        seed: decides the division of `kaggle`; other formats have no use for it.
        force: replace what is there already. A folder is replaced only if it holds nothing but a dataset.

    Raises:
        ConfigError: the format is not given or not known.
        DataError: the destination exists, or cannot be written.
    """
    if file_format is None and destination.suffix.lower() == ".npz":
        file_format = "npz"
    if file_format is None or file_format not in get_args(FileFormat):
        asked = f"There is no format {file_format!r}" if file_format else f"{destination.name} may be any format"
        raise ConfigError(f"{asked}; give one of them with --format: {', '.join(get_args(FileFormat))}.")
    destination = destination.resolve()
    splits = {"train": dataset.train} | ({} if dataset.test is None else {"test": dataset.test})
    try:
        _check_free(destination, is_folder=file_format != "npz", force=force)
        destination.parent.mkdir(parents=True, exist_ok=True)
        if file_format == "npz":
            write_npz(destination, splits)
            return
        with _atomic_folder(destination) as folder:
            _write_folder(folder, splits, file_format, seed)
    except OSError as err:
        raise DataError(f"{destination}: cannot be written: {err.strerror or err}.") from err


def _write_folder(folder: Path, splits: Mapping[str, Split], file_format: FileFormat, seed: int) -> None:
    match file_format:
        case "idx":
            write_idx_folder(folder, splits)
        case "csv":
            for name, split in splits.items():
                write_kaggle_csv(folder / f"{name}.csv", split.images, split.labels)
        case "folders":
            write_folders(folder, splits)
        case "kaggle":
            _write_kaggle(folder, splits, seed)


def _write_kaggle(folder: Path, splits: Mapping[str, Split], seed: int) -> None:
    images = np.concatenate([split.images for split in splits.values()])
    labels = np.concatenate([split.labels for split in splits.values()])
    order = np.random.default_rng(seed).permutation(len(labels))
    train, test = np.split(order, [round(len(order) * KAGGLE_TRAIN_SHARE)])
    write_kaggle_csv(folder / "train.csv", images[train], labels[train])
    write_kaggle_csv(folder / "test.csv", images[test], None)
    write_kaggle_labels(folder / "test_labels.csv", labels[test])


def _check_free(destination: Path, *, is_folder: bool, force: bool) -> None:
    """Refuse to overwrite, and under `force` to delete what is not a dataset."""
    if not destination.exists() or (is_folder and destination.is_dir() and not any(destination.iterdir())):
        return
    if not force:
        raise DataError(f"{destination}: exists already. Choose another destination, or overwrite it with force.")
    if destination.is_dir() != is_folder:
        expected = "a folder" if is_folder else "a file"
        raise DataError(f"{destination}: is not {expected}, so it is not replaced. Choose another destination.")
    names = sorted(entry.name for entry in destination.iterdir()) if is_folder else []
    if others := [name for name in names if not _OWN_NAMES.fullmatch(name)]:
        raise DataError(
            f"{destination}: holds {printable(others[0])!r}, which no dataset has, so it is not replaced. "
            "Choose another destination."
        )


@contextmanager
def _atomic_folder(destination: Path) -> Iterator[Path]:
    """Give a new folder beside `destination` that takes its place on a clean exit, and is removed on an exception."""
    token = os.urandom(4).hex()  # no two processes share it, in two containers neither
    part = destination.with_name(f"{destination.name}.{token}.part")
    old = destination.with_name(f"{destination.name}.{token}.old")
    part.mkdir()
    try:
        yield part
        if destination.exists():
            destination.rename(old)
        part.rename(destination)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        if old.exists() and not destination.exists():
            old.rename(destination)
        raise
    shutil.rmtree(old, ignore_errors=True)
