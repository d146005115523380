import fcntl
import json
import os
import pty
import re
import resource
import select
import shlex
import shutil
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import handigits.cli.train
from handigits.cli.train import _parse
from handigits.models import ARCHITECTURES
from handigits.recipes import DEFAULT_RECIPE, RECIPES
from handigits.run import Run

Cli = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]

COMPACT = ("compact-5fc", "--epochs", "2", "--batch-size", "20", "--threads", "1")


class Terminal:
    """A terminal of 80 columns for one process, with nobody in front of it but the test."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = ""

    def read_until(self, text: str) -> None:
        while text not in self.shown:
            assert select.select([self._ours], [], [], 60)[0], f"no {text!r} in {self.shown!r}"
            self.shown += os.read(self._ours, 65536).decode()

    def read_all(self) -> str:
        """What is shown until the process ends."""
        os.close(self.theirs)
        try:
            while True:
                self.shown += os.read(self._ours, 65536).decode()
        except OSError:  # how Linux says that nobody holds the other end any more
            return self.shown

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def close(self) -> None:
        os.close(self._ours)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLUMNS", raising=False)
    terminal = Terminal()
    yield terminal
    terminal.close()


# -- which settings --


@pytest.mark.parametrize(
    ("words", "recipe"),
    [
        ([], DEFAULT_RECIPE),
        (["sgd-2conv"], "sgd-2conv"),
        (["--seed", "3", "sgd-2conv"], "sgd-2conv"),
        (["--out", "sgd-2conv"], DEFAULT_RECIPE),
        (["kaggle-4conv", "--out", "sgd-2conv"], "kaggle-4conv"),
        (["--out", "sgd-2conv", "kaggle-4conv"], "kaggle-4conv"),
    ],
)
def test_the_settings_are_those_of_the_recipe_that_was_named(words: list[str], recipe: str) -> None:
    command = _parse(words)
    assert command.recipe == recipe
    expected = RECIPES[recipe].config
    assert command.config.architecture == expected.architecture
    assert command.config.epochs == expected.epochs


def test_the_help_shows_the_settings_of_the_recipe_that_was_named(cli: Cli) -> None:
    assert "(default: 0.25 0.25 0.5)" in " ".join(cli("train", "kaggle-4conv", "--help").out.split())


def test_the_help_names_every_network(cli: Cli) -> None:
    shown = cli("train", "--help").out
    assert [name for name in ARCHITECTURES if name not in shown] == []


@pytest.mark.parametrize("extra", [["--epochs", "3"], ["--data", "mnist"], ["--force"], ["sgd-2conv"], ["--out", "x"]])
def test_resume_takes_no_other_settings(cli: Cli, finished_run: Run, extra: list[str]) -> None:
    outcome = cli("train", "--resume", finished_run.directory, *extra)
    assert outcome.code == 2
    assert "leave all others out" in outcome.err


# -- what is shown --


def test_the_result_for_scripts_is_all_there_is_on_stdout(cli: Cli, digits_npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    outcome = cli("train", *COMPACT, "--data", digits_npz, "--out", out, "--json", "--quiet")
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out) == Run(out).metrics


def test_the_result_for_people_says_how_good_and_what_to_do_next(
    cli: Cli, finished_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handigits.cli.train, "train", lambda *_, **__: finished_run)
    outcome = cli("train")
    test = finished_run.metrics["test"]
    assert outcome.out.startswith(f"test accuracy {test['accuracy']:.2%} (95 % interval ")
    assert f"report {finished_run.report}" in outcome.out
    assert "handigits predict digit.png --model" in outcome.out


def test_without_a_terminal_progress_goes_to_stderr_line_by_line(
    cli: Cli, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handigits.workflow.task.publish", lambda *_, **__: None)
    monkeypatch.setattr(handigits.cli.train, "_show", lambda *_, **__: None)
    outcome = cli("train", *COMPACT, "--data", digits_npz, "--out", tmp_path / "run")
    assert outcome.out == ""
    assert [line[:9] for line in outcome.err.splitlines()] == ["epoch 1/2", "epoch 2/2"]
    assert "\x1b" not in outcome.err


def test_flipping_is_warned_about(cli: Cli, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handigits.workflow.task.publish", lambda *_, **__: None)
    monkeypatch.setattr(handigits.cli.train, "_show", lambda *_, **__: None)
    outcome = cli("train", *COMPACT, "--data", digits_npz, "--out", tmp_path / "run", "--flip", "--quiet")
    assert "a mirrored 2 is no digit" in outcome.err


def test_notices_about_a_run_that_goes_on_are_shown(
    cli: Cli, finished_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resume(_: Path, *, tell: Callable[[str], None], **__: Any) -> Run:
        tell("step 7 is damaged")
        return finished_run

    monkeypatch.setattr(handigits.cli.train, "resume", resume)
    assert cli("train", "--resume", finished_run.directory, "--quiet").err == "step 7 is damaged\n"


def test_on_a_terminal_a_yes_replaces_the_run_and_a_bar_shows_the_time_left(
    start: Start, digits_npz: Path, finished_run: Run, tmp_path: Path, terminal: Terminal
) -> None:
    out = tmp_path / "run"
    shutil.copytree(finished_run.directory, out)
    (out / "notes.txt").write_text("of the old run")
    words = ["train", *COMPACT, "--data", digits_npz, "--out", out, "--seed", "5", "--json"]
    process = start(*words, stdin=terminal.theirs, stderr=terminal.theirs)
    terminal.read_until("Replace it? [y/N] ")
    terminal.type("y\n")
    shown = terminal.read_all()
    assert process.wait(timeout=60) == 0, shown
    assert process.stdout is not None
    assert json.loads(process.stdout.read())["seed"] == 5
    assert not (out / "notes.txt").exists()
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "epoch 2/2" in plain
    lines = re.split(r"[\r\n]+", plain)
    assert any(re.search(r"^epoch 1/2  loss .*\d s\s*$", line) for line in lines)  # stays above the bar
    bars = [line for line in lines if "━" in line]
    assert re.search(r"^epoch 2/2 ━+ loss \d\.\d{4} accuracy .* images/s 0:00:0\d left$", bars[-1])
    assert max(map(len, bars)) <= 80
    assert "…" not in plain


def test_on_a_terminal_anything_but_a_yes_leaves_the_run_alone(
    start: Start, digits_npz: Path, finished_run: Run, tmp_path: Path, terminal: Terminal
) -> None:
    out = tmp_path / "run"
    shutil.copytree(finished_run.directory, out)
    process = start(
        "train", *COMPACT, "--data", digits_npz, "--out", out, stdin=terminal.theirs, stderr=terminal.theirs
    )
    terminal.read_until("Replace it? [y/N] ")
    terminal.type("\n")
    assert "exists already" in " ".join(terminal.read_all().split())
    assert process.wait(timeout=60) == 1
    assert Run(out).metrics == finished_run.metrics


def test_without_a_terminal_nobody_is_asked(cli: Cli, digits_npz: Path, finished_run: Run) -> None:
    outcome = cli("train", *COMPACT, "--data", digits_npz, "--out", finished_run.directory)
    assert (outcome.code, outcome.out) == (1, "")
    assert "exists already" in outcome.err
    assert "[y/N]" not in outcome.err


def test_a_directory_that_is_no_run_is_never_offered_for_replacement(
    cli: Cli, digits_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handigits.cli.train, "ask", lambda question: pytest.fail(question))
    (tmp_path / "thesis.tex").touch()
    outcome = cli("train", *COMPACT, "--data", digits_npz, "--out", tmp_path)
    assert outcome.code == 1
    assert "exists already" in outcome.err


def test_force_replaces_no_directory_that_is_no_run(cli: Cli, digits_npz: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    outcome = cli("train", *COMPACT, "--data", digits_npz, "--out", tmp_path, "--force")
    assert outcome.code == 1
    assert "not a run" in outcome.err
    assert (tmp_path / "thesis.tex").exists()


# -- what goes wrong --


def test_ctrl_c_saves_and_says_how_to_go_on_and_that_command_works(
    start: Start, digits_npz: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a run"
    process = start("train", "compact-5fc", "--epochs", "200", "--data", digits_npz, "--out", out, "--time", "5")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("epoch 1/200")
    process.send_signal(signal.SIGINT)
    result, told = process.communicate(timeout=60)
    assert (process.returncode, result) == (1, "")
    last = told.splitlines()[-1]
    assert "Stopped after step" in last
    assert "Traceback" not in told
    assert len(list(Run(out).checkpoints.iterdir())) in (1, 2)

    verb, *words = shlex.split(last.partition("Go on with: ")[2])
    assert verb == "handigits"
    process = start(*words, "--json", "--quiet")
    result, told = process.communicate(timeout=120)
    assert (process.returncode, told) == (0, "")
    assert json.loads(result) == Run(out).metrics
    assert Run(out).history[0]["epoch"] == 1


def test_a_second_trainer_is_locked_out(cli: Cli, digits_npz: Path, tmp_path: Path) -> None:
    with Run(tmp_path).locked():
        outcome = cli("train", *COMPACT, "--data", digits_npz, "--out", tmp_path)
    assert outcome.code == 1
    assert "in use by another training" in outcome.err


def limit_files() -> None:
    """As on a disk with 100 kB left."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_full_disk_is_one_line(start: Start, digits_npz: Path, tmp_path: Path) -> None:
    words = ["train", *COMPACT, "--data", digits_npz, "--out", tmp_path, "--checkpoint-seconds", "0", "--quiet"]
    process = start(*words, preexec_fn=limit_files)
    result, told = process.communicate(timeout=60)
    assert (process.returncode, result) == (1, "")
    (line,) = told.splitlines()
    assert "step-000000001" in line
    assert "go on with: handigits train --resume" in line
    assert not list(tmp_path.rglob("*.part"))


