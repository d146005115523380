import io

import pytest

from handigits.cli.screen import ask, print_json, say


def test_a_notice_is_one_line_on_stderr_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\nb\x1b[31m")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "a\\nb\\x1b[31m\n")


def test_json_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": 1})
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ('{\n  "a": 1\n}\n', "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "expected"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_only_a_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str, expected: bool) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr", screen)
    assert ask("Sure?") == expected
    assert screen.getvalue() == "Sure? [y/N] "


@pytest.mark.parametrize("stream", ["stdin", "stderr"])
def test_without_a_terminal_the_answer_is_no_and_nobody_waits(monkeypatch: pytest.MonkeyPatch, stream: str) -> None:
    for name in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{name}", io.StringIO("y\n") if name == stream else Terminal("y\n"))
    assert not ask("Sure?")
