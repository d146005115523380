"""Train the gate that comes with handigits, and measure what it lets in and what it keeps out.

    python -m benchmarks.gate [--seed 0]
    python -m benchmarks.gate --measure      measure the gate that is there

It learns from 55,000 of MNIST's training digits, and letters and digits of a hundred hands (see `typefaces`); its
threshold is set on the other 5,000, so that one in 200 of them is refused. What is drawn for measuring comes from
another seed; letters of other fonts, and of hands that were kept apart, are of no kind that it has seen. The gate goes
to `src/handigits/pretrained/gate.onnx`, the results to `benchmarks/results/gate.json`.
"""

import dataclasses
import string
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tyro
from numpy.typing import NDArray

import handigits
from benchmarks.machine import describe_machine, say
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table, percent
from benchmarks.typefaces import typefaces
from handigits.data import load_dataset
from handigits.data.split import Split, hold_out
from handigits.gate import Gate
from handigits.gate.training import GATE, set_threshold, train_gate, write_gate
from handigits.handwriting.outliers import FAMILIES
from handigits.handwriting.typeset import WRITABLE, draw_typeset
from handigits.ink import normalize
from handigits.training.loop import Progress

__all__ = ["NAME", "main", "measure", "report"]

NAME = "gate"
_REFUSED = 0.005  # share of held-out training digits that the threshold refuses
_HELD_OUT = 5_000
_EACH = 500  # outliers of each family to measure with
_UNSEEN = (cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_DUPLEX | cv2.FONT_ITALIC)
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYabcdefhijkmnprtuvwxy"


@dataclass(frozen=True)
class Settings:
    """What to do."""

    seed: int = 0
    """Seed of the training."""
    measure: bool = False
    """Only measure the gate that is there."""


def main() -> None:
    """Train unless asked not to, then measure."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    machine = describe_machine()
    dataset = load_dataset("mnist")
    digits, held_out = hold_out(dataset.train, _HELD_OUT, seed=settings.seed)
    path = Path(handigits.__file__).parent / "pretrained" / "gate.onnx"
    seconds = None if settings.measure else _train(digits, held_out, settings.seed, path)
    assert dataset.test is not None
    found = measure(Gate.load(path), dataset.test) | {"size_kb": round(path.stat().st_size / 1000)}
    if seconds is not None:
        found["training_seconds"] = round(seconds, 1)
    found |= {"command": f"python -m benchmarks.{NAME} --measure", "machine": machine, "date": str(date.today())}
    write_results(NAME, found)
    print(report(found))


def _train(digits: Split, held_out: Split, seed: int, path: Path) -> float:
    """Train, set the threshold, write the file; seconds of training."""
    began = time.perf_counter()
    config = dataclasses.replace(GATE, threads=1)  # the same weights to the bit, however many cores there are
    fitted = train_gate(digits, config, seed=seed, hands=typefaces(kept_apart=False), watch=_watch)
    seconds = time.perf_counter() - began
    write_gate(fitted.model, path, set_threshold(fitted.model, held_out, refused=_REFUSED, seed=seed))
    return seconds


def _watch(progress: Progress) -> None:
    if progress.completed:
        say(f"epoch {progress.epoch}: loss {progress.loss:.4f}, {progress.seconds:.0f} s")


def measure(gate: Gate, test: Split) -> dict[str, Any]:
    """Share of test digits refused; for each family of outliers the share refused and the AUROC against test digits."""
    digits = gate.novelty(test.images.astype(np.float32) / np.float32(255))
    families = {name: gate.novelty(images) for name, images in _outliers(test).items()}
    everything = np.concatenate(list(families.values()))
    return {
        "threshold": gate.facts.threshold,
        "digits_refused": round(float((digits >= gate.facts.threshold).mean()), 5),
        "digits": len(digits),
        "digits_of_unseen_hands_refused": _share_refused(gate, gate.novelty(_digits_of_unseen_hands())),
        "auroc": round(auroc(digits, everything), 5),
        "families": {
            name: {
                "refused": _share_refused(gate, novelty),
                "auroc": round(auroc(digits, novelty), 5),
            }
            for name, novelty in families.items()
        },
    }


def _share_refused(gate: Gate, novelty: NDArray[np.float32]) -> float:
    return round(float((novelty >= gate.facts.threshold).mean()), 4)


def report(results: dict[str, Any]) -> str:
    """A table for the README: what should be let in, and what should not."""
    digits = [
        [f"{results['digits']:,} MNIST test digits", percent(results["digits_refused"]), "–"],
        ["digits of hands that were kept apart", percent(results["digits_of_unseen_hands_refused"]), "–"],
    ]
    others = [
        [name, percent(family["refused"]), f"{family['auroc']:.4f}"] for name, family in results["families"].items()
    ]
    table = markdown_table(["what", "refused", "AUROC"], digits + others)
    together = f"All of these against the test digits: AUROC {results['auroc']:.4f}."
    return f"{table}\n\n{together} {machine_line(results)}"


def auroc(low: NDArray[np.float32], high: NDArray[np.float32]) -> float:
    """Probability that one of `high` is above one of `low`; ties count half."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / 2 / len(low))


def _outliers(test: Split) -> dict[str, NDArray[np.float32]]:
    """Of each family `_EACH` images, float32 (N, 28, 28), drawn from a seed that no training uses."""
    generator = np.random.default_rng(2**32)
    drawn = {
        name: np.stack([normalize(make(generator, test.images, test.labels)) for _ in range(_EACH)])
        for name, (make, _) in FAMILIES.items()
    }
    return drawn | {
        "letters of unseen fonts": np.stack([_of_unseen_font(generator) for _ in range(_EACH)]),
        "letters of unseen hands": _of_unseen_hands(WRITABLE, generator),
    }


def _digits_of_unseen_hands() -> NDArray[np.float32]:
    return _of_unseen_hands(string.digits, np.random.default_rng(2**32))


def _of_unseen_hands(signs: str, generator: np.random.Generator) -> NDArray[np.float32]:
    hands = typefaces(kept_apart=True)
    return np.stack([normalize(draw_typeset(generator, signs, hands)) for _ in range(_EACH)])


def _of_unseen_font(generator: np.random.Generator) -> NDArray[np.float32]:
    paper = np.zeros((140, 180), np.uint8)
    letter = _LETTERS[generator.integers(len(_LETTERS))]
    font = _UNSEEN[generator.integers(len(_UNSEEN))]
    cv2.putText(paper, letter, (45, 100), font, 3, 255, int(generator.integers(2, 14)), cv2.LINE_AA)
    return normalize(paper)


if __name__ == "__main__":
    main()
