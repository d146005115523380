"""From bytes to the input of the network: how long it takes, and whether MNIST's own digits come through unharmed.

python -m benchmarks.ink [--count 10000] [--repeats 15] [--quick]

Times are medians on one core, of all that a picture of one digit needs before the network (rows are looked for only
where that leaves doubt), beside what Pillow takes to open it and to shrink it to 28 x 28. Accuracy is that of the
model that comes with handigits, on MNIST's test digits: as they are, as 28 x 28 pictures, and enlarged to 280 x 280
off the middle of a larger canvas, white on black and inverted.
"""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import cv2
import numpy as np
import tyro
from numpy.typing import NDArray
from PIL import Image

from benchmarks.machine import commit, describe_machine
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table, percent, ratio, seconds
from handigits.data import load_dataset
from handigits.ink import to_input
from handigits.recognizer import Recognizer, prepare

__all__ = ["NAME", "PASSAGES", "main", "report", "written_page"]

NAME = "ink"
_SIZES = {"1 MP": (866, 1155), "12 MP": (3000, 4000)}


@dataclass(frozen=True)
class Settings:
    """What to do."""

    count: int = 10_000
    """Test digits."""
    repeats: int = 15
    """Times that each picture is read."""
    quick: bool = False
    """Few of both; writes nothing."""


def main() -> None:
    """Measure both."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    cv2.setNumThreads(1)
    count, repeats = (200, 3) if settings.quick else (settings.count, settings.repeats)
    results: dict[str, Any] = {
        "date": str(date.today()),
        "command": f"python -m benchmarks.{NAME}",
        "commit": commit(),
        "machine": describe_machine(),
    }
    results |= {"seconds": _times(repeats), "accuracy": _accuracies(count), "count": count}
    print(report(results))
    if not settings.quick:
        write_results(NAME, results)


def report(results: dict[str, Any]) -> str:
    """Two tables, and where they were measured, in Markdown."""
    times = [
        [name, seconds(found["ours"]), seconds(found["pillow"]), ratio(found["ours"] / found["pillow"])]
        for name, found in results["seconds"].items()
    ]
    shares = [[name, percent(value)] for name, value in results["accuracy"].items()]
    return "\n\n".join(
        [
            markdown_table([f"{results['count']:,} MNIST test digits", "accuracy"], shares),
            markdown_table(["picture", "bytes to input", "Pillow, a plain resize", "times as long"], times),
            machine_line(results),
        ]
    )


def written_page(height: int, width: int) -> NDArray[np.uint8]:
    """A photographed 7 on shaded, grainy paper: uint8 (H, W, 3)."""
    generator = np.random.default_rng(0)
    light = np.linspace(150, 240, width)[None] + generator.normal(0, 4, (height, width))
    page = np.clip(light, 0, 255).astype(np.uint8)
    corners = np.array([[0.35, 0.25], [0.62, 0.25], [0.45, 0.8]]) * (width, height)
    cv2.polylines(page, [corners.astype(np.int32)], False, 40, max(3, width // 60), cv2.LINE_AA)
    return np.repeat(page[..., None], 3, axis=2)


def _times(repeats: int) -> dict[str, dict[str, float]]:
    found = {}
    for size, (height, width) in _SIZES.items():
        image = Image.fromarray(written_page(height, width))
        for kind in ("JPEG", "PNG"):
            stream = io.BytesIO()
            image.save(stream, kind)
            content = stream.getvalue()
            taken = [[_seconds(way, content) for way in (prepare, _resized_plainly)] for _ in range(repeats)]
            ours, pillow = np.median(taken, axis=0).tolist()
            found[f"{size} {kind}"] = {"ours": ours, "pillow": pillow}
    return found


def _seconds(way: Callable[[bytes], object], content: bytes) -> float:
    began = time.perf_counter()
    way(content)
    return time.perf_counter() - began


def _resized_plainly(content: bytes) -> NDArray[np.float32]:
    """The input of the usual example: the whole picture in 28 x 28 pixels, whatever it shows."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("L").resize((28, 28)), np.float32) / 255


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    canvas = np.zeros((400, 500), np.uint8)
    canvas[90:370, 190:470] = cv2.resize(image, (280, 280), interpolation=cv2.INTER_CUBIC)
    return canvas


PASSAGES: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.float32]]] = {
    "as they are": lambda image: np.asarray(image / np.float32(255), np.float32),
    "28 x 28": to_input,
    "28 x 28, inverted": lambda image: to_input(255 - image),
    "280 x 280 off-centre": lambda image: to_input(_enlarged(image)),
    "280 x 280 off-centre, inverted": lambda image: to_input(255 - _enlarged(image)),
}
"""Ways from a digit of MNIST, uint8 (28, 28), to the network's input."""


def _accuracies(count: int) -> dict[str, float]:
    test = load_dataset("mnist").test
    assert test is not None  # MNIST has one
    recognizer = Recognizer.load(threads=1)
    found = {}
    for name, passage in PASSAGES.items():
        images = np.stack([passage(image) for image in test.images[:count]])
        found[name] = float((recognizer.probabilities(images).argmax(axis=1) == test.labels[:count]).mean())
    return found


if __name__ == "__main__":
    main()
