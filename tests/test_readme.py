"""The README is true: its commands and its Python are run as they stand there, in order, without a network."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from handigits.data import load_dataset
from handigits.data.kaggle_csv import write_kaggle_csv

README = Path(__file__).parent.parent / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def commands() -> list[str]:
    lines = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if "handigits" in line and not line.startswith("pip ")]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files that the README speaks of."""
    folder = tmp_path_factory.mktemp("desk")
    dataset = load_dataset("mnist-5k")
    assert dataset.test is not None
    (folder / "scans").mkdir()
    for number, image in enumerate(dataset.test.images[:3]):
        Image.fromarray(image).save(folder / "scans" / f"{number}.png")
    Image.fromarray(dataset.test.images[0]).save(folder / "digit.png")
    images = np.concatenate([dataset.train.images, dataset.test.images, dataset.train.images[:600]])
    labels = np.concatenate([dataset.train.labels, dataset.test.labels, dataset.train.labels[:600]])
    write_kaggle_csv(folder / "train.csv", images, labels)
    write_kaggle_csv(folder / "test.csv", dataset.test.images, None)
    yield folder


def run(words: str | list[str], desk: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "HANDIGITS_DATA"}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "XDG_CACHE_HOME": str(desk / "cache"),
        "HTTPS_PROXY": "http://127.0.0.1:9",  # nothing listens there: no network, at once
    }
    return subprocess.run(
        words, shell=isinstance(words, str), cwd=desk, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_readme_does_what_it_says(command: str, desk: Path) -> None:
    result = run(command, desk)
    if "--resume" in command:  # the run before it was finished, which it says
        assert "finished already" in result.stderr
        return
    assert result.returncode == 0, result.stderr


def test_the_readme_has_commands() -> None:
    verbs = {command.split("handigits ")[1].split()[0] for command in commands()}
    assert verbs == {
        "compare",
        "data",
        "doctor",
        "ensemble",
        "evaluate",
        "explain",
        "export",
        "labels",
        "predict",
        "recipes",
        "sweep",
        "train",
    }


def test_the_python_of_the_readme_runs(desk: Path) -> None:
    (code,) = blocks("python")
    result = run([sys.executable, "-c", code], desk)
    assert result.returncode == 0, result.stderr
    accuracy, digit = result.stdout.split()
    assert float(accuracy) > 0.5
    assert digit in "0123456789"


def test_the_files_that_the_readme_shows_are_there(desk: Path) -> None:
    readme = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        if "://" not in target:
            assert (README.parent / target).exists(), target
