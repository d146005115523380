"""Rows of two to eight MNIST digits, from touching to far apart: how many are read without a mistake.

python -m benchmarks.strings [--split test] [--count 600] [--seed 1] [--model MODEL]
"""

import argparse
import shlex
import sys
import time
from datetime import date
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import describe_machine
from benchmarks.results import write_results
from handigits import Recognizer
from handigits.data import Split, load_dataset
from handigits.stress.hands import HEIGHT, enlarge

__all__ = ["NAME", "SPACINGS", "draw_string", "measure", "taken_for_several"]

NAME = "strings"

SPACINGS = {"touching": (-0.1, 0.0), "close": (0.0, 0.15), "apart": (0.15, 0.8)}
"""Between digits, of their height, from and to; -0.1 are two of the 20 pixels of an MNIST digit."""


def draw_string(split: Split, spacing: str, draws: np.random.Generator) -> tuple[NDArray[np.uint8], str]:
    """A page with one row of digits: uint8 (H, W), dark ink on light paper, and what it says."""
    chosen = draws.integers(0, len(split), draws.integers(2, 9))
    size, slant, swell = draws.uniform(40, 120), draws.normal(0, 0.12), draws.uniform(-0.3, 0.3)
    middle = draws.uniform(*SPACINGS[spacing])
    page = np.zeros((round(2.5 * size), round(2.5 * size * (len(chosen) + 1))), np.float32)
    left = size * draws.uniform(0.3, 1)
    for number in chosen:
        digit = _draw_digit(split.images[number], size * draws.normal(1, 0.08), slant, swell)
        top = round(0.7 * size + draws.normal(0, 0.06) * size)
        height, width = digit.shape
        field = page[top : top + height, round(left) : round(left) + width]
        np.maximum(field, digit, out=field)
        left += width + size * np.clip(middle + draws.normal(0, 0.06), *SPACINGS[spacing])
    page = page[:, : round(left + 0.5 * size)]
    light, dark = draws.uniform(170, 255), draws.uniform(0, 90)
    gray = light - (light - dark) * page + draws.normal(0, 3, page.shape)
    return np.clip(gray, 0, 255).astype(np.uint8), "".join(str(split.labels[number]) for number in chosen)


def _draw_digit(image: NDArray[np.uint8], tall: float, slant: float, swell: float) -> NDArray[np.float32]:
    """One digit without paper around it, float32 in [0, 1], about `tall` pixels high."""
    shape = enlarge(image, swell)
    scale = tall / HEIGHT
    aside = abs(slant) * tall
    size = (round(shape.shape[1] * scale + aside) + 1, round(shape.shape[0] * scale) + 1)
    lean = np.array([[scale, -slant * scale, aside if slant > 0 else 0], [0, scale, 0]])
    field = cv2.warpAffine(shape, lean, size, borderValue=(-1.0,))
    ink = np.clip(field * tall + 0.5, 0, 1)
    rows, columns = np.flatnonzero((ink > 0.5).any(1)), np.flatnonzero((ink > 0.5).any(0))
    return np.asarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.float32)


def measure(recognizer: Recognizer, split: Split, *, count: int, seed: int) -> dict[str, Any]:
    """Of each spacing: the shares of `count` strings that are read right and refused, and the median milliseconds."""
    draws = np.random.default_rng(seed)
    found = {}
    for spacing in SPACINGS:
        right, refused, seconds = 0, 0, []
        for _ in range(count):
            page, text = draw_string(split, spacing, draws)
            began = time.perf_counter()
            said = recognizer.predict(page)
            seconds.append(time.perf_counter() - began)
            right += said.digits == text
            refused += said.abstained
        found[spacing] = {
            "strings": count,
            "exact": round(right / count, 4),
            "refused": round(refused / count, 4),
            "median_ms": round(1e3 * float(np.median(seconds)), 1),
        }
    return found


def taken_for_several(recognizer: Recognizer, split: Split, *, count: int, seed: int) -> float:
    """Share of lone digits, 140 pixels high, that are read as several."""
    draws = np.random.default_rng(seed)
    several = 0
    for number in draws.integers(0, len(split), count):
        page = np.full((220, 300), 225.0, np.float32)
        digit = _draw_digit(split.images[number], 140.0, 0.0, draws.uniform(-0.3, 0.3))
        left = (300 - digit.shape[1]) // 2
        page[40 : 40 + len(digit), left : left + digit.shape[1]] -= 180 * digit
        several += len(recognizer.predict(page.astype(np.uint8)).digits) > 1
    return round(several / count, 4)


def main() -> None:
    """Read strings and print how many were right; what the shipped model does with test digits is kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("train", "test"), default="test")
    parser.add_argument("--count", type=int, default=600, help="of each spacing a third")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model")
    flags = parser.parse_args()
    dataset = load_dataset("mnist")
    split = dataset.test if flags.split == "test" else dataset.train
    assert split is not None  # MNIST has both
    recognizer = Recognizer.load(flags.model, threads=1)
    found = measure(recognizer, split, count=flags.count // len(SPACINGS), seed=flags.seed)
    for spacing, each in found.items():
        share = f"{each['exact']:.1%} of {each['strings']:,} strings exact, {each['refused']:.1%} refused"
        print(f"{spacing:>9}: {share}; {each['median_ms']:.1f} ms each")
    lone = taken_for_several(recognizer, split, count=flags.count, seed=flags.seed)
    print(f"     lone: {lone:.2%} of {flags.count:,} digits read as several")
    if flags.split == "test" and flags.model is None:
        command = shlex.join(["python", "-m", f"benchmarks.{NAME}", *sys.argv[1:]])
        about = {"machine": describe_machine(), "date": str(date.today()), "command": command}
        write_results(NAME, {"spacings": found, "lone_digits": flags.count, "lone_read_as_several": lone} | about)


if __name__ == "__main__":
    main()
