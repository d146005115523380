"""A few threads for the work that would hold up the event loop, and a bounded queue before them.

Under more load than it can bear a service without a bound answers everybody late; this one answers as many as it can in
time and tells the others at once: it knows how long work took lately, and so who would wait too long. Does not know
what the work is.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from handigits.serve.limits import Limits

__all__ = ["Busy", "Workshop"]

_T = TypeVar("_T")

_LATEST = 0.1  # weight of the latest work in the mean of what it takes


class Busy(Exception):  # noqa: N818 - nothing is wrong but the moment
    """There is no room for more work now; `str` says why."""


class Workshop:
    """Runs work in `limits.workers` threads. Belongs to one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(limits.workers, thread_name_prefix="reader")
        self._free = asyncio.Semaphore(limits.workers)
        self._seconds = 0.0  # that work took lately
        self.waiting = 0
        self.working = 0

    @property
    def has_room(self) -> bool:
        """Whether more work would be taken: a worker is free, or the queue has a place and moves on in time."""
        if self.working + self.waiting < self._limits.workers:  # a thread that was just given back is the next waiter's
            return True
        expected_ms = 1000 * self._seconds * (self.waiting + 1) / self._limits.workers
        return self.waiting < self._limits.max_waiting and expected_ms < self._limits.max_wait_ms

    def check_room(self) -> None:
        """Before anything is done for a request.

        Raises:
            Busy: no more work would be taken.
        """
        if not self.has_room:
            raise Busy(f"{self.waiting} requests are waiting already.")

    async def run(self, work: Callable[[], _T]) -> _T:
        """Run `work` in a thread when one is free.

        Raises:
            Busy: too many wait already, or no thread became free in time. The work was not begun.
        """
        await self._take_thread()
        began = time.perf_counter()
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # Not before the thread is free, even if nobody awaits it any more.
        future.add_done_callback(lambda _: self._give_back(began))
        return await asyncio.shield(future)

    def close(self) -> None:
        """Take no more work; what is being done is finished."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _take_thread(self) -> None:
        self.check_room()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._limits.max_wait_ms / 1000):
                await self._free.acquire()
        except TimeoutError as err:
            raise Busy(f"No worker became free within {self._limits.max_wait_ms:g} ms.") from err
        finally:
            self.waiting -= 1
        self.working += 1

    def _give_back(self, began: float) -> None:
        seconds = time.perf_counter() - began
        self._seconds += (_LATEST if self._seconds else 1) * (seconds - self._seconds)
        self.working -= 1
        self._free.release()
