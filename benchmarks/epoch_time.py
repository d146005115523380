"""One epoch of the recipe `sgd-2conv` against the same network and training in plain Keras on TensorFlow, in turn.

    python -m benchmarks.epoch_time [--rounds 3]

Two epochs each; the second counts, since Keras traces its graph in the first. Results go to
`benchmarks/results/epoch_time.json`.
"""

import statistics
from dataclasses import dataclass
from datetime import date
from typing import Any

import tyro

from benchmarks.images import images_file
from benchmarks.machine import describe_machine, say
from benchmarks.results import write_results
from benchmarks.tables import machine_line, markdown_table, ratio, seconds
from benchmarks.time_to_accuracy import Peer, measure_peer, measure_recipe

__all__ = ["NAME", "main", "report"]

NAME = "epoch_time"
RECIPE = "sgd-2conv"
KERAS = Peer("the same in Keras", "benchmarks.peers.keras_two_conv", 2, keras=True)


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    rounds: int = 3
    """How often to measure each."""
    data: str = "mnist"
    """What to train on."""
    quick: bool = False
    """A smoke test: one round on 600 images; nothing is written."""


def main() -> None:
    """Measure in turn, and write at the end."""
    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    results: dict[str, Any] = {
        "date": date.today().isoformat(),
        "command": f"python -m benchmarks.{NAME} --rounds {settings.rounds}",
        "machine": describe_machine(),
        "ours": [],
        "keras": [],
    }
    with images_file(settings.data, quick=settings.quick) as images:
        for seed in range(1, 2 if settings.quick else settings.rounds + 1):
            say(f"round {seed}: {RECIPE}, then Keras ...")
            ours = measure_recipe(RECIPE, str(images), "--epochs", "2", seed=seed)
            keras = measure_peer(KERAS, images, seed=seed, epochs=KERAS.epochs, target=2)
            results["peer_packages"] = keras["packages"]
            first, second = (row["seconds"] for row in keras["epochs"])
            results["ours"].append(ours["epoch_seconds"][1])
            results["keras"].append(round(second - first, 3))
    print(report(results))
    if not settings.quick:
        write_results(NAME, results)


def report(results: dict[str, Any]) -> str:
    """The table with the ratio, and where it was measured, in Markdown."""
    ours, keras = statistics.median(results["ours"]), statistics.median(results["keras"])
    rows = [
        [f"`{RECIPE}`", seconds(ours), ratio(1.0)],
        [KERAS.title, seconds(keras), ratio(keras / ours)],
    ]
    table = markdown_table(["", "one epoch", "times as long"], rows)
    return f"{table}\n\nMedians, rounds: {len(results['ours'])}. {machine_line(results)}"


if __name__ == "__main__":
    main()
