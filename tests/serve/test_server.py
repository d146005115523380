"""The life of the process: start, address, end."""

import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import httpx
import pytest

from handigits.errors import ConfigError, MissingExtraError
from handigits.serve import Limits
from handigits.serve.server import serve

from .conftest import Service, started


def test_it_listens_at_the_loopback_address_alone(service: Service) -> None:
    """127.0.0.2 is this machine too, and would answer if the service listened at every address."""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", service.port), timeout=2)


def test_a_port_in_use_is_told_in_a_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError, match=r"in use.*--port"):
        serve(port=taken.getsockname()[1])


def test_sigterm_finishes_what_is_in_flight(large_photo: bytes) -> None:
    with started() as service, ThreadPoolExecutor(1) as pool, httpx.Client() as client:
        asked = pool.submit(service.post, "/predict", files={"picture": large_photo})
        while "handigits_working 1.0" not in client.get(service.url + "/metrics").text:
            assert not asked.done()
        service.process.send_signal(signal.SIGTERM)
        assert not asked.done()
        assert service.process.wait(20) == 0
        answer = asked.result()
    assert answer.status_code == 200
    assert answer.json()["digits"] == "7"


def test_a_client_that_never_ends_does_not_keep_the_service_from_ending() -> None:
    with (
        started("--drain-seconds", "0.5") as service,
        socket.create_connection(("127.0.0.1", service.port)) as idle,
    ):
        idle.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        time.sleep(0.2)
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(8)


def test_a_model_that_is_not_there_is_told_in_a_line() -> None:
    command = [sys.executable, "-m", "handigits", "serve", "--port", "0", "--model", "nowhere.onnx"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "nowhere.onnx" in result.stderr


@pytest.mark.skipif(find_spec("gradio") is not None, reason="Gradio is installed")
def test_gradio_that_is_not_installed_is_told_in_a_line() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'handigits\[gradio\]'"):
        serve(port=0, gradio=True)


@pytest.mark.parametrize("limits", [{"workers": 0}, {"max_body_mb": -1.0}, {"request_seconds": float("nan")}])
def test_a_limit_must_be_above_zero(limits: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(limits))):
        Limits(**limits)  # type: ignore[arg-type]
