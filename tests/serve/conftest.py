"""Real servers, each a process of its own behind a real socket, and a real browser."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from .hands import opened


@dataclass(frozen=True)
class Service:
    """A running service."""

    process: subprocess.Popen[str]
    url: str
    port: int

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path)

    def post(self, path: str, **body: Any) -> httpx.Response:
        return httpx.post(self.url + path, timeout=20, **body)

    def send(self, text: bytes, *, timeout: float = 10) -> bytes:
        """What comes back for exactly these bytes, until the service closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(text)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer

    def memory_mb(self) -> float:
        """What the process holds now."""
        return self._status_kb("VmRSS") / 1024

    def peak_mb(self) -> float:
        """The most that it has held, ever; what was given back meanwhile is in it."""
        return self._status_kb("VmHWM") / 1024

    def _status_kb(self, name: str) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@contextmanager
def started(*flags: str, warnings: str = "error") -> Iterator[Service]:
    """`handigits serve` with these flags, at a free port."""
    command = [sys.executable, "-W", warnings, "-m", "handigits", "serve", "--port", "0", *flags]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            told = process.stderr.readline()
            assert told.startswith("handigits serves at http://127.0.0.1:"), told
            url = told.split()[3].rstrip("/")
            yield Service(process, url, int(url.rpartition(":")[2]))
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """As anybody would start it."""
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def strict() -> Iterator[Service]:
    """With limits so tight that a test reaches them in moments."""
    flags = {
        "--max-body-mb": "0.25", "--max-pictures": "3", "--max-waiting": "2", "--max-wait-ms": "60", "--workers": "1",
        "--request-seconds": "0.7", "--max-connections": "30",
    }  # fmt: skip
    with started(*(word for pair in flags.items() for word in pair)) as running:
        yield running


@pytest.fixture(scope="session")
def seven() -> bytes:
    """A PNG of a 7, dark on light."""
    return drawn_sevens(1)


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A picture that keeps a worker busy for a moment."""
    return drawn_sevens(1, side=2400)


@pytest.fixture(scope="session")
def large_photo() -> bytes:
    """Nearly as many pixels as are read: a quarter of a second's work, in 50 kB."""
    return drawn_sevens(1, side=4900)


def drawn_sevens(count: int, *, side: int = 112) -> bytes:
    """A PNG of so many sevens in a row, dark on light."""
    page = np.full((side, side), 255, np.uint8)
    corners = np.array([(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]) * side
    cv2.polylines(page, [corners.astype(np.int32)], isClosed=False, color=0, thickness=side // 12)
    return cv2.imencode(".png", np.hstack([page] * count))[1].tobytes()


@pytest.fixture(scope="session")
def as_json() -> Callable[[Any], dict[str, Any]]:
    """Arguments of a request with this as its JSON body, invalid values included."""

    def make(value: Any) -> dict[str, Any]:
        return {"content": json.dumps(value), "headers": {"Content-Type": "application/json"}}

    return make


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    """The pad in a window of a desktop."""
    with opened(browser, service) as window:
        yield window


@pytest.fixture
def phone(browser: Browser, service: Service) -> Iterator[Page]:
    """The pad on a phone."""
    size = {"width": 390, "height": 844}
    with opened(browser, service, viewport=size, has_touch=True, is_mobile=True, device_scale_factor=2) as window:
        yield window
