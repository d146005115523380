"""Datasets on disk, in whatever format: find out which one a path holds, and read it.

The formats live in `idx_folder`, `kaggle_csv`, `folders`, `npz` and `corrections`. Does not download and knows no
dataset by name; see `sources` for that.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from handigits.data.corrections import CORRECTION_SUFFIXES, read_corrections
from handigits.data.folders import find_class_folders, read_folders
from handigits.data.idx_folder import holds_idx_files, read_idx_folder
from handigits.data.kaggle_csv import has_labels, read_kaggle_csv
from handigits.data.npz import read_npz
from handigits.data.split import Dataset, Split
from handigits.errors import DataError, HandigitsError, MissingFileError

__all__ = ["load_path"]

_SHOWN_FAULTS = 3


def load_path(path: Path) -> Dataset:
    """Read the dataset that a path holds.

    A folder may hold MNIST's IDX files (plain or gzipped), Kaggle's `train.csv` and perhaps `test.csv`, or class
    folders (`train/7/*.png` or `7/*.png`); a file may be such a CSV, an NPZ, or what a service
    collected. A validation split joins the training split, as the hold-out is drawn from there; a `test.csv` without
    labels gives no test split. The notice says both.

    Raises:
        MissingFileError: there is nothing there.
        DataError: it holds no dataset, more than one, or a damaged one.
    """
    try:
        return _load(path)
    except HandigitsError:
        raise
    except OSError as err:
        raise DataError(f"{path}: cannot be read: {err.strerror or err}.") from err


def _load(path: Path) -> Dataset:
    if not path.exists():
        raise MissingFileError(f"{path}: there is no such file or folder.")
    if path.is_dir():
        return _load_folder(path)
    match path.suffix.lower():
        case ".csv":
            return _gather(path, {"train": _read_labelled_csv(path)})
        case ".npz":
            return _gather(path, read_npz(path))
        case suffix if suffix in CORRECTION_SUFFIXES:
            return _gather(path, {"train": read_corrections(path)})
    raise DataError(f"{path}: is neither a folder nor a .csv, .npz or .sqlite file. For IDX, name its folder.")


def _load_folder(path: Path) -> Dataset:
    found = {
        "IDX files": holds_idx_files(path),
        "train.csv": (path / "train.csv").exists(),
        "class folders": bool(find_class_folders(path)),
    }
    match [kind for kind, there in found.items() if there]:
        case ["IDX files"]:
            return _gather(path, read_idx_folder(path))
        case ["train.csv"]:
            return _load_csv_folder(path)
        case ["class folders"]:
            return _load_class_folders(path)
        case []:
            raise DataError(
                f"{path}: holds no dataset; looked for train-images-idx3-ubyte (or .gz), train.csv, and folders "
                "train/0 to train/9 or 0 to 9."
            )
        case several:
            raise DataError(f"{path}: holds {' and '.join(several)}; expected one of them. Give each its own folder.")


def _gather(path: Path, splits: Mapping[str, Split], *notices: str) -> Dataset:
    """Make a dataset of splits by name."""
    if "train" not in splits:
        raise DataError(f"{path}: holds {' and '.join(splits)} only; expected a train split as well.")
    if empty := [split.name for split in splits.values() if not len(split)]:
        raise DataError(f"{empty[0]}: holds no images; expected at least one.")
    train = splits["train"]
    if "val" in splits:
        val = splits["val"]
        images, labels = np.concatenate([train.images, val.images]), np.concatenate([train.labels, val.labels])
        train = Split(images, labels, train.name)
        notices = (f"the {len(val):,} images of val joined train; what is held out is drawn from there", *notices)
    return Dataset(str(path), train, splits.get("test"), "; ".join(notices))


def _read_labelled_csv(path: Path) -> Split:
    images, labels = read_kaggle_csv(path)
    if labels is None:
        raise DataError(f"{path}: has no label column, so nothing can be learnt from it. It can be predicted.")
    return Split(images, labels, str(path))


def _load_csv_folder(path: Path) -> Dataset:
    splits, notices = {"train": _read_labelled_csv(path / "train.csv")}, []
    test = path / "test.csv"
    if test.exists() and has_labels(test):
        splits["test"] = _read_labelled_csv(test)
    elif test.exists():
        notices.append("test.csv has no labels: there is no test split to measure on")
    return _gather(path, splits, *notices)


def _load_class_folders(path: Path) -> Dataset:
    contents = read_folders(path)
    total, notices = sum(map(len, contents.splits.values())), []
    if contents.inverted:
        notices.append(f"{contents.inverted:,} of {total:,} pictures hold dark ink on light paper and were inverted")
    if contents.skipped:
        shown = " ".join(contents.skipped[:_SHOWN_FAULTS])
        notices.append(f"{len(contents.skipped):,} of {total + len(contents.skipped):,} files were skipped: {shown}")
    return _gather(path, contents.splits, *notices)
