"""Bodies in memory."""

import asyncio
import tracemalloc
from typing import Any

from starlette.requests import Request

from handigits.serve.bodies import Bodies
from handigits.serve.limits import Limits

SIZE, PIECES = 2**20, 8


def test_a_body_takes_its_size_in_memory_once_and_gives_it_back() -> None:
    left = PIECES

    async def receive() -> dict[str, Any]:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": bytes(SIZE), "more_body": left > 0}

    async def play() -> tuple[int, int, int]:
        bodies = Bodies(Limits())
        before = tracemalloc.get_traced_memory()[0]
        async with bodies.read(Request({"type": "http", "headers": []}, receive)) as body:
            assert len(body) == PIECES * SIZE
            held, taken = bodies.held, tracemalloc.get_traced_memory()[0] - before
        return held, taken, bodies.held

    tracemalloc.start()
    try:
        held, taken, afterwards = asyncio.run(play())
    finally:
        tracemalloc.stop()
    assert held == PIECES * SIZE
    assert taken < 1.5 * held
    assert afterwards == 0
