"""The image, as far as no engine is needed: what it is made from, what it runs, its health check, and its page."""

import inspect
import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from handigits.cli.serve import main
from handigits.serve import Limits
from handigits.serve.server import serve

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
PORT = "7860"


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile and what follows its name; continued lines are one."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    lines = (line.partition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return [(name, rest.strip()) for name, _, rest in lines]


def last(name: str) -> str:
    """What the image inherits from the last instruction of this name."""
    return [rest for each, rest in instructions() if each == name][-1]


def copied_from_here() -> set[str]:
    copies = [shlex.split(rest) for name, rest in instructions() if name == "COPY"]
    return {source for words in copies if not words[0].startswith("--from") for source in words[:-1]}


def docker_runs() -> list[list[str]]:
    return [shlex.split(line) for line in PAGE.splitlines() if line.startswith("docker run ")]


@dataclass(frozen=True)
class Container:
    """The image's own command, run here at another port."""

    process: subprocess.Popen[str]
    port: str

    def health(self) -> int:
        """The exit status of the image's health check."""
        words = json.loads(last("HEALTHCHECK").partition(" CMD ")[2].replace(PORT, self.port))
        assert words[0] == "python"
        environment = {"http_proxy": "http://127.0.0.1:9"}  # of a company, perhaps: not for this
        return subprocess.run([sys.executable, *words[1:]], stderr=subprocess.DEVNULL, env=environment).returncode


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    assert json.loads(last("ENTRYPOINT")) == ["handigits"]
    command = [sys.executable, "-m", "handigits", *json.loads(last("CMD")), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            told = process.stderr.readline() + process.stderr.readline()
            match = re.search(r"serves at http://0\.0\.0\.0:(\d+)/", told)
            assert match is not None, told
            yield Container(process, match[1])
        finally:
            process.terminate()


def test_what_it_copies_is_there_and_nothing_else_is_sent_to_the_engine() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == copied_from_here()
    assert all((ROOT / each).exists() for each in copied_from_here())


def test_what_the_package_is_built_from_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    needed |= set(project["tool"]["setuptools"]["packages"]["find"]["where"])
    assert needed <= copied_from_here()


def test_versions_are_those_that_were_tested() -> None:
    (install,) = (rest for name, rest in instructions() if name == "RUN")
    assert "--constraint constraints.txt '.[serve]'" in install
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["serve"]]
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    names = {re.split(r"[<>=;]", each)[0].replace("-", "_") for each in wanted}
    assert names <= {each.replace("-", "_") for each in pinned}
    assert "torch" not in names


def test_both_stages_have_the_same_python() -> None:
    stages = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert len(stages) == 2
    assert len(set(stages)) == 1
    assert stages[0].endswith("-slim")


def test_nothing_runs_as_root() -> None:
    user = last("USER").split(":")[0]
    assert user.isdigit()
    assert user != "0"


def test_one_port_is_spoken_of_everywhere() -> None:
    assert last("EXPOSE") == PORT == str(inspect.signature(serve).parameters["port"].default)
    assert PORT in last("HEALTHCHECK")


def test_the_health_check_passes_while_it_serves(container: Container) -> None:
    assert container.health() == 0


def test_the_health_check_fails_where_nothing_listens(container: Container) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    assert Container(container.process, port).health() != 0


def test_the_health_check_fails_where_the_service_hangs(container: Container) -> None:
    container.process.send_signal(signal.SIGSTOP)
    try:
        assert container.health() != 0
    finally:
        container.process.send_signal(signal.SIGCONT)


def test_the_page_runs_it_without_a_way_to_write() -> None:
    serving = [words for words in docker_runs() if "--publish" in words]
    assert serving
    for words in serving:
        assert "--read-only" in words
        assert words[words.index("--tmpfs") + 1] == "/tmp"
        assert words[words.index("--publish") + 1].endswith(f":{PORT}")


def test_commands_after_the_name_of_the_image_are_commands_of_handigits() -> None:
    given = [words[words.index("handigits") + 1 :] for words in docker_runs()]
    assert ["serve", "--host", "0.0.0.0", "--model", "/model"] in given
    for words in (each for each in given if each):
        help_page = subprocess.run(
            [sys.executable, "-m", "handigits", words[0], "--help"], capture_output=True, text=True, check=True
        ).stdout
        assert all(flag in help_page for flag in words if flag.startswith("--"))


def test_the_page_names_every_limit_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| `--([\w-]+)` +\| +([\d,.]+) \|", PAGE, re.MULTILINE)
    expected = {field.name.replace("_", "-"): float(field.default) for field in fields(Limits)}  # type: ignore[arg-type]
    assert {name: float(default.replace(",", "")) for name, default in rows} == expected
    with pytest.raises(SystemExit):
        main(["--help"])
    help_page = capsys.readouterr().out
    assert all(f"--{name}" in help_page for name, _ in rows)