def test_a_directory_that_may_not_be_written_to_is_one_line(start: Start, digits_npz: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    words = ["train", *COMPACT, "--data", digits_npz, "--out", tmp_path / "run", "--quiet"]
    process = start(*words, **without_roots_rights())
    result, told = process.communicate(timeout=60)
    assert (process.returncode, result) == (1, "")
    (line,) = told.splitlines()
    assert "run cannot be made" in line
    assert "Permission denied" in line


def without_roots_rights() -> dict[str, Any]:
    """Options for a process to which permissions apply even if root starts it."""
    if os.geteuid() != 0:
        return {}
    dropper = shutil.which("setpriv")
    if dropper is None:
        pytest.skip("root may write anywhere, and setpriv is not there")
    return {"prefix": [dropper, "--inh-caps=-all", "--bounding-set=-dac_override"]}


def test_a_loss_that_is_not_finite_is_one_line(cli: Cli, digits_npz: Path, tmp_path: Path) -> None:
    settings = ["--optimizer", "sgd", "--lr", "1e30", "--quiet"]
    outcome = cli("train", *COMPACT, "--data", digits_npz, "--out", tmp_path, *settings)
    assert (outcome.code, outcome.out) == (1, "")
    (line,) = outcome.err.splitlines()
    assert "expected a finite number" in line
    assert "--warmup" in line
