from benchmarks.disputed import DISPUTED
from benchmarks.labels import report, summarize


def test_only_the_first_of_the_list_count() -> None:
    listed = [*range(10), *DISPUTED[:10], *range(100, 130), *DISPUTED[10:]]
    assert summarize(listed)["disputed_in_first"] == {"15": 5, "50": 10, "100": 15}


def test_the_table_gives_the_mean_of_the_seeds_and_each_of_them() -> None:
    runs = [summarize([*DISPUTED[:count], *range(100 - count)]) | {"seconds": 60.0} for count in (11, 12, 12)]
    machine = {"processor": "a processor", "cores": 1, "notes": []}
    text = report({"runs": runs, "protocol": "Ten models.", "machine": machine, "date": "a day", "command": "this"})
    assert "| 50            |               11.7 of 15 | 11, 12, 12 |" in text
    assert "on 1 core of a processor" in text
