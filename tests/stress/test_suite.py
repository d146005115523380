import json

import numpy as np
import pytest

from handigits.data import Split
from handigits.errors import ConfigError
from handigits.recognizer import Recognizer
from handigits.stress import (
    CORRUPTIONS,
    STRENGTHS,
    Photo,
    PhotoAnswer,
    PhotoResult,
    Share,
    StressResult,
    StressRow,
    measure_photos,
    measure_stress,
)


def answer(digits: str, said: str, paper: str = "plain") -> PhotoAnswer:
    return PhotoAnswer(Photo(b"", digits, "MNIST", "marker", paper, "camera"), said)


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    return Recognizer.load(threads=1)


@pytest.fixture(scope="module")
def stressed(shipped: Recognizer, written: Split) -> StressResult:
    return measure_stress(shipped, written, count=20)


def test_every_kind_and_strength_is_measured_once(stressed: StressResult) -> None:
    assert [(row.kind, row.strength) for row in stressed.rows] == [
        (kind, each) for kind in CORRUPTIONS for each in STRENGTHS
    ]
    assert {row.read.count for row in stressed.rows} == {20}


def test_digits_that_are_not_corrupted_are_read(stressed: StressResult) -> None:
    assert stressed.clean.read.correct >= 19
    assert stressed.clean.raw.correct >= 19


def test_a_picture_is_read_as_a_users_is(stressed: StressResult) -> None:
    """A negative is righted for the model, which alone cannot read it."""
    (row,) = (row for row in stressed.rows if (row.kind, row.strength) == ("inversion", 1))
    assert row.read.correct >= 19
    assert row.raw.correct < 10


def test_no_more_digits_are_measured_than_there_are(shipped: Recognizer, written: Split) -> None:
    few = written.subset(np.arange(3))
    assert measure_stress(shipped, few, count=1000).clean.read.count == 3


def test_progress_goes_up_to_the_whole(shipped: Recognizer, written: Split) -> None:
    shares: list[float] = []
    measure_stress(shipped, written, count=1, watch=shares.append)
    assert shares == sorted(shares)
    assert (len(shares), shares[-1]) == (len(CORRUPTIONS) * len(STRENGTHS), 1)


@pytest.mark.parametrize("measure", [measure_stress, measure_photos])
def test_no_digits_are_refused(measure: object, shipped: Recognizer, written: Split) -> None:
    with pytest.raises(ConfigError, match="count is 0; expected"):
        measure(shipped, written, count=0)  # type: ignore[operator]


def test_mean_and_worst_are_those_of_one_strength() -> None:
    def row(kind: str, strength: int, correct: int) -> StressRow:
        return StressRow(kind, strength, Share(correct, 10), 0, Share(0, 10))

    rows = (row("fog", 3, 9), row("fog", 5, 0), row("blur", 3, 7), row("blur", 5, 1))
    result = StressResult(split_name="toy/test", seed=0, clean=row("none", 0, 10), rows=rows)
    assert result.kinds == ("fog", "blur")
    assert result.mean(3) == pytest.approx(0.8)
    assert result.worst(3).kind == "blur"
    assert result.worst(5).kind == "fog"


def test_kinds_that_networks_practise_on_are_left_out_of_the_mean_of_unseen_ones() -> None:
    def row(kind: str, correct: int) -> StressRow:
        return StressRow(kind, 3, Share(correct, 10), 0, Share(0, 10))

    rows = (row("fog", 9), row("blur", 7), row("JPEG", 8))
    result = StressResult(split_name="toy/test", seed=0, clean=row("none", 10), rows=rows)
    assert result.unseen == ("fog", "JPEG")
    assert result.mean_unseen(3) == pytest.approx(0.85)


def test_a_result_is_plain_json(stressed: StressResult) -> None:
    plain = json.loads(json.dumps(stressed.to_json()))
    assert (plain["suite"], plain["count"], len(plain["rows"])) == ("stress", 20, len(stressed.rows))
    first = stressed.rows[0]
    assert plain["rows"][0]["accuracy"] == first.read.accuracy
    assert plain["rows"][0]["interval"] == list(first.read.interval)
    assert plain["unseen"] == list(stressed.unseen)
    assert plain["by_strength"][2]["mean_unseen"] == stressed.mean_unseen(3)


def test_as_many_strings_as_single_digits_are_photographed(shipped: Recognizer, written: Split) -> None:
    result = measure_photos(shipped, written, count=2)
    assert (len(result.singles), len(result.strings)) == (2, 2)


def test_a_string_is_right_only_as_a_whole() -> None:
    assert answer("2026", "2026").is_right
    assert not answer("2026", "206").is_right
    assert not answer("7", "").is_right


def test_photographs_are_counted_by_what_they_show() -> None:
    answers = (answer("1", "1", "ruled"), answer("2", "3"), answer("45", "45"))
    groups = PhotoResult(split_name="toy/test", seed=0, answers=answers).groups()
    assert groups["all"] == (Share(1, 2), Share(1, 1))
    assert groups["paper: ruled"] == (Share(1, 1), Share(0, 0))
    assert groups["paper: plain"] == (Share(0, 1), Share(1, 1))


def test_misread_photographs_are_listed() -> None:
    result = PhotoResult(split_name="toy/test", seed=0, answers=(answer("1", "1"), answer("2", "3")))
    assert result.to_json()["misread"] == [{"number": 1, "digits": "2", "answer": "3"}]


def test_a_group_without_pictures_is_no_invalid_json() -> None:
    result = PhotoResult(split_name="toy/test", seed=0, answers=(answer("1", "1"),))
    plain = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert plain["groups"]["all"]["strings"]["accuracy"] is None
