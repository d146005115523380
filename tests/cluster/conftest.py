"""What the tests of Ray share: its workers among the processes of a test, and patience."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Ray lets its workers give way to everything else; on a busy machine they would come to no end here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")
        yield


@pytest.fixture(scope="session")
def workers_of() -> Callable[[int, bytes], list[int]]:
    """Finds the descendants of a process whose command holds a word, and no others."""

    def find(ancestor: int, word: bytes) -> list[int]:
        return [pid for pid in _descendants(ancestor) if word in _command(pid)]

    return find


@pytest.fixture(scope="session")
def wait_for() -> Callable[[Callable[[], object]], None]:
    """Waits until something is true; after 300 seconds it fails."""

    def wait(claim: Callable[[], object]) -> None:
        end = time.monotonic() + 300
        while not claim():
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.02)

    return wait


def _descendants(ancestor: int) -> list[int]:
    parents = {int(entry.name): _parent(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")}
    found, new = [], [ancestor]
    while new:
        new = [pid for pid, parent in parents.items() if parent in new]
        found += new
    return found


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended meanwhile
        return 0


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
