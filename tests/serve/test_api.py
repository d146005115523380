"""The endpoints, asked as a client asks."""

import asyncio
import base64
import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from handigits import Recognizer
from handigits.ink import decode
from handigits.serve.api import create_app
from handigits.serve.explanations import Explanation, explain
from handigits.serve.limits import Limits
from handigits.serve.reference import EXAMPLES

from .conftest import Service, drawn_sevens


def test_an_uploaded_picture_is_read(service: Service, seven: bytes) -> None:
    answer = service.post("/predict", files={"picture": ("seven.png", seven)}).json()
    assert (answer["digits"], answer["file"], answer["abstained"]) == ("7", "seven.png", False)
    assert answer["milliseconds"] > 0


def test_the_answer_has_every_field_of_a_prediction_with_the_same_values(service: Service, seven: bytes) -> None:
    answer = service.post("/predict", files={"picture": ("bytes", seven)}).json()
    expected = json.loads(json.dumps(Recognizer.load().predict(seven).to_json()))
    assert {name: answer[name] for name in expected} == expected


def test_what_was_seen_is_a_picture_of_28_by_28_for_each_digit(service: Service, seven: bytes) -> None:
    answer = service.post("/predict", files={"picture": seven}).json()
    assert len(answer["seen"]) == len(answer["digits"]) == 1
    image = decode(base64.b64decode(answer["seen"][0])).gray
    assert image.shape == (28, 28)
    assert image.max() > 200


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_base64_is_read_as_the_file_itself(service: Service, seven: bytes, prefix: str) -> None:
    answer = service.post("/predict", json={"picture": prefix + base64.b64encode(seven).decode()})
    assert answer.json()["digits"] == "7"


def test_pixels_may_be_bytes_or_shares_of_one(service: Service, seven: bytes) -> None:
    pixels = decode(seven).gray
    whole = service.post("/predict", json={"pixels": pixels.tolist(), "file": "pixels"}).json()
    shares = service.post("/predict", json={"pixels": (pixels / 255).tolist(), "file": "pixels"}).json()
    assert whole["digits"] == "7"
    assert whole["probabilities"] == shares["probabilities"]


def test_a_polarity_can_be_named(service: Service, seven: bytes) -> None:
    answer = service.post("/predict?polarity=dark-on-light", files={"picture": seven})
    assert answer.json()["digits"] == "7"


def test_an_unknown_polarity_is_refused_with_the_known_ones(service: Service, seven: bytes) -> None:
    answer = service.post("/predict?polarity=sideways", files={"picture": seven})
    assert answer.status_code == 422
    assert "polarity" in answer.json()["detail"]
    assert "dark-on-light" in answer.json()["detail"]


def test_several_digits_are_read_with_a_box_and_an_image_for_each(service: Service) -> None:
    answer = service.post("/predict", files={"picture": drawn_sevens(2)}).json()
    assert answer["digits"] == "77"
    assert len(answer["boxes"]) == len(answer["seen"]) == len(answer["probabilities"]) == 2
    assert answer["boxes"][0][0] < answer["boxes"][1][0]


def test_several_digits_where_one_is_expected_are_no_claim(service: Service) -> None:
    answer = service.post("/predict?expect=one", files={"picture": drawn_sevens(2)}).json()
    assert (answer["digits"], answer["abstained"], len(answer["seen"])) == ("", True, 1)
    assert "one was asked" in answer["reason"]


def test_a_blank_page_is_answered_with_the_reason_why_nothing_is_claimed(service: Service) -> None:
    answer = service.post("/predict", json={"pixels": [[255] * 50] * 50}).json()
    assert (answer["digits"], answer["abstained"]) == ("", True)
    assert answer["reason"]


def test_a_batch_is_answered_in_order_whatever_happens_to_one(service: Service, seven: bytes) -> None:
    files = [("picture", ("a.png", seven)), ("picture", ("b.png", b"no picture")), ("picture", ("c.png", seven))]
    first, second, third = service.post("/predict/batch", files=files).json()
    assert (first["file"], first["digits"], third["file"], third["digits"]) == ("a.png", "7", "c.png", "7")
    assert second["file"] == "b.png"
    assert "is not a picture" in second["error"]


def test_pictures_of_a_batch_come_back_under_the_names_that_they_were_sent_with(service: Service, seven: bytes) -> None:
    pictures = [{"file": "a\tb.png", "picture": base64.b64encode(content).decode()} for content in (seven, b"none")]
    answers = service.post("/predict/batch", json={"pictures": pictures}).json()
    assert [answer["file"] for answer in answers] == ["a\tb.png", "a\tb.png"]
    assert "error" in answers[1]


def test_a_batch_may_be_json(service: Service, seven: bytes) -> None:
    picture = {"picture": base64.b64encode(seven).decode()}
    answers = service.post("/predict/batch", json={"pictures": [picture, picture]}).json()
    assert [answer["digits"] for answer in answers] == ["7", "7"]


@pytest.mark.parametrize("path", sorted(EXAMPLES))
def test_the_examples_of_the_documentation_work(service: Service, path: str) -> None:
    example = EXAMPLES[path]["requestBody"]["content"]["application/json"]["example"]
    answers = service.post(path, json=example).json()
    first = answers[0] if isinstance(answers, list) else answers
    assert first["digits"] == "7"


def test_the_answer_that_the_documentation_shows_has_the_fields_of_a_real_one(service: Service, seven: bytes) -> None:
    responses = service.get("/openapi.json").json()["paths"]["/predict"]["post"]["responses"]
    shown = responses["200"]["content"]["application/json"]["example"]
    answer = service.post("/predict", files={"picture": seven}).json()
    assert {name: type(value) for name, value in shown.items()} == {name: type(each) for name, each in answer.items()}
    assert "An answer" in service.get("/docs").text


