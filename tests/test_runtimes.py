"""docs/runtimes.md is true: its commands are run, and then its programs, each with the runtime it is for."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from handigits.cli import main
from handigits.data import load_dataset

PAGE = Path(__file__).parent.parent / "docs" / "runtimes.md"

pytestmark = pytest.mark.filterwarnings("ignore")  # those of the runtimes about each other


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a seven, and with what the commands of the page write."""
    folder = tmp_path_factory.mktemp("desk")
    test = load_dataset("mnist-5k").test
    assert test is not None
    seven = test.images[test.labels.tolist().index(7)]
    Image.fromarray(seven).save(folder / "digit.png")
    (folder / "digit.raw").write_bytes(seven.tobytes())
    before = Path.cwd()
    os.chdir(folder)
    for command in "".join(blocks("sh")).splitlines():
        assert main([*shlex.split(command)[1:], "--offline"]) == 0
    yield folder
    os.chdir(before)


@pytest.mark.parametrize("program", blocks("python"), ids=lambda program: f"line-{len(program)}")
def test_a_python_program_of_the_page_reads_the_seven(
    program: str, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "import openvino" in program:
        pytest.importorskip("openvino", reason="OpenVINO is not installed")
    monkeypatch.chdir(desk)
    exec(compile(program, str(PAGE), "exec"), {})
    assert capsys.readouterr().out == ("7\n" if "print" in program else "")


def test_eight_bits_are_used_in_the_same_way(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(desk)
    exec(blocks("python")[0].replace("model.onnx", "int8.onnx"), {})
    assert capsys.readouterr().out == "7\n"


@pytest.mark.parametrize("name", ["model.onnx", "int8.onnx"])
@pytest.mark.parametrize("program", blocks("js"))
def test_a_javascript_program_of_the_page_reads_the_seven(program: str, name: str, desk: Path) -> None:
    node = shutil.which("node")
    if not node or subprocess.run([node, "-e", "require('onnxruntime-node')"], capture_output=True).returncode:
        pytest.skip("onnxruntime-node is not installed")
    program = program.replace("model.onnx", name)
    done = subprocess.run([node, "-e", program], cwd=desk, capture_output=True, text=True, check=True)
    assert done.stdout == "7\n"


@pytest.mark.parametrize("name", ["model.onnx", "int8.onnx", "keras", "model.pt2", "model.safetensors"])
def test_handigits_reads_every_one_of_them(name: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["predict", str(desk / "digit.png"), "--model", str(desk / name)]) == 0
    assert " 7 " in capsys.readouterr().out
