"""The queue before the workers."""

import asyncio
import time

import pytest

from handigits.serve.limits import Limits
from handigits.serve.workshop import Busy, Workshop


def run(limits: Limits, jobs: int, seconds: float) -> list[float | Busy]:
    """So many jobs at once, each taking so long, after as many one by one: when each was done or refused."""

    async def play() -> list[float | Busy]:
        workshop = Workshop(limits)
        for _ in range(jobs):
            await workshop.run(lambda: time.sleep(seconds))
        began = time.perf_counter()

        async def one() -> float | Busy:
            try:
                await workshop.run(lambda: time.sleep(seconds))
            except Busy as err:
                told.append(time.perf_counter() - began)
                return err
            return time.perf_counter() - began

        results = await asyncio.gather(*(one() for _ in range(jobs)))
        workshop.close()
        return results

    told: list[float] = []
    results = asyncio.run(play())
    assert all(each < 0.1 for each in told), "refused at once, not when the wait is over"
    return results


def test_who_would_wait_too_long_is_told_at_once() -> None:
    results = run(Limits(workers=1, max_waiting=100, max_wait_ms=150), jobs=20, seconds=0.04)
    refused = [each for each in results if isinstance(each, Busy)]
    assert 12 <= len(refused) <= 19
    assert "are waiting already" in str(refused[0])


def test_a_short_queue_is_taken_however_long_its_work() -> None:
    assert not any(isinstance(each, Busy) for each in run(Limits(workers=1, max_wait_ms=5000), jobs=3, seconds=0.1))


def test_no_more_wait_than_there_are_places() -> None:
    results = run(Limits(workers=2, max_waiting=3, max_wait_ms=5000), jobs=8, seconds=0.05)
    assert sum(isinstance(each, Busy) for each in results) == 3


def test_while_a_worker_is_free_there_is_room_however_long_work_takes() -> None:
    assert run(Limits(workers=1, max_wait_ms=20), jobs=1, seconds=0.1)[0] == pytest.approx(0.1, abs=0.05)


def test_a_thread_that_was_given_back_is_the_next_waiters() -> None:
    async def play() -> list[tuple[int, bool]]:
        workshop = Workshop(Limits(workers=1, max_waiting=1, max_wait_ms=5000))
        jobs = [asyncio.create_task(workshop.run(lambda: time.sleep(0.02))) for _ in range(2)]
        seen = []
        while not jobs[1].done():
            await asyncio.sleep(0)
            seen.append((workshop.waiting, workshop.has_room))
        workshop.close()
        return seen

    seen = asyncio.run(play())
    assert (1, False) in seen
    assert (1, True) not in seen
