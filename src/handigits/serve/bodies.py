"""The body of a request, read with a bound on its size, on its time, and on the memory of all bodies together.

Counts what arrives and does not trust what was announced: lengths may lie, chunked bodies have none. Does not look into
the body. What a refused client goes on sending is dropped by its connection (see `connections`).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from handigits.serve.limits import Limits
from handigits.serve.workshop import Busy

__all__ = ["Bodies"]


class Bodies:
    """Reads bodies, and knows how much memory they take now."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.held = 0

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """The body of `request`; its memory counts as taken until the block ends.

        Raises:
            HTTPException: larger than allowed (413), or slower (408).
            Busy: the bodies of other requests take all the memory there is for them.
        """
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limits.max_body:
            raise self._too_large()
        chunks: list[bytes] = []
        try:
            await self._collect(request, chunks)
            chunks[:] = [b"".join(chunks)]  # the pieces and the whole would be twice the memory
            yield chunks[0]
        finally:
            self.held -= sum(map(len, chunks))

    async def _collect(self, request: Request, chunks: list[bytes]) -> None:
        size = 0
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                async for chunk in request.stream():
                    chunks.append(chunk)
                    size += len(chunk)
                    self.held += len(chunk)
                    self._check(size)
        except TimeoutError as err:
            raise HTTPException(
                HTTPStatus.REQUEST_TIMEOUT, f"The body did not arrive within {self._limits.request_seconds:g} seconds."
            ) from err
        except ClientDisconnect as err:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "The client went away before its body had arrived.") from err

    def _check(self, size: int) -> None:
        if size > self._limits.max_body:
            raise self._too_large()
        if self.held > self._limits.max_held:
            raise Busy("The bodies of other requests take all the memory there is for them.")

    def _too_large(self) -> HTTPException:
        return HTTPException(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body is larger than {self._limits.max_body_mb:g} MiB, the most that is read. Send a smaller picture.",
        )
