from benchmarks import optdigits
from handigits.recognizer import Recognizer


def test_most_digits_are_read_however_they_were_enlarged() -> None:
    found = optdigits.measure(Recognizer.load(threads=1), slice(60))
    assert len(found) == 6
    assert {row["digits"] for row in found.values()} == {60}
    assert all(row["right"] >= 0.8 for row in found.values())
