"""Images with labels: where they come from, how they are stored, and how they are divided.

    split.py       what a dataset is in memory, and honest ways to divide one
    sources.py     datasets by name: own folder, cache, mirrors; `mnist-5k` without any network
    formats.py     IDX, Kaggle CSV, class folders and NPZ; `conversion.py` writes them
    summary.py     counts, statistics and duplicates

The other files are what these are made of. Nothing here needs torch.
"""

from pathlib import Path

from handigits.data.split import Dataset, Split, hold_out
from handigits.errors import MissingFileError

__all__ = ["Dataset", "Split", "hold_out", "load_dataset"]


def load_dataset(source: str | Path = "auto", *, offline: bool = False) -> Dataset:
    """Load a dataset by name or from files.

    Args:
        source: a name (`mnist`, `mnist-5k`, `fashion-mnist`, ...); a directory of IDX files, class folders or Kaggle's
            CSVs; a CSV; an NPZ; or `auto`: MNIST, and where it cannot be had `mnist-5k`, which the dataset's `notice`
            then says.
        offline: the network may not be used.

    Raises:
        MissingFileError: neither a name nor a path that exists.
        DataError: the files are not what they should be.
        DownloadError: the dataset is not on this machine and cannot be downloaded.

    Example:
        >>> len(load_dataset("mnist-5k").train)
        4000
    """
    # Imported here, because they bring what downloads need, and reading a picture must not wait for that.
    from handigits.data.formats import load_path
    from handigits.data.sources import load_auto, load_named, names

    name = str(source)
    if name == "auto":
        return load_auto(offline=offline)
    if name in names():
        return load_named(name, offline=offline)
    if not Path(source).exists():
        raise MissingFileError(
            f"{name!r} is neither a dataset nor a path that exists; expected one of {', '.join(names())}, "
            "a directory, a CSV or an NPZ."
        )
    return load_path(Path(source))
