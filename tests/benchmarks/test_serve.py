"""The load test: its client, and its table."""

import asyncio

from benchmarks.load import Outcome, ask_in_turns, ask_when_due, multipart_request
from benchmarks.serve import report

DELAY = 0.3


async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An HTTP server that takes its time with everybody."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split()[0]))
            await asyncio.sleep(DELAY)
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{}")
    except asyncio.IncompleteReadError:
        pass
    finally:
        writer.close()
        await writer.wait_closed()


def outcomes_of(*, in_turns: bool) -> list[Outcome]:
    async def run() -> list[Outcome]:
        async with await asyncio.start_server(answer_late, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            requests = [multipart_request("/predict", b"a picture")]
            if in_turns:
                outcomes = await ask_in_turns(port, requests, clients=2, seconds=DELAY / 2)
            else:
                outcomes = await ask_when_due(port, requests, rate=60, seconds=DELAY)
            await asyncio.sleep(0.1)  # until the server has seen that its clients are gone
            return outcomes

    return asyncio.run(run())


def test_requests_begin_when_they_are_due_whether_or_not_earlier_ones_were_answered() -> None:
    outcomes = outcomes_of(in_turns=False)
    assert 5 < len(outcomes) < 50
    assert max(outcome.due for outcome in outcomes) < DELAY  # all before the first answer
    assert min(outcome.seconds for outcome in outcomes) >= DELAY
    assert {(outcome.status, outcome.has_retry_after) for outcome in outcomes} == {(503, True)}


def test_clients_in_turns_wait_for_their_answers() -> None:
    assert len(outcomes_of(in_turns=True)) == 2


def test_the_table_tells_what_was_answered_refused_and_how_soon() -> None:
    times = {"median": 8.04, "p99": 23.5, "max": 40.0}
    told = {
        "requests": 150,
        "answered_per_second": 49.7,
        "answered_ms": times,
        "refused": 0,
        "refused_ms": {},
        "failed": 0,
    }
    refusing = told | {"requests": 1000, "refused": 700, "refused_ms": times}
    results = {
        "date": "2026-01-01", "command": "python -m benchmarks.serve", "start_seconds": 1.04, "recovery_seconds": 0,
        "machine": {"packages": {}, "processor": "P", "cores": 2, "system": "S", "python": "3", "notes": []},
        "memory_mb": {"idle": 116.0, "after_steady": 127.0, "after_burst": 130.0},
        "steady": told | {"rate": 50}, "peak": told, "peak_28x28": told, "burst": refusing | {"rate": 800},
    }  # fmt: skip
    table = report(results)
    assert "| steady: 50 requests/s" in table
    assert "700 of 1,000" in table
    assert "116 MB at first, 127 MB after the steady load, 130 MB" in table


def test_the_memory_of_the_warm_service_is_told_as_it_grew() -> None:
    told = {"requests": 1, "answered_per_second": 1.0, "answered_ms": {}, "refused": 0, "refused_ms": {}, "failed": 0}
    looks = [(10.0, 120.0), (60.0, 130.0), (900.0, 131.0), (1800.0, 132.5)]
    results = {
        "date": "2026-01-01", "command": "python -m benchmarks.serve", "start_seconds": 1.04, "recovery_seconds": 0,
        "machine": {"packages": {}, "processor": "P", "cores": 2, "system": "S", "python": "3", "notes": []},
        "memory_mb": {"idle": 116.0, "after_steady": 132.5, "after_burst": 133.0, "steady": looks},
        "steady": told | {"rate": 50}, "peak": told, "peak_28x28": told, "burst": told | {"rate": 800},
    }  # fmt: skip
    assert "(+2.5 MB in the last 29 minutes of it)" in report(results)
