"""A Space runs from its own folder, in a process that knows nothing of this one."""

import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

import handigits
from handigits.export import export_model
from handigits.export.space import REQUIREMENTS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("space")
    export_model(format="space", out=folder, data="mnist-5k", offline=True)
    return folder


@pytest.fixture(scope="module")
def url(space: Path) -> Iterator[str]:
    """Where its app.py serves, run as Hugging Face runs it."""
    if find_spec("gradio") is None:
        pytest.skip("Gradio is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    with subprocess.Popen([sys.executable, "app.py"], cwd=space, env=environment) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/health/ready", process)
            yield address
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(address).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"app.py does not serve at {address} (exit status {process.poll()})")


def test_its_app_reads_a_picture(url: str, space: Path) -> None:
    picture = space / "handigits" / "serve" / "examples" / "2026.jpg"
    answer = httpx.post(f"{url}/predict", files={"picture": picture.read_bytes()})
    assert answer.json()["digits"] == "2026"


def test_its_first_page_exists(url: str, space: Path) -> None:
    match = re.search(r"^base_path: (\S+)$", (space / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert match is not None
    assert "gradio" in httpx.get(url + match[1]).text


def test_hugging_face_may_show_it_in_a_frame_and_others_may_not(url: str) -> None:
    for path in ("/", "/gradio/"):
        headers = httpx.get(url + path).headers
        assert "frame-ancestors 'self' https://huggingface.co" in headers["content-security-policy"]
        assert "x-frame-options" not in headers


def test_behind_a_proxy_gradio_names_the_address_that_visitors_use(url: str) -> None:
    headers = {"X-Forwarded-Host": "somebody-digits.hf.space", "X-Forwarded-Proto": "https"}
    assert '"root":"https://somebody-digits.hf.space/gradio"' in httpx.get(f"{url}/gradio/", headers=headers).text


def test_its_requirements_are_what_the_service_needs_in_the_versions_that_were_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = {name_of(line) for line in (*project["dependencies"], *extras["serve"], *extras["gradio"])}
    assert {name_of(line) for line in REQUIREMENTS} == needed - {"handigits"}
    tested = {line.lower() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    assert {line.lower() for line in REQUIREMENTS} <= tested


def name_of(requirement: str) -> str:
    match = re.match(r"[\w-]+", requirement)
    assert match is not None
    return match[0].lower().replace("_", "-")


def test_gradio_is_the_version_of_the_requirements_in_the_front_matter(space: Path) -> None:
    match = re.search(r"^sdk_version: (\S+)$", (space / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert match is not None
    assert f"gradio=={match[1]}" in (space / "requirements.txt").read_text(encoding="utf-8").split()


def test_it_holds_the_whole_package_but_for_the_model_and_what_running_left(space: Path) -> None:
    house = Path(handigits.__file__).parent
    kept = {
        path.relative_to(house) for path in house.rglob("*") if path.is_file() and path.parent.name != "__pycache__"
    }
    sent = {path.relative_to(space / "handigits") for path in (space / "handigits").rglob("*") if path.is_file()}
    assert kept - {Path("pretrained", "model.onnx")} <= sent
    assert not {each.suffix for each in sent} & {".pth", ".npz", ".sqlite", ".gz"}


def test_it_holds_one_model_and_the_gate(space: Path) -> None:
    found = {str(path.relative_to(space)) for path in space.rglob("*.onnx")}
    assert found == {"model.onnx", "handigits/pretrained/gate.onnx"}
