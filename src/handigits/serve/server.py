"""Runs the service: loads the model, binds the address, starts uvicorn, and ends in order.

Deliberately absent: TLS, users and more than one process; a proxy or an orchestrator does those better.
"""

import ctypes
import platform
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

import cv2
import uvicorn
from fastapi import FastAPI

from handigits.data.corrections import Corrections
from handigits.errors import ConfigError
from handigits.recognizer import Recognizer
from handigits.serve.api import create_app
from handigits.serve.app import mount_gradio
from handigits.serve.connections import connection_type
from handigits.serve.limits import Limits

__all__ = ["serve"]

_BACKLOG = 2048  # connections that the system accepts before we do
_M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
_LARGE_BUFFER = 2**20
_SWITCH_SECONDS = 0.0005  # workers take turns in Python: one in ten more drawings a second than at its usual 5 ms


def serve(
    model: str | Path | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    limits: Limits | None = None,
    collect: Path | None = None,
    gradio: bool = False,
    framed_by: Sequence[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; then finish what is in flight. For the main thread, since it answers to signals.

    Args:
        model: as `Recognizer.load` takes it.
        host: the address to listen at; another than this machine's own is said.
        port: the port to listen at; 0 for any that is free.
        limits: the defaults if not given.
        collect: keep corrections in this SQLite file; None: they are not taken.
        gradio: mount the Gradio app too.
        framed_by: sites whose pages may show this service in a frame, such as `https://huggingface.co`.
        say: is told the address, and what should be known.

    Raises:
        ConfigError: the address cannot be used.
        MissingFileError, ModelError: about the model.
        DataError: about the file of corrections.
        MissingExtraError: Gradio is not installed.
    """
    limits = limits or Limits()
    listener = _listen(host, port)
    with listener:
        _give_memory_back()
        sys.setswitchinterval(_SWITCH_SECONDS)
        cv2.setNumThreads(1)  # the workers are the threads; each starting more would make them wait for each other
        recognizer = Recognizer.load(model, threads=1)
        corrections = Corrections(collect) if collect else None
        app = create_app(recognizer, limits=limits, corrections=corrections, framed_by=framed_by)
        if gradio:
            app = mount_gradio(app, recognizer, limits)
        if not _is_loopback(host):
            say(f"Anybody who can reach {host} can use this service: it knows no users and no TLS.")
        say(f"handigits serves at {_url(listener)} (Ctrl-C ends it).")
        _run(app, listener, limits)


def _give_memory_back() -> None:
    """Have large buffers given back to the system when they are freed, which glibc stops doing once it has seen a few.

    After photos of 12 to 24 megapixels the service then holds 130 MB, and 370 MB without.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BUFFER)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as err:
        why = getattr(err, "strerror", None) or err
        raise ConfigError(f"cannot listen at {host} port {port}: {why}. Choose others with --host and --port.") from err


def _run(app: FastAPI, listener: socket.socket, limits: Limits) -> None:
    # uvicorn ends in order, and then raises the signal that ended it once more: it has done its duty by then.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    config = uvicorn.Config(
        app,
        http=connection_type(limits),
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here depends on who asks
        timeout_keep_alive=limits.idle_seconds,  # type: ignore[arg-type]  # any number of seconds
        timeout_graceful_shutdown=limits.drain_seconds,  # type: ignore[arg-type]
    )
    uvicorn.Server(config).run(sockets=[listener])


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