def test_a_parameter_that_is_true_or_false_is_told_with_its_default(service: Service) -> None:
    assert "<code>evidence</code> (query): true, false; true if not given" in service.get("/docs").text


def test_findings_alone_are_told_without_evidence(service: Service, seven: bytes) -> None:
    told = service.post("/explain?evidence=false", files={"picture": seven}).json()
    assert (told["digit"], told["evidence"]) == (None, "")


def test_the_service_says_that_it_is_alive_and_ready(service: Service) -> None:
    assert service.get("/health/live").json() == {"status": "live"}
    assert service.get("/health/ready").json() == {"status": "ready"}


def test_the_card_says_what_the_model_was_measured_to_reach(service: Service) -> None:
    card = service.get("/model").json()
    assert 0.9 < card["metrics"]["test"]["accuracy"] < 1
    assert card["classes"] == list("0123456789")
    assert card["takes_corrections"] is False


def test_metrics_count_requests_and_pictures(service: Service, seven: bytes) -> None:
    def counted(line: str) -> float:
        lines = service.get("/metrics").text.splitlines()
        return sum(float(each.rpartition(" ")[2]) for each in lines if each.startswith(line))

    names = ('handigits_requests_total{path="/predict",status="200"}', 'handigits_pictures_total{outcome="read"}')
    before = [counted(name) for name in names]
    service.post("/predict", files={"picture": seven})
    assert [counted(name) for name in names] == [count + 1 for count in before]


def test_paths_that_clients_make_up_are_counted_as_one(service: Service) -> None:
    service.get("/made-up-path")
    text = service.get("/metrics").text
    assert "made-up" not in text
    assert 'handigits_requests_total{path="other",status="404"}' in text


def test_the_reference_shows_every_endpoint_and_loads_nothing_from_elsewhere(service: Service) -> None:
    page = service.get("/docs").text
    for path in service.get("/openapi.json").json()["paths"]:
        assert path in page
    assert "https://" not in page
    assert "//cdn" not in page


def test_every_answer_carries_the_security_headers(service: Service) -> None:
    for path in ("/", "/model", "/nowhere", "/static/pad.js"):
        headers = service.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "server" not in headers


@pytest.mark.parametrize("path", ["/", "/docs", "/static/pad.js", "/health/ready", "/model", "/predict", "/nowhere"])
def test_head_is_answered_with_the_head_of_get_alone(service: Service, path: str) -> None:
    def ask(method: str) -> tuple[list[bytes], bytes]:
        answer = service.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head, _, body = answer.partition(b"\r\n\r\n")
        return [line for line in head.split(b"\r\n") if not line.startswith(b"date:")], body

    (head, body), (expected_head, expected_body) = ask("HEAD"), ask("GET")
    assert head == expected_head
    assert body == b""
    assert expected_body


def test_no_other_site_may_read_an_answer(service: Service, seven: bytes) -> None:
    answer = service.post("/predict", files={"picture": seven}, headers={"Origin": "https://example.org"})
    assert "access-control-allow-origin" not in answer.headers


def test_corrections_are_not_taken_unless_asked_for(service: Service) -> None:
    assert service.post("/corrections", json={}).status_code == 404


def test_a_name_with_markup_and_control_codes_comes_back_as_data(service: Service, seven: bytes) -> None:
    name = "<script>alert(1)</script>\n\x1b[31m../../etc/passwd"
    answer = service.post("/predict", json={"picture": base64.b64encode(seven).decode(), "file": name})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["file"] == name
    assert b"\x1b" not in answer.content


def test_the_service_runs_without_torch(service: Service) -> None:
    maps = Path(f"/proc/{service.process.pid}/maps").read_text()
    assert "onnxruntime" in maps
    assert "libtorch" not in maps


def test_the_service_takes_less_than_300_mb_and_gives_back_what_a_photo_took(service: Service, photo: bytes) -> None:
    service.post("/predict", files={"picture": photo})
    before = service.memory_mb()
    for _ in range(4):
        service.post("/predict", files={"picture": photo})
    assert before < 300
    assert service.memory_mb() - before < 20


def test_an_explanation_names_the_digit_and_shows_the_evidence(service: Service, seven: bytes) -> None:
    told = service.post("/explain", files={"picture": seven}).json()
    assert told["digit"] == 7
    assert decode(base64.b64decode(told["evidence"])).gray.shape == (28, 28)


def test_of_several_digits_only_the_findings_are_told(service: Service) -> None:
    told = service.post("/explain", files={"picture": drawn_sevens(2)}).json()
    assert (told["digit"], told["evidence"]) == (None, "")


def test_one_picture_is_explained_at_a_time_and_reading_goes_on(monkeypatch: pytest.MonkeyPatch, seven: bytes) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def explain_when_told(*arguments: Any, **options: Any) -> Explanation:
        begun.set()
        assert may_end.wait(5)
        return explain(*arguments, **options)

    async def play() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_app(Recognizer.load(threads=1), limits=Limits(workers=2)))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            first = asyncio.create_task(client.post("/explain", files={"picture": seven}))
            await asyncio.to_thread(begun.wait)
            others = [await client.post(path, files={"picture": seven}) for path in ("/explain", "/predict")]
            may_end.set()
            return [await first, *others]

    monkeypatch.setattr("handigits.serve.api.explain", explain_when_told)
    first, second, read = asyncio.run(play())
    assert first.json()["digit"] == 7
    assert second.status_code == 503
    assert "Another picture is being explained" in second.json()["detail"]
    assert read.json()["digits"] == "7"
