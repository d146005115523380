from pathlib import Path

import matplotlib

from benchmarks import hands
from handigits.recognizer import Recognizer

PRINTED = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def test_every_digit_is_read_in_every_size() -> None:
    found = hands.measure(Recognizer.load(threads=1), [PRINTED])
    assert [row["digits"] for row in found.values()] == [10] * len(found)
    assert all(found[size]["right"] >= 0.9 for size in ("28 x 28", "64 x 64", "200 x 200"))
