"""Every way in which a mirror can fail, against a real server."""

import hashlib
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handigits.data.download import Patience, fetch, show_progress
from handigits.errors import DownloadError

CONTENT = random.Random(0).randbytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "mnist" / "file.gz"


@pytest.fixture
def get(mirror: Any, target: Path, patience: Patience) -> Callable[..., Path]:
    """Fetch the file from mirrors that behave as named, in that order."""
    mirror.content["file.gz"] = CONTENT

    def fetch_from(*behaviours: str, **options: Any) -> Path:
        urls = [mirror.url(each) for each in behaviours]
        return fetch(urls, target, **({"sha256": SHA256, "size": len(CONTENT), "patience": patience} | options))

    return fetch_from


def part_of(target: Path) -> Path:
    return target.with_name("file.gz.part")


def test_file_arrives_whole_under_its_name(get: Callable[..., Path], target: Path) -> None:
    assert get("whole") == target
    assert target.read_bytes() == CONTENT
    assert not part_of(target).exists()


def test_file_that_is_there_is_not_downloaded_again(get: Callable[..., Path], mirror: Any) -> None:
    get("whole")
    get("whole")
    assert len(mirror.requests) == 1


def test_file_with_other_content_is_replaced(get: Callable[..., Path], target: Path) -> None:
    target.parent.mkdir(parents=True)
    target.write_bytes(b"damaged")
    get("whole")
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("status", ["403", "404", "500"])
def test_refusal_leads_to_the_next_mirror(get: Callable[..., Path], target: Path, status: str) -> None:
    get(status, "whole")
    assert target.read_bytes() == CONTENT


def test_overloaded_mirror_is_asked_once_more_before_the_next(get: Callable[..., Path], mirror: Any) -> None:
    get("503", "whole")
    assert len(mirror.asked("503")) == 2
    assert len(mirror.asked("whole")) == 1


def test_web_page_with_200_leads_to_the_next_mirror(get: Callable[..., Path], target: Path) -> None:
    get("page", "whole")
    assert target.read_bytes() == CONTENT


def test_web_page_is_never_kept(get: Callable[..., Path], target: Path) -> None:
    with pytest.raises(DownloadError, match="web page"):
        get("page", size=None)
    assert not target.exists()
    assert not part_of(target).exists()


def test_wrong_content_leads_to_the_next_mirror_and_is_thrown_away(get: Callable[..., Path], target: Path) -> None:
    get("other", "whole")
    assert target.read_bytes() == CONTENT


def test_wrong_content_alone_is_an_error(get: Callable[..., Path], target: Path) -> None:
    with pytest.raises(DownloadError, match="delivered other content"):
        get("other")
    assert not target.exists()
    assert not part_of(target).exists()


def test_announced_wrong_size_is_refused_before_it_is_sent(get: Callable[..., Path]) -> None:
    with pytest.raises(DownloadError, match="offers 299,999 bytes where 300,000 were expected"):
        get("short")


def test_endless_body_is_cut_off(get: Callable[..., Path], target: Path) -> None:
    get("endless", "whole")
    assert target.read_bytes() == CONTENT


