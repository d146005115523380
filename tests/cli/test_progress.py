from collections.abc import Callable
from typing import Any

import pytest

from handigits.cli.progress import share_progress, training_progress
from handigits.training import EpochRow, Progress


def progress(step: int, *, seconds: float, completed: EpochRow | None = None) -> Progress:
    return Progress(
        epoch=1,
        epochs=2,
        step=step,
        steps=20,
        share=step / 20,
        images=step * 10,
        loss=0.5,
        accuracy=0.75,
        seconds=seconds,
        completed=completed,
    )


ROW = EpochRow(1, 0.5, 0.75, 0.25, 0.875, 0.1, 2.0)


def shown(capsys: pytest.CaptureFixture[str], work: Callable[[Any], None], *, quiet: bool = False) -> str:
    with training_progress(quiet=quiet) as watch:
        work(watch)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_without_a_terminal_there_is_a_line_for_each_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    def work(watch: Any) -> None:
        watch(progress(9, seconds=1.8))
        watch(progress(10, seconds=2.0, completed=ROW))

    (line,) = shown(capsys, work).splitlines()
    for part in ("epoch 1/2", "loss 0.5000", "accuracy 75.00%", "held out 0.2500 87.50%", "50 images/s", "2 s"):
        assert part in line


def test_an_epoch_that_takes_long_gets_a_line_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    def work(watch: Any) -> None:
        for step in range(1, 41):
            watch(progress(step, seconds=step))

    assert [line.split()[-2] for line in shown(capsys, work).splitlines()] == ["10", "20", "30", "40"]


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, lambda watch: watch(progress(10, seconds=2.0, completed=ROW)), quiet=True) == ""


def test_no_time_is_no_division_by_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert "0 images/s" in shown(capsys, lambda watch: watch(progress(1, seconds=0.0, completed=ROW)))


def test_a_share_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 1.0, 11.0, 11.0, 12.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(moments))
    with share_progress("stress", quiet=False) as watch:
        for done in (0.1, 0.5, 0.6):
            watch(done)
    assert capsys.readouterr() == ("", "stress 50%\n")


def test_a_share_is_kept_quiet_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with share_progress("stress", quiet=True) as watch:
        watch(1.0)
    assert capsys.readouterr() == ("", "")


def test_a_share_is_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with share_progress("stress", quiet=False) as watch:
        watch(0.5)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "stress" in captured.err
