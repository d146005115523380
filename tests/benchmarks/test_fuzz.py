"""Ten thousand damaged pictures, each of which has to be read or refused, and the run that looks for others."""

import pytest

from benchmarks import damages, fuzz
from handigits.recognizer import Recognizer


def test_ten_thousand_damaged_pictures_are_read_or_refused() -> None:
    outcome = fuzz.read_apart(0, 10_000)
    assert outcome.faults == ()
    assert outcome.read + outcome.refused == 10_000
    assert outcome.slowest_seconds < fuzz.MOST_SECONDS
    assert outcome.growth_mb < fuzz.MOST_MB


def test_an_exception_of_another_kind_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Recognizer.predict

    def fail(self: Recognizer, source: bytes) -> object:
        if source == damages.damaged(damages.originals(), 3):
            raise IndexError("beyond the end")
        return good(self, source)

    monkeypatch.setattr(Recognizer, "predict", fail)
    outcome = fuzz.read_damaged(2, 3)
    assert outcome.faults == ("3: IndexError: beyond the end",)
    assert outcome.read + outcome.refused == 2


def test_a_process_that_dies_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert "the process ended with 1" in fuzz.read_apart(0, 5).faults[0]
