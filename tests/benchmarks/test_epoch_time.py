from typing import Any

from benchmarks.epoch_time import report


def test_the_ratio_is_between_medians(machine: dict[str, Any]) -> None:
    text = report({**machine, "ours": [10.0, 12.0, 11.0], "keras": [50.0, 55.0, 99.0]})
    assert "|      55 s |          5.0x |" in text
