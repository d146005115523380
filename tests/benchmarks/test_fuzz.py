"""Ten thousand damaged pictures, each of which has to be read or refused, and the run that looks for others."""

import pytest

from benchmarks import fuzz
from handigits.errors import HandigitsError
from handigits.ink import decode
from handigits.recognizer import Recognizer


def test_ten_thousand_damaged_pictures_are_read_or_refused() -> None:
    outcome = fuzz.read_apart(0, 10_000)
    assert outcome.faults == ()
    assert outcome.read + outcome.refused == 10_000
    assert outcome.slowest_seconds < fuzz.MOST_SECONDS
    assert outcome.growth_mb < fuzz.MOST_MB


def test_originals_are_good_pictures_of_every_format() -> None:
    assert all(decode(content).gray.size == 36 * 40 for content in fuzz.originals())


def test_a_picture_is_damaged_the_same_way_each_time() -> None:
    files = fuzz.originals()
    assert fuzz.damaged(files, 7) == fuzz.damaged(files, 7)
    assert len({fuzz.damaged(files, number) for number in range(50)}) > 45


def test_damage_reaches_the_decoders() -> None:
    files = fuzz.originals()
    answered = 0
    for number in range(200):
        try:
            decode(fuzz.damaged(files, number))
            answered += 1
        except HandigitsError:
            pass
    assert 20 < answered < 180


def test_an_exception_of_another_kind_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Recognizer.predict

    def fail(self: Recognizer, source: bytes) -> object:
        if source == fuzz.damaged(fuzz.originals(), 3):
            raise IndexError("beyond the end")
        return good(self, source)

    monkeypatch.setattr(Recognizer, "predict", fail)
    outcome = fuzz.read_damaged(2, 3)
    assert outcome.faults == ("3: IndexError: beyond the end",)
    assert outcome.read + outcome.refused == 2


def test_a_process_that_dies_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert "the process ended with 1" in fuzz.read_apart(0, 5).faults[0]
