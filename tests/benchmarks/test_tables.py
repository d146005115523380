import pytest

from benchmarks.tables import markdown_table, percent, ratio, seconds


def test_a_table_is_aligned_in_its_source() -> None:
    lines = markdown_table(["recipe", "time"], [["flash", "1.2 s"], ["standard", "40 s"]]).splitlines()
    assert len(set(map(len, lines))) == 1
    assert lines[1:] == ["| :------- | ----: |", "| flash    | 1.2 s |", "| standard |  40 s |"]


def test_as_many_columns_as_asked_for_are_text() -> None:
    assert markdown_table(["a", "b", "c"], [["1", "12", "123"]], texts=2).splitlines()[1] == "| : | :- | --: |"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00005, "0.05 ms"), (0.004, "4.0 ms"), (0.98, "0.98 s"), (7.04, "7.0 s"), (241.7, "242 s"), (None, "–")],
)
def test_seconds_have_about_three_digits(value: float | None, text: str) -> None:
    assert seconds(value) == text


def test_percent_shows_the_spread_if_there_is_one() -> None:
    assert (percent(0.9912), percent(0.9912, 0.0007), percent(None)) == ("99.12 %", "99.12 ± 0.07 %", "–")


def test_ratios_above_ten_are_whole() -> None:
    assert (ratio(5.23), ratio(1217.4)) == ("5.2x", "1,217x")
