import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data.split import Split
from handigits.evaluation import (
    Comparison,
    Contender,
    Cost,
    Evaluation,
    Gallery,
    HeldOut,
    behind_cells,
    compare_pairs,
    correct,
    disagreements,
    evaluate_probabilities,
    mistakes,
)
from handigits.report import RunFacts


@pytest.fixture
def split() -> Split:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (300, 28, 28), dtype=np.uint8)
    return Split(images, np.arange(300) % 10, "toy/test")


@pytest.fixture
def probabilities(split: Split) -> NDArray[np.float32]:
    """Right for most of the 300 digits, with varied confidence."""
    logits = np.random.default_rng(1).normal(size=(300, 10)) + 3 * np.eye(10)[split.labels]
    odds: NDArray[np.float64] = np.exp(logits)
    return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def evaluation(split: Split, probabilities: NDArray[np.float32]) -> Evaluation:
    return evaluate_probabilities(probabilities, split.labels, split_name=split.name)


@pytest.fixture
def galleries(split: Split, probabilities: NDArray[np.float32]) -> list[Gallery]:
    return [
        mistakes(probabilities, split.labels, split.images, limit=7),
        correct(probabilities, split.labels, split.images, seed=0, limit=7),
    ]


@pytest.fixture
def history() -> list[dict[str, float | None]]:
    """Three epochs; the second was not validated."""
    return [
        {
            "epoch": epoch,
            "train_loss": 1 / epoch,
            "train_accuracy": 0.9 + 0.02 * epoch,
            "validation_loss": None if epoch == 2 else 1.1 / epoch,
            "validation_accuracy": None if epoch == 2 else 0.88 + 0.02 * epoch,
            "learning_rate": 0.1,
            "seconds": 0.5,
        }
        for epoch in (1, 2, 3)
    ]


@pytest.fixture
def cells(split: Split, probabilities: NDArray[np.float32]) -> Gallery:
    return behind_cells(probabilities, split.labels, split.images)


@pytest.fixture
def facts(
    evaluation: Evaluation, galleries: list[Gallery], cells: Gallery, history: list[dict[str, float | None]]
) -> RunFacts:
    return RunFacts(
        recipe="toy",
        data="mnist",
        command="handigits train toy --seed 3",
        protocol="All 300 digits of toy/test; weights of the last epoch, nothing chosen on these digits.",
        evaluations=[evaluation],
        history=history,
        galleries=galleries,
        cells=cells,
        config={"lr": 0.1, "augment": {"shift": 2.0}},
        metrics={"training_seconds": 61.0, "parameters": 12_345, "macs": 678_900, "seed": 3},
        environment={"python": "3.11"},
    )


@pytest.fixture
def naughty() -> str:
    return "<script>alert(1)</script>"


@pytest.fixture
def comparison(split: Split, probabilities: NDArray[np.float32], naughty: str) -> Comparison:
    """A model, and one that answers every third digit wrong; the second has two seeds and a naughty name."""
    worse = probabilities.copy()
    worse[::3] = np.roll(worse[::3], 1, axis=1)
    read = {"good": [probabilities], naughty: [worse, worse]}
    right = {name: np.stack([each.argmax(axis=1) == split.labels for each in rows]) for name, rows in read.items()}
    shown, disputed = disagreements({name: rows[0] for name, rows in read.items()}, split, limit=5)
    return Comparison(
        contenders=tuple(
            Contender(
                name=name,
                models=tuple(f"runs/{seed}" for seed in range(len(rows))),
                seeds=tuple(range(len(rows))),
                evaluations={
                    split.name: tuple(
                        evaluate_probabilities(each, split.labels, split_name=split.name) for each in rows
                    )
                },
                cost=Cost(
                    training_seconds=10.0**place,
                    latency_ms=0.05 * (place + 1),
                    size_mb=0.1,
                    parameters=12_345,
                    macs=678_900,
                    images_per_second=30_000,
                ),
                held_out=HeldOut(0.9 - place / 10, 0.1, (50, "x")),
            )
            for place, (name, rows) in enumerate(read.items())
        ),
        tests=compare_pairs(right),
        disagreements=shown,
        images=split.images[[each.index for each in shown]],
        disputed=disputed,
        choice="good",
        notice="Mind <the> gap.",
    )
