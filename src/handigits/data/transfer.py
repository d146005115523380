"""One URL into one file, going on from the bytes that the file holds already.

Everything that a mirror can do wrong ends as a `MirrorFault` that says why, within the time that was given: a refusal,
a web page, silence, a trickle, too many bytes, a drop, a bad certificate, a redirect to plain http. Does not choose
between mirrors, does not retry and does not judge the content (see `download`).
"""

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener, getproxies, proxy_bypass

__all__ = ["MirrorFault", "transfer", "unreachable"]

CHUNK_BYTES = 1 << 16
LEAST_BYTES = 1 << 14  # what must arrive within the time limit; a mirror slower than that has as good as stopped
PASSING_FAULTS = frozenset({408, 425, 429, 500, 502, 503, 504})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class MirrorFault(Exception):  # noqa: N818 - never leaves this room, where it is no error but a reason to go on
    """Why a mirror did not deliver; `passing` says that asking it once more may help."""

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing


def transfer(
    url: str,
    part: Path,
    *,
    size: int | None,
    limit: int,
    seconds: float,
    progress: Callable[[int, int | None], None],
) -> None:
    """Fill `part` with what `url` serves.

    Args:
        url: https, or http on this machine itself. Proxies are taken from the environment, as everywhere in Python.
        part: the file to go on with; it begins anew if the server cannot resume.
        size: the bytes expected in all, where that is known.
        limit: the most bytes that are accepted where it is not.
        seconds: how long the server may say nothing, or next to nothing.
        progress: called with the bytes so far and in all (None: unknown).

    Raises:
        MirrorFault: the mirror did not deliver; what did arrive stays in `part`.
        OSError: `part` cannot be written.
    """
    _require_secure(url)
    held = part.stat().st_size if part.exists() else 0
    if size is not None and held >= size:
        return
    with _open(url, held, part, seconds) as response:
        resumed = response.status == 206
        start = held if resumed else 0
        total = _announced(response, start)
        if size is not None and total not in (None, size):
            raise MirrorFault(f"offers {total:,} bytes where {size:,} were expected")
        with part.open("ab" if resumed else "wb") as file:
            received = _copy(response, file, start, total, limit=size or limit, seconds=seconds, progress=progress)
    if received < (total or size or 0):
        raise MirrorFault(f"dropped the connection after {received:,} of {total or size:,} bytes", passing=True)


def unreachable(urls: Sequence[str], *, seconds: float) -> dict[str, str]:
    """Ask all mirrors at once whether anybody is there, and return why those that are known to be out of reach are.

    The answer comes as soon as one mirror accepts a connection, or when all have failed; at the latest after `seconds`,
    and then every mirror is out of reach. So a machine without a network learns it once, not once for each mirror.
    """
    answers: SimpleQueue[tuple[str, str]] = SimpleQueue()
    for url in urls:  # daemons, because a name server that does not answer cannot be interrupted
        Thread(target=lambda url=url: answers.put((url, _knock(url, seconds))), daemon=True).start()
    deadline = time.monotonic() + seconds
    reasons: dict[str, str] = {}
    for _ in urls:
        try:
            url, reason = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            return dict.fromkeys(urls, f"no connection within {seconds:g} s") | reasons
        if not reason:
            return reasons
        reasons[url] = reason
    return reasons


class _SecureRedirects(HTTPRedirectHandler):
    """Follows redirects, but never from https to anything else."""

    max_redirections = 5

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        try:
            if urlsplit(newurl).scheme != "https" and urlsplit(req.full_url).scheme == "https":
                raise MirrorFault(f"redirects from https to {newurl}, which is refused")
            _require_secure(newurl)
        except MirrorFault:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_secure(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise MirrorFault(f"{url} is not https, which is refused")


def _open(url: str, held: int, part: Path, seconds: float) -> HTTPResponse:
    headers = {"User-Agent": "handigits"} | ({"Range": f"bytes={held}-"} if held else {})
    opener = build_opener(_SecureRedirects, HTTPSHandler(context=ssl.create_default_context()))
    try:
        response = cast(HTTPResponse, opener.open(Request(url, headers=headers), timeout=seconds))
    except HTTPError as err:
        err.close()
        if err.code == 416 and held:  # what is held is no beginning of what is served
            part.unlink()
            raise MirrorFault("cannot resume", passing=True) from err
        raise MirrorFault(f"HTTP {err.code} {err.reason}", passing=err.code in PASSING_FAULTS) from err
    except (OSError, HTTPException) as err:
        raise _explained(err, seconds) from err
    problem = _not_the_file(response, held)
    if problem:
        response.close()
        raise MirrorFault(problem)
    return response


def _not_the_file(response: HTTPResponse, held: int) -> str:
    """What is wrong with an answer that claims success; empty if nothing."""
    kind = response.headers.get_content_type()
    if kind in {"text/html", "application/xhtml+xml"}:
        return f"answered with a web page ({kind}) instead of the file"
    if response.status == 206 and not response.headers.get("Content-Range", "").startswith(f"bytes {held}-"):
        return f"answered with bytes {response.headers.get('Content-Range')} where those from {held} on were asked for"
    return "" if response.status in {200, 206} else f"HTTP {response.status} {response.reason}"


def _announced(response: HTTPResponse, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdecimal() else None


def _copy(
    response: HTTPResponse,
    file: IO[bytes],
    received: int,
    total: int | None,
    *,
    limit: int,
    seconds: float,
    progress: Callable[[int, int | None], None],
) -> int:
    """Append the body to `file` and return the bytes that it holds then."""
    window_start, window_bytes = time.monotonic(), 0
    progress(received, total)
    while chunk := _read(response, seconds):
        received += len(chunk)
        if received > limit:
            file.truncate(0)  # it cannot be the beginning of the right file
            raise MirrorFault(f"sends more than the {limit:,} bytes that were expected")
        file.write(chunk)
        progress(received, total)
        window_bytes += len(chunk)
        if window_bytes >= LEAST_BYTES:
            window_start, window_bytes = time.monotonic(), 0
        elif time.monotonic() - window_start > seconds:
            raise MirrorFault(f"sent only {window_bytes:,} bytes within {seconds:g} s")
    return received


def _read(response: HTTPResponse, seconds: float) -> bytes:
    try:
        return response.read1(CHUNK_BYTES)
    except (OSError, HTTPException) as err:
        raise _explained(err, seconds) from err


def _knock(url: str, seconds: float) -> str:
    """Connect to a mirror, or to the proxy before it; why that failed, or nothing."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname or "", port), timeout=seconds).close()
    except (OSError, ValueError) as err:
        return str(_explained(err, seconds))
    return ""


def _explained(err: Exception, seconds: float) -> MirrorFault:
    """What a failure of the network means, in words that help."""
    if isinstance(err, URLError) and isinstance(err.reason, Exception):
        err = err.reason
    if isinstance(err, ssl.SSLCertVerificationError):
        return MirrorFault(f"its TLS certificate is not valid ({err.verify_message})")
    if isinstance(err, ssl.SSLError):
        return MirrorFault(f"no secure connection ({err.reason or err})")
    if isinstance(err, TimeoutError):
        return MirrorFault(f"no answer within {seconds:g} s")
    if isinstance(err, socket.gaierror):
        return MirrorFault("its host name is not found")
    if isinstance(err, ConnectionRefusedError):
        return MirrorFault("refuses connections")
    return MirrorFault(f"the connection failed ({err})", passing=True)
