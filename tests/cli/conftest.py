"""Running the command line: in this process for what it prints, in one of its own for what a shell would see."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from handigits.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code, and what it wrote to the two streams."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Runs `handigits WORDS...` in this process."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str | Path) -> Outcome:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:  # as the interpreter reads it
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def start() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts `handigits WORDS...` as a process; its streams are pipes unless told otherwise."""
    processes: list[subprocess.Popen[str]] = []

    def popen(*words: str | Path, **options: Any) -> "subprocess.Popen[str]":
        command = [*options.pop("prefix", ()), sys.executable, "-m", "handigits", *map(str, words)]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        # Streams buffered as they are for users, whatever the tests themselves run with.
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": ""}
        options = streams | {"env": environment} | options
        processes.append(subprocess.Popen(command, text=True, **options))
        return processes[-1]

    yield popen
    for process in processes:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


@pytest.fixture
def pictures(tmp_path: Path, bar_image: Callable[[int], NDArray[np.uint8]]) -> Path:
    """A folder with the digits 0 to 9 as `bar_model` reads them."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for digit in range(10):
        Image.fromarray(bar_image(digit)).save(folder / f"{digit}.png")
    return folder
