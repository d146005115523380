from benchmarks.disputed import DISPUTED
from benchmarks.labels import summarize


def test_only_the_first_of_the_list_count() -> None:
    listed = [*range(10), *DISPUTED[:10], *range(100, 130), *DISPUTED[10:]]
    assert summarize(listed)["disputed_in_first"] == {"15": 5, "50": 10, "100": 15}
