"""Bad requests: each is refused with a reason, and the service lives on."""

import base64
import contextlib
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from .conftest import Service, started

AsJson = Callable[[Any], dict[str, Any]]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"{", 400, "no JSON"),
        (b"\xff\xfe", 400, "no JSON"),
        (b"[" * 100_000, 400, "no JSON"),
        (b"7", 422, "JSON number"),
        (b"[]", 422, "JSON list"),
        (b"{}", 422, "neither"),
        (b'{"picture": "YQ==", "pixels": [[1]]}', 422, "both"),
        (b'{"picture": "not base64!"}', 422, "no base64"),
        (b'{"picture": "YQ=="}', 422, "is not a picture"),
        (b'{"picture": ""}', 422, "is empty"),
        (b'{"picture": 7}', 422, "JSON number"),
        (b'{"picture": "/etc/passwd"}', 422, "no base64"),
        (b'{"picture": "http://127.0.0.1/a.png"}', 422, "no base64"),
        (b'{"url": "http://127.0.0.1/a.png"}', 422, "'url'"),
        (b'{"path": "/etc/passwd"}', 422, "'path'"),
        (b'{"pixels": []}', 422, "shape"),
        (b'{"pixels": [[1, 2], [3]]}', 422, "different lengths"),
        (b'{"pixels": [["a"]]}', 422, "expected numbers"),
        (b'{"pixels": [[null]]}', 422, "expected numbers"),
        (b'{"pixels": [[-5, 300]]}', 422, "-5 to 300"),
        (b'{"pixels": [[NaN]]}', 422, "nan"),
        (b'{"pixels": [[0.5, 200]]}', 422, "fractions"),
        (b'{"pixels": [[1]], "file": 7}', 422, "'file'"),
        (b'{"pictures": []}', 422, "no list"),
    ],
)
def test_json_that_holds_no_picture_is_refused_with_the_reason(
    service: Service, body: bytes, status: int, told: str
) -> None:
    answer = service.post("/predict", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert told in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["", "image/png", "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused_with_the_right_ones(service: Service, seven: bytes, kind: str) -> None:
    answer = service.post("/predict", content=seven, headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert "multipart/form-data or application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("head", "body", "told"),
    [
        ("multipart/form-data", b"", "no boundary"),
        ("multipart/form-data; boundary=x", b"", "cut short"),
        ("multipart/form-data; boundary=x", b"nonsense", "damaged"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="picture"\r\n\r\nab',
            "cut short",
        ),
    ],
)
def test_a_damaged_form_is_refused(service: Service, head: str, body: bytes, told: str) -> None:
    answer = service.post("/predict", content=body, headers={"Content-Type": head})
    assert answer.status_code == 400
    assert told in answer.json()["detail"]


def test_a_form_field_with_another_name_is_refused_with_the_right_one(service: Service, seven: bytes) -> None:
    answer = service.post("/predict", files={"image": seven})
    assert answer.status_code == 422
    assert "'picture'" in answer.json()["detail"]


def test_several_pictures_are_sent_to_the_batch(service: Service, seven: bytes) -> None:
    answer = service.post("/predict", files=[("picture", seven), ("picture", seven)])
    assert answer.status_code == 422
    assert "/predict/batch" in answer.json()["detail"]


def test_more_pictures_than_allowed_are_refused(strict: Service) -> None:
    by_form = strict.post("/predict/batch", files=[("picture", b"a")] * 4)
    by_json = strict.post("/predict/batch", json={"pictures": [{"pixels": [[1]]}] * 4})
    assert (by_form.status_code, by_json.status_code) == (413, 413)


def test_ten_thousand_parts_are_refused(service: Service) -> None:
    answer = service.post("/predict/batch", files=[("picture", b"a")] * 10_000)
    assert answer.status_code == 413
    assert "64 parts" in answer.json()["detail"]


def test_more_numbers_than_a_picture_needs_are_refused(service: Service, as_json: AsJson) -> None:
    answer = service.post("/predict", **as_json({"pixels": [[0] * 1000] * 400}))
    assert answer.status_code == 413


def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(strict: Service) -> None:
    answer = strict.send(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"larger than 0.25 MiB" in answer


def test_a_chunked_body_over_the_limit_is_refused_and_not_read_on(strict: Service) -> None:
    """It goes on for ever; the service takes its limit and what it drops afterwards, and closes."""
    sent = 0
    with socket.create_connection(("127.0.0.1", strict.port), timeout=10) as connection:
        head = (
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(head)
        chunk = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"
        try:
            while sent < 64 * 2**20:
                connection.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert sent < 16 * 2**20  # most of it in the buffers of the system


def test_a_body_longer_than_its_length_is_answered_without_the_rest_of_it(strict: Service) -> None:
    """The rest is taken for the next request, which it is not: nothing comes after the answer."""
    alone = strict.post("/predict", content=b"{}", headers={"Content-Type": "application/json"})
    head, _, body = strict.send(
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        + b"\x00" * 9
    ).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 422")
    assert body == alone.content


def test_a_length_and_chunks_at_once_are_refused(strict: Service) -> None:
    """Two servers that read such a request differently could be played against each other."""
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert strict.send(head).startswith(b"HTTP/1.1 400")


def test_a_body_that_does_not_come_is_waited_for_no_longer_than_allowed(strict: Service) -> None:
    began = time.perf_counter()
    answer = strict.send(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.perf_counter() - began < 4


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\nHost:"], ids=["nothing", "half a head"])
def test_a_client_that_does_not_finish_its_head_is_cut_off(strict: Service, start: bytes) -> None:
    began = time.perf_counter()
    with contextlib.suppress(ConnectionResetError):
        assert strict.send(start) == b""
    assert time.perf_counter() - began < 4


def test_a_client_that_drips_its_head_is_cut_off_all_the_same(strict: Service) -> None:
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", strict.port), timeout=10) as connection, pytest.raises(OSError):
        while time.perf_counter() - began < 6:
            connection.sendall(b"a")
            time.sleep(0.05)
    assert time.perf_counter() - began < 4


def test_a_head_without_end_is_cut_off(strict: Service) -> None:
    sent = 0
    with socket.create_connection(("127.0.0.1", strict.port), timeout=10) as connection, pytest.raises(OSError):
        connection.sendall(b"GET / HTTP/1.1\r\n")
        while sent < 64 * 2**20:
            connection.sendall(b"a: " + b"b" * 65_000 + b"\r\n")
            sent += 65_000
    assert sent < 16 * 2**20


def test_more_connections_than_allowed_are_told_to_come_back(strict: Service) -> None:
    open_ones = [socket.create_connection(("127.0.0.1", strict.port)) for _ in range(60)]
    answers = []
    for each in open_ones:
        each.settimeout(0.3)
        try:
            answers.append(each.recv(1000))
        except TimeoutError:
            answers.append(b"")
        except ConnectionResetError:
            pass
        each.close()
    refusals = [answer for answer in answers if b"503" in answer]
    assert refusals
    assert all(b"Retry-After: 1" in answer for answer in refusals)


def test_a_client_that_goes_away_harms_nobody(service: Service, seven: bytes) -> None:
    for part in (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc", b"GET / HT"):
        with socket.create_connection(("127.0.0.1", service.port)) as connection:
            connection.sendall(part)
    assert service.post("/predict", files={"picture": seven}).json()["digits"] == "7"


def test_excess_is_refused_at_once_with_the_time_to_come_back(strict: Service, large_photo: bytes) -> None:
    """Ten photos at once for one worker: some are read, and whose is not knows it before any of them is."""

    def ask(_: int) -> tuple[int, float, str | None]:
        began = time.perf_counter()
        answer = client.post(strict.url + "/predict", files={"picture": large_photo})
        return answer.status_code, time.perf_counter() - began, answer.headers.get("Retry-After")

    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(ask, range(10)))
    read, refused = ([outcome for outcome in outcomes if outcome[0] == status] for status in (200, 503))
    assert {outcome[0] for outcome in outcomes} == {200, 503}
    assert all(retry == "1" for _, _, retry in refused)
    assert max(seconds for _, seconds, _ in refused) < min(seconds for _, seconds, _ in read)


def test_the_service_answers_other_questions_while_it_reads_a_photo(service: Service, large_photo: bytes) -> None:
    """Decoding and recognising do not hold up the event loop: none of the answers takes half as long as they do."""
    times: list[float] = []
    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(1) as pool:
        client.get(service.url + "/health/live")  # connects
        began = time.perf_counter()
        asked = pool.submit(service.post, "/predict", files={"picture": large_photo})
        while not asked.done():
            sent = time.perf_counter()
            client.get(service.url + "/health/live")
            times.append(time.perf_counter() - sent)
        took = time.perf_counter() - began
    assert asked.result().status_code == 200
    assert len(times) > 5
    assert max(times) < took / 2


def test_a_bomb_is_refused_without_being_unpacked(seven: bytes) -> None:
    bomb = BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with started() as service:
        service.post("/predict", files={"picture": seven})
        before = service.peak_mb()
        answer = service.post("/predict", json={"picture": base64.b64encode(bomb.getvalue()).decode()})
        assert answer.status_code == 422
        assert "pixels" in answer.json()["detail"]
        assert service.peak_mb() - before < 50
