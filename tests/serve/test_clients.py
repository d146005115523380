"""Several clients, and curious ones: nobody gets another's answer, nothing is kept, nothing is opened or fetched."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from .conftest import Service, drawn_sevens, started


@pytest.fixture(scope="module")
def impatient() -> Iterator[Service]:
    """Gives a client a second to take its answer."""
    with started("--response-seconds", "1", "--idle-seconds", "0.5") as running:
        yield running


def test_everybody_gets_the_answer_to_his_own_picture(service: Service) -> None:
    pictures = {count: drawn_sevens(count) for count in (1, 2, 3)}

    def ask(number: int) -> tuple[str, str]:
        count = 1 + number % 3
        answer = client.post(
            service.url + "/predict", files={"picture": (f"{number} with {count}.png", pictures[count])}
        )
        return answer.json()["file"], answer.json()["digits"]

    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(2) as pool:  # as many as there are workers
        answers = list(pool.map(ask, range(60)))
    assert answers == [(f"{number} with {1 + number % 3}.png", "7" * (1 + number % 3)) for number in range(60)]


@pytest.mark.parametrize("field", ["picture", "url", "file"])
def test_an_address_in_a_request_is_not_fetched(service: Service, field: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/seven.png"
        service.post("/predict", json={field: address, **({"pixels": [[0, 1], [1, 0]]} if field == "file" else {})})
        service.post("/predict", files={"picture": (address, address.encode())})
        listener.settimeout(0.3)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_path_in_a_request_is_not_opened(service: Service, seven: bytes, tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    path.write_bytes(seven)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{path}" width="9" height="9"/></svg>'
    answers = [
        service.post("/predict", json={"picture": str(path)}),
        service.post("/predict", json={"picture": f"file://{path}"}),
        service.post("/predict", files={"picture": (str(path), str(path).encode())}),
        service.post("/predict", files={"picture": (str(path), svg.encode())}),
        service.get(f"/static/..%2f..%2f..{path}"),
        service.get(f"/examples/{path}"),
    ]
    assert [answer.status_code for answer in answers] == [422] * 4 + [404] * 2


def test_pictures_are_never_on_the_disk(tmp_path: Path, photo: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor while they are read: uploads of more than a megabyte are where other servers begin to use files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with started() as service:
        large = photo + bytes(3 * 2**20)  # what follows the end of a PNG is not looked at
        before, opened = files_of(service), set()
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(service.post, "/predict", files={"picture": large})
            while not asked.done():
                opened |= files_of(service)
        assert asked.result().status_code == 200
    assert list(tmp_path.iterdir()) == []
    assert {each for each in opened - before if each.endswith("(deleted)") or each.startswith(str(tmp_path))} == set()


def files_of(service: Service) -> set[str]:
    """What the process has open now."""
    found = set()
    for each in Path(f"/proc/{service.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(each.readlink()))
    return found


def test_while_the_queue_is_full_the_service_lives_but_is_not_ready(photo: bytes) -> None:
    with started("--workers", "1", "--max-waiting", "1", "--max-wait-ms", "5000") as service:
        states = set()
        with ThreadPoolExecutor(3) as pool, httpx.Client() as client:
            asked = [pool.submit(service.post, "/predict", files={"picture": photo}) for _ in range(9)]
            while not all(each.done() for each in asked):
                ready, live = (client.get(f"{service.url}/health/{name}") for name in ("ready", "live"))
                states.add((ready.status_code, ready.headers.get("Retry-After"), live.status_code))
        assert (503, "1", 200) in states
        assert states <= {(200, None, 200), (503, "1", 200)}
        assert service.get("/health/ready").status_code == 200


def test_a_client_that_does_not_take_its_answers_is_cut_off(impatient: Service) -> None:
    """It asks on and on; the service neither waits for ever nor collects answers without end."""
    ask = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    before = impatient.peak_mb()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", impatient.port))
        connection.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            connection.sendall(ask * 5000)
        assert became(lambda: connections_of(impatient) == 1, within=10)
        assert became(lambda: connections_of(impatient) == 0, within=20)
    assert impatient.peak_mb() - before < 50


def became(state: Callable[[], bool], *, within: float) -> bool:
    """Whether it came to be so, in so many seconds."""
    end = time.perf_counter() + within
    while not (is_so := state()) and time.perf_counter() < end:
        time.sleep(0.05)
    return is_so


def connections_of(service: Service) -> int:
    """How many connections the service holds, as the system knows it."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    inodes = {
        f"socket:[{words[9]}]"
        for words in map(str.split, lines)
        if int(words[1][-4:], 16) == service.port and words[3] != "0A"
    }
    return len(inodes & files_of(service))
