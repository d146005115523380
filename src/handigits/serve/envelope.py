"""What surrounds every request: security headers on the answer, and a count of it. HEAD is answered as GET is.

A plain ASGI middleware: it sees each message and holds none back. Does not decide anything about a request.
"""

import time
from collections.abc import Collection, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handigits.serve.metrics import Metrics

__all__ = ["GRADIO_PATH", "Envelope"]

GRADIO_PATH = "/gradio"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
_CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
)
# Gradio's pages bring scripts and styles inside them, and workers from blobs.
_GRADIO_CONTENT_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; "
)


class Envelope:
    """Wraps an application.

    Args:
        app: what answers.
        metrics: where to count.
        paths: those that are counted by their name; all others are "other", so that nobody can fill the memory with
            names.
        framed_by: sites whose pages may show this service in a frame, such as `https://huggingface.co`.
    """

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, paths: Collection[str], framed_by: Sequence[str] = ()
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = frozenset(paths)
        ancestors = " ".join(("'self'", *framed_by))
        self._policy = f"{_CONTENT_POLICY}frame-ancestors {ancestors}"
        self._gradio_policy = f"{_GRADIO_CONTENT_POLICY}frame-ancestors {ancestors}"
        # For old browsers; the header has no words for single sites, so it must be left out for them.
        self._headers = _HEADERS if framed_by else _HEADERS | {"X-Frame-Options": "SAMEORIGIN"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        path = scope["path"] if scope["path"] in self._paths else "other"
        is_gradio = scope["path"].startswith(GRADIO_PATH)
        status = 500  # where nothing is answered, the server answers for us

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers["Content-Security-Policy"] = self._gradio_policy if is_gradio else self._policy
                headers.setdefault("Cache-Control", "no-cache" if "etag" in headers else "no-store")
            await send(message)

        if scope["method"] == "HEAD":  # the server, which has the scope as it came, leaves the body out
            scope = {**scope, "method": "GET"}
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            self._metrics.count_request(path, status, time.perf_counter() - began)
