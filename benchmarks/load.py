"""An HTTP client for load tests: requests begin when they are due, whether or not earlier ones were answered.

That is what independent users do. A client that waits for an answer before it asks again slows down together with the
service, and does not see how long others would have waited. Times are counted from when a request was due.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Outcome", "ask_in_turns", "ask_when_due", "multipart_request"]

_BOUNDARY = "handigits"


@dataclass(frozen=True)
class Outcome:
    """One request: when it was due and how long its answer took after that, in seconds; 0 for a failed connection."""

    due: float
    seconds: float
    status: int
    has_retry_after: bool = False


def multipart_request(path: str, content: bytes) -> bytes:
    """The bytes of a request that uploads one picture."""
    part = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; filename="digit.png"\r\n\r\n'.encode()
    body = part + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary={_BOUNDARY}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask_when_due(
    port: int, requests: Sequence[bytes], *, rate: float, seconds: float, seed: int = 0
) -> list[Outcome]:
    """Send requests at random times (a Poisson process), `rate` of them in a second on average."""
    generator = random.Random(seed)
    client = _Client(port)
    tasks = []
    began = time.perf_counter()
    due = generator.expovariate(rate)
    while due < seconds:
        await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
        tasks.append(asyncio.create_task(client.ask(generator.choice(requests), began, due)))
        due += generator.expovariate(rate)
    outcomes = await asyncio.gather(*tasks)
    await client.close()
    return outcomes


async def ask_in_turns(port: int, requests: Sequence[bytes], *, clients: int, seconds: float) -> list[Outcome]:
    """Send requests from `clients` connections, each as soon as its last one was answered: what the service can do."""
    client = _Client(port)
    began = time.perf_counter()

    async def ask_on(generator: random.Random) -> list[Outcome]:
        outcomes = []
        while (now := time.perf_counter() - began) < seconds:
            outcomes.append(await client.ask(generator.choice(requests), began, now))
        return outcomes

    lists = await asyncio.gather(*(ask_on(random.Random(seed)) for seed in range(clients)))
    await client.close()
    return [outcome for each in lists for outcome in each]


class _Client:
    """Connections that are used again once they are free; as many as it takes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: bytes, began: float, due: float) -> Outcome:
        try:
            status, has_retry_after = await asyncio.wait_for(self._exchange(request), 30)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            status, has_retry_after = 0, False
        return Outcome(due, time.perf_counter() - began - due, status, has_retry_after)

    async def _exchange(self, request: bytes) -> tuple[int, bool]:
        reader, writer = self._usable() or await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in head:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head[9:12]), b"retry-after: " in head

    def _usable(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A free connection that the service has not closed for being idle."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
            await writer.wait_closed()
