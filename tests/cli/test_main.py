import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import handigits
import handigits.cli.recipes

Run = Callable[..., Any]

VERBS = ("train", "evaluate", "predict", "export", "data", "recipes")


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
def test_the_root_help_is_a_small_tutorial(cli: Run, words: tuple[str, ...]) -> None:
    outcome = cli(*words)
    assert (outcome.code, outcome.err) == (0, "")
    assert "Three commands to try first" in outcome.out
    assert all(f"\n  {verb} " in outcome.out for verb in VERBS)
    assert max(map(len, outcome.out.splitlines())) <= 80


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_that_of_the_package(cli: Run, flag: str) -> None:
    assert cli(flag).out == f"handigits {handigits.__version__}\n"


def test_an_unknown_verb_is_a_usage_error_that_names_the_verbs(cli: Run) -> None:
    outcome = cli("trian")
    assert (outcome.code, outcome.out) == (2, "")
    assert "'trian'" in outcome.err
    assert all(verb in outcome.err for verb in VERBS)
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    "verb",
    [
        "train",
        "evaluate",
        "predict",
        "export",
        "recipes",
        "data list",
        "data fetch",
        "data show",
        "data convert",
        "data",
    ],
)
def test_each_verbs_help_ends_with_an_example(cli: Run, verb: str) -> None:
    outcome = cli(*verb.split(), "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"usage: handigits {verb}")
    _usage, *lines = outcome.out.rstrip().splitlines()
    assert f"handigits {verb}" in lines[-1]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--no-such-flag"),
        ("train", "--epochs"),
        ("train", "--epochs", "many"),
        ("train", "--epochs", "0"),
        ("train", "--optimizer", "lion"),
        ("train", "sgd-2conv", "kaggle-4conv"),
        ("evaluate", "--split", "validation"),
        ("predict", "x.png", "--polarity", "blue"),
        ("recipes", "extra"),
        ("data", "delete"),
        ("data", "convert", "mnist"),
    ],
)
def test_a_usage_error_is_told_on_stderr_and_exits_with_2(cli: Run, words: tuple[str, ...]) -> None:
    outcome = cli(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert words[-1] in outcome.err or "DST" in outcome.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "sgd-2con"), "Did you mean sgd-2conv?"),
        (("train", "--data", "no-such-data"), "no-such-data"),
        (("train", "--resume", "no-such-run"), "no directory no-such-run"),
        (("evaluate", "no-such-model"), "no-such-model"),
        (("predict", "x.png", "--model", "no-such-model"), "no-such-model"),
        (("data", "show", "no-such-data"), "no-such-data"),
        (("data", "fetch", "no-such-data"), "no-such-data"),
    ],
)
def test_a_failure_is_one_line_on_stderr_and_exits_with_1(cli: Run, words: tuple[str, ...], message: str) -> None:
    outcome = cli(*words)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"handigits {words[0]}: ")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_name_cannot_play_tricks_on_the_terminal(cli: Run) -> None:
    outcome = cli("train", "--data", "evil\x1b[31m\nhandigits: all is well")
    assert outcome.err.count("\n") == 1
    assert "\x1b" not in outcome.err
    assert r"evil\x1b[31m\nhandigits" in outcome.err


def raising(error: BaseException) -> Callable[[list[str]], int]:
    def verb(_: list[str]) -> int:
        raise error

    return verb


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device", "x.json"), "No space left on device: 'x.json'"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_what_the_machine_does_to_us_is_one_line_too(
    cli: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, message: str
) -> None:
    monkeypatch.setattr(handigits.cli.recipes, "main", raising(error))
    outcome = cli("recipes")
    assert outcome.code == 1
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_bug_of_ours_is_not_hidden(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handigits.cli.recipes, "main", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli("recipes")


@pytest.mark.parametrize("words", [("recipes",), ("--help",), ("recipes", "--help"), ("recipes", "--json")])
def test_a_reader_that_went_away_is_no_reason_to_complain(
    start: Callable[..., "subprocess.Popen[str]"], words: tuple[str, ...]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = start(*words, stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")


def test_the_installed_command_is_this_one() -> None:
    script = Path(sys.executable).with_name("handigits")
    if not script.exists():
        pytest.skip("not installed as a command")
    result = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert result.stdout == f"handigits {handigits.__version__}\n"
