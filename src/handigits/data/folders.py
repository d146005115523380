"""Pictures in folders that are named after their digit: `train|val|test/<digit>/*.png`, or `<digit>/*.png` alone.

Pictures may have any size and any format that `ink` reads; they go the way that a picture to be predicted goes. Damaged
files, FIFOs and links to nowhere never stop the rest: they are skipped and listed. Looks no deeper than those folders,
so a link to a parent folder cannot loop.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handigits.data.split import CLASSES, IMAGE_SIZE, Split
from handigits.errors import DataError, MissingFileError, PictureError
from handigits.escape import printable
from handigits.ink import decode, detect_polarity, to_input

__all__ = ["SPLITS", "FolderContents", "find_class_folders", "read_folders", "write_folders"]

SPLITS = ("train", "val", "test")
AGREEMENT = 0.9  # of pictures of 28x28 about their polarity, from where on all of them are taken alike

_DIGITS = tuple(str(digit) for digit in range(CLASSES))


@dataclass(frozen=True)
class FolderContents:
    """What a folder of pictures held.

    Attributes:
        splits: by name, `train`, `val`, `test`; pictures in the order of digit and file name.
        skipped: for each file that could not be read, its name and the reason.
        inverted: how many pictures held dark ink on light paper.
    """

    splits: dict[str, Split]
    skipped: tuple[str, ...]
    inverted: int


@dataclass(frozen=True)
class _Digit:
    image: NDArray[np.uint8]  # (28, 28); still as it came if `native`, else white ink on black
    native: bool  # it came as 28x28
    dark_ink: bool
    label: int
    split: str


def find_class_folders(path: Path) -> dict[str, Path]:
    """Name the splits below `path` and their folders; `train` alone where digits stand there directly."""
    found = {split: path / split for split in SPLITS if any((path / split / digit).is_dir() for digit in _DIGITS)}
    if not found and any((path / digit).is_dir() for digit in _DIGITS):
        return {"train": path}
    return found


def read_folders(path: Path) -> FolderContents:
    """Read every picture below `path`.

    Raises:
        DataError: there are no such folders, one is named after something else than a digit, or no picture can be read.
    """
    folders = find_class_folders(path)
    if not folders:
        raise DataError(f"{path}: holds no folders 0 to 9, nor train/0 to train/9; expected pictures in such folders.")
    digits: list[_Digit] = []
    skipped: list[str] = []
    for split, folder in folders.items():
        for file, label in _list_files(folder):
            try:
                digits.append(_read_digit(file, label, split, name=str(file.relative_to(path))))
            except (PictureError, MissingFileError) as err:  # missing: a link to nowhere
                skipped.append(str(err))
    if not digits:
        first = f" The first of {len(skipped):,} files: {skipped[0]}" if skipped else ""
        raise DataError(f"{path}: no picture could be read.{first}")
    images = np.stack([digit.image for digit in digits])
    labels = np.array([digit.label for digit in digits], dtype=np.int64)
    owners = np.array([digit.split for digit in digits])
    inverted = _settle_polarity(images, digits)
    splits = {split: Split(images[owners == split], labels[owners == split], f"{path}/{split}") for split in folders}
    return FolderContents(splits, tuple(skipped), inverted)


def write_folders(path: Path, splits: Mapping[str, Split]) -> None:
    """Write each image as `<split>/<digit>/<number>.png`, 28x28, gray; the number is its place in the split."""
    for split, content in splits.items():
        digits = [path / split / digit for digit in _DIGITS]
        for folder in digits:
            folder.mkdir(parents=True)
        for number, (image, label) in enumerate(zip(content.images, content.labels, strict=True)):
            Image.fromarray(image).save(digits[label] / f"{number:06d}.png", compress_level=1)


def _list_files(folder: Path) -> Iterator[tuple[Path, int]]:
    """Everything within the digits' folders, with its digit, in a settled order; hidden files are left out."""
    others = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if strange := [name for name in others if name not in _DIGITS and name not in SPLITS]:
        raise DataError(f"{folder}: holds a folder {printable(strange[0])!r}; expected folders 0 to 9 only.")
    for label, digit in enumerate(_DIGITS):
        if (folder / digit).is_dir():
            for file in sorted((folder / digit).iterdir()):
                if not file.name.startswith("."):
                    yield file, label


def _read_digit(file: Path, label: int, split: str, *, name: str) -> _Digit:
    gray = decode(file, name=name).gray
    polarity = detect_polarity(gray)
    native = gray.shape == (IMAGE_SIZE, IMAGE_SIZE)
    image = gray if native else np.rint(to_input(gray, polarity=polarity) * 255).astype(np.uint8)
    return _Digit(image, native, polarity == "dark-on-light", label, split)


def _settle_polarity(images: NDArray[np.uint8], digits: list[_Digit]) -> int:
    """Turn `images` to white ink on black where they are not yet; count those that came with dark ink.

    Pictures of 28x28 are mostly datasets written out, of one polarity throughout, where ink may fill single pictures up
    to the edges and deceive the test for polarity. So where nearly all of them agree, the rest follows.
    """
    native, dark = np.array([digit.native for digit in digits]), np.array([digit.dark_ink for digit in digits])
    share = dark[native].mean() if native.any() else 0.5
    if max(share, 1 - share) >= AGREEMENT:
        dark[native] = share > 0.5
    turn = native & dark
    images[turn] = 255 - images[turn]
    return int(dark.sum())
