"""Ensembles of fixed membership: their seeds follow one another, and their probabilities are averaged."""

from typing import Any

import numpy as np

from benchmarks.accuracy.seeds import judge, probabilities_file
from handigits.data import load_dataset

__all__ = ["measure_ensembles"]


def measure_ensembles(recipe: str, seeds: list[int], members: int, *, shifts: bool = False) -> dict[str, Any]:
    """Judge every group of `members` seeds: the first so many, the next so many, and so on; what is left over is out.

    Args:
        recipe, seeds: what was trained.
        members: seeds in each group.
        shifts: of seeds that see each image from five places.

    Raises:
        RuntimeError: a seed has not been trained here, so that its probabilities are not at hand.
    """
    test = load_dataset("mnist").test
    assert test is not None
    if missing := [seed for seed in seeds if not probabilities_file(recipe, seed, shifts=shifts).exists()]:
        raise RuntimeError(f"Train the seeds {missing} first: python -m benchmarks.accuracy seeds {recipe}")
    groups = [seeds[start : start + members] for start in range(0, len(seeds) - members + 1, members)]
    rows = []
    for group in groups:
        together = np.mean([np.load(probabilities_file(recipe, seed, shifts=shifts)) for seed in group], axis=0)
        rows.append({"seeds": group, **judge(together, test)})
    return {"recipe": recipe, "members": members, "groups": rows}
