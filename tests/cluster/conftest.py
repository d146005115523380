"""What the tests of Ray share: a cluster of one machine, its workers among the processes of a test, and patience."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Ray lets its workers give way to everything else; on a busy machine they would come to no end here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")
        yield


class Head:
    """The head of a cluster, which asks for a token, as a process that a test may kill and start again."""

    def __init__(self, folder: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        options = ["--num-cpus=2", "--include-dashboard=false", "--disable-usage-stats", f"--temp-dir={folder}"]
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", f"--port={port}"]
        self._command = [*command, *options]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the process whose descendants are the workers."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Begin, and wait until somebody answers."""
        silent: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = os.environ | {"RAY_AUTH_MODE": "token"}
        self._process = subprocess.Popen(self._command, env=environment, start_new_session=True, **silent)
        host, _, port = self.address.partition(":")
        end = time.monotonic() + 120
        while True:
            try:
                return socket.create_connection((host, int(port)), timeout=1).close()
            except OSError:
                assert time.monotonic() < end, "the head did not come"
                time.sleep(0.2)

    def kill(self) -> None:
        """End it and all its workers at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def head(monkeypatch: pytest.MonkeyPatch) -> Iterator[Head]:
    """A running cluster; who is cut off from it gives up after five seconds, not after sixty."""
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    monkeypatch.setenv("RAY_gcs_rpc_server_reconnect_timeout_s", "5")
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:  # sockets need short paths
        head = Head(folder)
        head.start()
        yield head
        head.kill()


@pytest.fixture(scope="session")
def workers_of() -> Callable[[int, bytes], list[int]]:
    """Finds the descendants of a process whose command holds a word, and no others."""

    def find(ancestor: int, word: bytes) -> list[int]:
        return [pid for pid in _descendants(ancestor) if word in _command(pid)]

    return find


@pytest.fixture(scope="session")
def wait_for() -> Callable[[Callable[[], object]], None]:
    """Waits until something is true; after 300 seconds it fails."""

    def wait(claim: Callable[[], object]) -> None:
        end = time.monotonic() + 300
        while not claim():
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.02)

    return wait


def _descendants(ancestor: int) -> list[int]:
    parents = {int(entry.name): _parent(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")}
    found, new = [], [ancestor]
    while new:
        new = [pid for pid, parent in parents.items() if parent in new]
        found += new
    return found


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended meanwhile
        return 0


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