def test_endless_body_of_unknown_size_is_cut_off(
    get: Callable[..., Path], target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handigits.data.download.UNKNOWN_SIZE_LIMIT", 1_000_000)
    with pytest.raises(DownloadError, match="sends more than the 1,000,000 bytes"):
        get("endless", size=None)
    assert not target.exists()


@pytest.mark.parametrize("behaviour", ["hang", "hang_half", "trickle"])
def test_silent_mirror_is_left_for_the_next(get: Callable[..., Path], target: Path, behaviour: str) -> None:
    start = time.monotonic()
    get(behaviour, "whole")
    assert time.monotonic() - start < 3
    assert target.read_bytes() == CONTENT


def test_default_patience_leaves_a_silent_mirror_within_ten_seconds_and_no_network_within_five() -> None:
    assert Patience().answer_seconds < 10
    assert Patience().connect_seconds < 5


def test_drop_at_half_is_resumed(get: Callable[..., Path], mirror: Any, target: Path) -> None:
    get("drop_once")
    assert mirror.asked("drop_once") == [None, "bytes=150000-"]
    assert target.read_bytes() == CONTENT


def test_drop_at_half_begins_anew_where_the_server_cannot_resume(
    get: Callable[..., Path], mirror: Any, target: Path
) -> None:
    get("forget")
    assert mirror.asked("forget") == [None, "bytes=150000-"]
    assert target.read_bytes() == CONTENT


def test_answer_with_another_range_is_refused(get: Callable[..., Path], target: Path) -> None:
    with pytest.raises(DownloadError, match="those from 150000 on were asked for"):
        get("askew")
    assert not target.exists()


def test_next_mirror_goes_on_where_the_last_one_stopped(get: Callable[..., Path], mirror: Any, target: Path) -> None:
    get("hang_half", "whole")
    assert mirror.asked("whole") == ["bytes=150000-"]
    assert target.read_bytes() == CONTENT


def test_mirror_that_always_drops_is_given_up_and_nothing_has_the_final_name(
    get: Callable[..., Path], mirror: Any, target: Path
) -> None:
    with pytest.raises(DownloadError, match="dropped the connection after 225,000 of 300,000 bytes"):
        get("drop")
    assert len(mirror.requests) == 2
    assert not target.exists()


def test_size_that_nobody_knows_still_reveals_a_drop(get: Callable[..., Path], target: Path) -> None:
    get("drop_once", size=None)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("held", [b"x" * 1_000, b"x" * 300_000, b"x" * 400_000])
@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_useless_part_of_an_earlier_run_does_no_harm(
    get: Callable[..., Path], target: Path, held: bytes, size: int | None
) -> None:
    target.parent.mkdir(parents=True)
    part_of(target).write_bytes(held)
    get("whole", size=size)
    assert target.read_bytes() == CONTENT


def test_complete_part_of_a_killed_run_is_used_without_download(
    get: Callable[..., Path], mirror: Any, target: Path
) -> None:
    target.parent.mkdir(parents=True)
    part_of(target).write_bytes(CONTENT)
    get("whole")
    assert mirror.requests == []
    assert target.read_bytes() == CONTENT


def test_killed_process_leaves_a_part_that_the_next_one_resumes(
    get: Callable[..., Path], mirror: Any, target: Path
) -> None:
    process = start_process(mirror.url("hang_half"), target)
    deadline = time.monotonic() + 10
    while not (part_of(target).exists() and part_of(target).stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not target.exists()
    held = part_of(target).stat().st_size
    get("whole")
    assert mirror.asked("whole") == [f"bytes={held}-"]
    assert target.read_bytes() == CONTENT


def test_two_processes_at_once_download_once(mirror: Any, target: Path) -> None:
    mirror.content["file.gz"] = CONTENT
    processes = [start_process(mirror.url("slow"), target) for _ in range(2)]
    assert [process.wait(20) for process in processes] == [0, 0]
    assert len(mirror.requests) == 1
    assert target.read_bytes() == CONTENT


def test_message_names_each_mirror_with_its_reason_the_folder_and_the_way_out(
    get: Callable[..., Path], target: Path, mirror: Any
) -> None:
    with pytest.raises(DownloadError) as caught:
        get("403", "page", "hang")
    message = str(caught.value)
    assert message.count(f"127.0.0.1:{mirror.port}") == 3
    for words in ("file.gz", "HTTP 403 Forbidden", "web page", "no answer within 0.4 s", str(target.parent)):
        assert words in message
    assert "HANDIGITS_DATA" in message and "mnist/file.gz" in message
    assert "\n" not in message


def test_self_signed_certificate_is_refused_and_nothing_is_sent(
    tls_mirror: Any, target: Path, patience: Patience
) -> None:
    tls_mirror.content["file.gz"] = CONTENT
    with pytest.raises(DownloadError, match="TLS certificate is not valid"):
        fetch([tls_mirror.url("whole")], target, sha256=SHA256, patience=patience)
    assert tls_mirror.requests == []


def test_trusted_certificate_is_accepted(
    tls_mirror: Any, certificate: Path, target: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls_mirror.content["file.gz"] = CONTENT
    fetch([tls_mirror.url("whole")], target, sha256=SHA256, patience=patience)
    assert target.read_bytes() == CONTENT


def test_redirect_from_https_to_http_is_refused(
    tls_mirror: Any,
    mirror: Any,
    certificate: Path,
    target: Path,
    patience: Patience,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls_mirror.content["file.gz"] = mirror.content["file.gz"] = CONTENT
    tls_mirror.redirect_to = mirror.url("whole")
    with pytest.raises(DownloadError, match="redirects from https to http"):
        fetch([tls_mirror.url("redirect")], target, sha256=SHA256, patience=patience)
    assert mirror.requests == []


def test_redirect_that_stays_secure_is_followed(get: Callable[..., Path], mirror: Any, target: Path) -> None:
    mirror.redirect_to = mirror.url("whole")
    get("redirect")
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("url", ["file:///etc/hostname", "http://192.0.2.1/file.gz", "ftp://127.0.0.1/file.gz"])
def test_redirect_to_anything_insecure_is_refused(get: Callable[..., Path], mirror: Any, url: str) -> None:
    mirror.redirect_to = url
    with pytest.raises(DownloadError, match=r"not https|not allowed"):
        get("redirect")


def test_redirect_loop_is_an_error(get: Callable[..., Path], mirror: Any) -> None:
    mirror.redirect_to = mirror.url("redirect")
    with pytest.raises(DownloadError, match="HTTP 302"):
        get("redirect")


def test_plain_http_to_another_machine_is_refused(
    mirror: Any, target: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{mirror.port}")  # so that somebody answers
    with pytest.raises(DownloadError, match="is not https"):
        fetch(["http://mirror.example/file.gz"], target, sha256=SHA256, patience=patience)
    assert mirror.requests == []


def test_proxy_of_the_environment_is_used(
    get: Callable[..., Path], mirror: Any, target: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{mirror.port}")
    fetch(["http://localhost:9/whole/file.gz"], target, sha256=SHA256, patience=patience)
    assert mirror.requests == [("http://localhost:9/whole/file.gz", None)]
    assert target.read_bytes() == CONTENT


def test_refused_connections_are_one_quick_error(target: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = time.monotonic()
    with pytest.raises(DownloadError, match="refuses connections"):
        fetch([f"http://127.0.0.1:{port}/file.gz"] * 2, target, sha256=SHA256)
    assert time.monotonic() - start < 2


@pytest.mark.usefixtures("silent_name_server")
def test_name_server_that_never_answers_costs_one_wait_for_all_mirrors(target: Path, patience: Patience) -> None:
    start = time.monotonic()
    with pytest.raises(DownloadError, match=r"a\.invalid: no connection within 0\.5 s; b\.invalid: no connection"):
        fetch(["https://a.invalid/f", "https://b.invalid/f"], target, sha256=SHA256, patience=patience)
    assert time.monotonic() - start < 1.5


def test_mirror_out_of_reach_is_passed_over(
    get: Callable[..., Path], mirror: Any, target: Path, patience: Patience
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    urls = [f"http://127.0.0.1:{port}/file.gz", mirror.url("whole")]
    fetch(urls, target, sha256=SHA256, patience=patience)
    assert target.read_bytes() == CONTENT


def test_offline_uses_a_right_file(get: Callable[..., Path], mirror: Any, target: Path) -> None:
    get("whole")
    assert get("whole", offline=True).read_bytes() == CONTENT
    assert len(mirror.requests) == 1


def test_offline_without_the_file_says_what_to_do_and_asks_nobody(get: Callable[..., Path], mirror: Any) -> None:
    with pytest.raises(DownloadError, match=r"offline nothing is downloaded.*HANDIGITS_DATA"):
        get("whole", offline=True)
    assert mirror.requests == []


def test_cache_that_cannot_be_written_is_named(get: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(DownloadError, match="cannot be written"):
        get("whole")


def test_progress_counts_up_to_the_whole(get: Callable[..., Path]) -> None:
    calls: list[tuple[str, int, int | None]] = []
    get("drop_once", progress=lambda *call: calls.append(call))
    assert {name for name, _, _ in calls} == {"file.gz"}
    assert [received for _, received, _ in calls] == sorted(received for _, received, _ in calls)
    assert calls[-1] == ("file.gz", 300_000, 300_000)


def test_progress_off_a_terminal_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress() as progress:
        progress("file.gz", 0, 9_912_422)
        progress("file.gz", 9_912_422, 9_912_422)
    captured = capsys.readouterr()
    assert captured.err == "downloading file.gz (9.9 MB)\n"
    assert captured.out == ""


def test_progress_on_a_terminal_is_a_bar_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with show_progress() as progress:
        progress("file.gz", 5_000_000, 10_000_000)
    captured = capsys.readouterr()
    assert "file.gz" in captured.err and "5.0/10.0 MB" in captured.err
    assert captured.out == ""


def start_process(url: str, target: Path) -> "subprocess.Popen[bytes]":
    """Another Python that fetches the file."""
    script = (
        "import sys; from pathlib import Path; from handigits.data.download import fetch; "
        "fetch([sys.argv[1]], Path(sys.argv[2]), sha256=sys.argv[3])"
    )
    return subprocess.Popen([sys.executable, "-c", script, url, str(target), SHA256], env=dict(os.environ))
