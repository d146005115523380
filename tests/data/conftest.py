"""A real HTTP server on this machine that misbehaves in every way a mirror can."""

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from handigits.data.download import Patience

LONGEST_HANG_SECONDS = 10
ENDLESS_BYTES = 1 << 23  # as good as endless here, and no danger to the disk if the limit ever breaks


class Server(ThreadingHTTPServer):
    """Serves `content` by behaviours that a test names by the first part of the path: `/drop/file.gz`."""

    daemon_threads = True
    mirror: "Mirror"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what these tests are about."""


@dataclass
class Mirror:
    """What a server serves, and what it was asked for."""

    server: Server
    scheme: str = "http"
    content: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    released: Event = field(default_factory=Event)
    redirect_to: str = ""

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def base(self, behaviour: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/{behaviour}/"

    def url(self, behaviour: str, name: str = "file.gz") -> str:
        return self.base(behaviour) + name

    def asked(self, behaviour: str) -> list[str | None]:
        """The Range header of each request for a behaviour."""
        return [asked_range for path, asked_range in self.requests if path.startswith(f"/{behaviour}/")]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.mirror = self.server.mirror
        self.mirror.requests.append((self.path, self.headers["Range"]))
        behaviour, name = re.sub(r"^http://[^/]*", "", self.path).lstrip("/").split("/")
        content = self.mirror.content[name]
        if behaviour.isdecimal():
            self.send_error(int(behaviour))
        else:
            getattr(self, behaviour)(content)

    def whole(self, content: bytes) -> None:
        """Honours Range, as a good server does."""
        start = self._start()
        if start >= len(content) and start:
            self.send_error(416)
            return
        self._head(206 if start else 200, len(content) - start, content_range=(start, len(content)))
        self.wfile.write(content[start:])

    def slow(self, content: bytes) -> None:
        """Takes long enough for a second process to come in between."""
        self._head(200, len(content))
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.mirror.released.wait(0.7)
        self.wfile.write(content[len(content) // 2 :])

    def drop(self, content: bytes) -> None:
        """Closes the connection at half of what remains; honours Range."""
        start = self._start()
        self._head(206 if start else 200, len(content) - start, content_range=(start, len(content)))
        self.wfile.write(content[start : start + (len(content) - start) // 2])

    def drop_once(self, content: bytes) -> None:
        (self.whole if self.headers["Range"] else self.drop)(content)

    def forget(self, content: bytes) -> None:
        """Drops the first time, then sends the whole file whatever range was asked for."""
        first = len(self.mirror.asked("forget")) == 1
        self._head(200, len(content))
        self.wfile.write(content[: len(content) // 2] if first else content)

    def askew(self, content: bytes) -> None:
        """Drops the first time, then answers with another range than was asked for."""
        if self._start():
            self._head(206, len(content), content_range=(0, len(content)))
            self.wfile.write(content)
        else:
            self.drop(content)

    def hang(self, content: bytes) -> None:
        """Accepts the connection and says nothing."""
        self.mirror.released.wait(LONGEST_HANG_SECONDS)

    def hang_half(self, content: bytes) -> None:
        """Stops to speak at half."""
        self._head(200, len(content))
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.mirror.released.wait(LONGEST_HANG_SECONDS)

    def trickle(self, content: bytes) -> None:
        """Sends a byte now and then, so that no single read ever times out."""
        self._head(200, len(content))
        for byte in content[:200]:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.mirror.released.wait(0.05):
                return

    def page(self, content: bytes) -> None:
        """A portal that answers everything with 200 and a web page."""
        body = b"<!doctype html><title>Please log in</title>"
        self._head(200, len(body), kind="text/html; charset=utf-8")
        self.wfile.write(body)

    def other(self, content: bytes) -> None:
        """As many bytes as expected, but others."""
        self._head(200, len(content))
        self.wfile.write(bytes(len(content)))

    def short(self, content: bytes) -> None:
        """Says in advance that it has another size."""
        self._head(200, len(content) - 1)
        self.wfile.write(content[:-1])

    def endless(self, content: bytes) -> None:
        """Sends far more than anybody wants, and does not say how much it will be."""
        self._head(200, None)
        for _ in range(ENDLESS_BYTES >> 16):
            self.wfile.write(bytes(1 << 16))

    def redirect(self, content: bytes) -> None:
        self.send_response(302)
        self.send_header("Location", self.mirror.redirect_to)
        self.end_headers()

    def _start(self) -> int:
        return int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").removesuffix("-"))

    def _head(
        self,
        status: int,
        length: int | None,
        *,
        kind: str = "application/gzip",
        content_range: tuple[int, int] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if content_range and status == 206:
            self.send_header("Content-Range", f"bytes {content_range[0]}-{content_range[1] - 1}/{content_range[1]}")
        self.end_headers()


@pytest.fixture(autouse=True)
def no_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no dataset folder of this machine has a say."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("HANDIGITS_DATA", raising=False)


@pytest.fixture
def start_mirror() -> Iterator[Callable[..., Mirror]]:
    mirrors: list[Mirror] = []

    def start(*, tls: ssl.SSLContext | None = None) -> Mirror:
        server = Server(("127.0.0.1", 0), Handler)
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.mirror = Mirror(server, "https" if tls else "http")
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        mirrors.append(server.mirror)
        return server.mirror

    yield start
    for mirror in mirrors:
        mirror.released.set()
        mirror.server.shutdown()
        mirror.server.server_close()


@pytest.fixture
def mirror(start_mirror: Callable[..., Mirror]) -> Mirror:
    return start_mirror()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key in the same file."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout key.pem -out cert.pem "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -addext keyUsage=critical,digitalSignature,keyCertSign"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return both


@pytest.fixture
def tls_mirror(start_mirror: Callable[..., Mirror], certificate: Path) -> Mirror:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return start_mirror(tls=context)


@pytest.fixture
def silent_name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose questions for host names are never answered."""
    over = Event()

    def wait_in_vain(*_: object, **__: object) -> None:
        over.wait(LONGEST_HANG_SECONDS)
        raise socket.gaierror("the test is over")

    monkeypatch.setattr(socket, "getaddrinfo", wait_in_vain)
    yield
    over.set()


@pytest.fixture
def patience() -> Patience:
    """As in earnest, but quick."""
    return Patience(connect_seconds=0.5, answer_seconds=0.4, attempts=2, pause_seconds=0.01)
