"""MNIST as one .npz file, which every program that is measured can read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.data import load_dataset

__all__ = ["images_file"]

_QUICK = 600


@contextmanager
def images_file(source: str, *, quick: bool) -> Iterator[Path]:
    """A temporary .npz with `train_images`, `train_labels`, `test_images` and `test_labels`.

    Args:
        source: what `handigits.load_dataset` takes; it must have a test split.
        quick: the first 600 images of each split alone.
    """
    dataset = load_dataset(source)
    splits = {"train": dataset.train, "test": dataset.test}
    with TemporaryDirectory() as directory:
        path = Path(directory) / "images.npz"
        arrays: dict[str, NDArray[Any]] = {}
        for name, split in splits.items():
            if split is None:
                raise SystemExit(f"{source} has no {name} split, and there is nothing to measure accuracy on.")
            count = _QUICK if quick else len(split)
            arrays |= {f"{name}_images": split.images[:count], f"{name}_labels": split.labels[:count]}
        np.savez(path, **arrays)  # type: ignore[arg-type]  # takes the names for numpy's own flags
        yield path
