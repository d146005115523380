"""One connection to the service: uvicorn's, with bounds that uvicorn leaves to a proxy.

A client that sends its request slower than allowed, a head without end, or a body on and on after it was refused, is
cut off; so is one that does not take its answer. Does not look at what is asked for.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from handigits.serve.limits import Limits

__all__ = ["connection_type"]

# Between requests: of a head that does not end, or of a body that goes on after its refusal. Dropping a part of the
# latter lets the client come to the point where it reads why.
_MAX_UNASKED = 2**20
_LINGER_SECONDS = 1.0
_NO_ROOM = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nContent-Length: 34\r\n\r\n"
    b'{"detail":"Too many connections."}'
)


def connection_type(limits: Limits) -> type[asyncio.Protocol]:
    """The class that uvicorn makes its connections of."""

    class LimitedConnection(_Connection):
        limits_of_service = limits

    return LimitedConnection


class _Connection(HttpToolsProtocol):
    limits_of_service: Limits

    _deadline: asyncio.TimerHandle | None = None  # for the head of the next request
    _patience: asyncio.TimerHandle | None = None  # with a client that takes nothing of its answers
    _unasked_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > self.limits_of_service.max_connections:
            transport.write(_NO_ROOM)
            transport.close()
        else:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            return
        self._unasked_bytes += len(data)
        if self._unasked_bytes > _MAX_UNASKED:
            self.transport.close()
        elif self._deadline is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        self._head_came()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        is_unread = self.cycle.response_complete and self.cycle.more_body  # a pipelined request may be the newest one
        if is_unread and self.expect_100_continue:
            self.transport.close()  # whether the body still comes is for the client to choose: what follows is unclear
        elif is_unread:  # refused before it had come; let the client read that before the end
            self._deadline = self.loop.call_later(_LINGER_SECONDS, self.transport.close)
        super().on_response_complete()

    def on_message_complete(self) -> None:
        if self.cycle.response_complete:  # the rest of a refused body came after all
            self._head_came()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            super().send_400_response(msg)
        else:  # what follows a whole request is damaged: the request is answered, and nothing after it
            self.cycle.keep_alive = False

    def pause_writing(self) -> None:
        super().pause_writing()
        self._patience = self.loop.call_later(self.limits_of_service.response_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self.loop.call_later(self.limits_of_service.response_seconds, self.transport.abort)

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(self.limits_of_service.request_seconds, self.transport.abort)

    def _head_came(self) -> None:
        self._unasked_bytes = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
