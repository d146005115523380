"""Rows of two to eight MNIST digits, from touching to far apart: how many are read without a mistake.

python -m benchmarks.strings [--split test] [--count 500] [--seed 1] [--model MODEL]
"""

import argparse
import time

import cv2
import numpy as np
from numpy.typing import NDArray

from handigits import Recognizer
from handigits.data import Split, load_dataset

__all__ = ["draw_string"]


def draw_string(split: Split, draws: np.random.Generator) -> tuple[NDArray[np.uint8], str]:
    """A page with one row of digits: uint8 (H, W), dark ink on light paper, and what it says."""
    count = int(draws.integers(2, 9))
    chosen = draws.integers(0, len(split.images), count)
    size, slant = draws.uniform(40, 120), draws.normal(0, 0.15)
    spacing = draws.choice([-0.07, 0.0, 0.1, 0.3, 0.8])  # of the size; -0.07 are two pixels of 28
    pen = int(draws.integers(-1, 2))
    page = np.zeros((round(2.5 * size), round(2.5 * size * (count + 1))), np.float32)
    left = size * draws.uniform(0.3, 1)
    for number in chosen:
        digit = _draw_digit(split.images[number], size * draws.uniform(0.85, 1.15), slant, pen)
        top = round(0.7 * size + draws.normal(0, 0.06) * size)
        height, width = digit.shape
        field = page[top : top + height, round(left) : round(left) + width]
        np.maximum(field, digit[: field.shape[0], : field.shape[1]], out=field)
        left += width + size * (spacing + (draws.uniform(0, 0.15) if spacing > 0 else 0))
    page = page[:, : round(left + 0.5 * size)]
    light, dark = draws.uniform(170, 255), draws.uniform(0, 90)
    gray = light - (light - dark) * page + draws.normal(0, 3, page.shape)
    return np.clip(gray, 0, 255).astype(np.uint8), "".join(str(split.labels[number]) for number in chosen)


def _draw_digit(image: NDArray[np.uint8], size: float, slant: float, pen: int) -> NDArray[np.float32]:
    """One digit cut out tightly, float32 in [0, 1], `size` pixels for the 20 of MNIST's box."""
    scale = size / 20
    side = round(28 * scale * 1.5)
    shear = np.array([[scale, -slant * scale, side / 2 - 14 * scale * (1 - slant)], [0, scale, side / 2 - 14 * scale]])
    drawn = cv2.warpAffine(image.astype(np.float32) / 255, shear, (side, side), flags=cv2.INTER_CUBIC)
    if pen:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(scale / 2) + 1,) * 2)
        drawn = cv2.dilate(drawn, disc) if pen > 0 else cv2.erode(drawn, disc)
    drawn = np.asarray(np.clip((drawn - 0.3) / 0.4, 0, 1), np.float32)
    seen = drawn > 0.5
    if not seen.any():
        return drawn[:1, :1]
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    return np.asarray(drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.float32)


def main() -> None:
    """Read strings and print how many were right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("train", "test"), default="test")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model")
    flags = parser.parse_args()
    dataset = load_dataset("mnist")
    split = dataset.test if flags.split == "test" else dataset.train
    assert split is not None  # MNIST has both
    recognizer = Recognizer.load(flags.model, threads=1)
    draws = np.random.default_rng(flags.seed)
    right = seconds = 0.0
    for _ in range(flags.count):
        page, text = draw_string(split, draws)
        began = time.perf_counter()
        said = recognizer.predict(page).digits
        seconds += time.perf_counter() - began
        right += said == text
    print(f"{right / flags.count:.1%} of {flags.count:,} strings exact, {seconds / flags.count * 1e3:.1f} ms each")


if __name__ == "__main__":
    main()
