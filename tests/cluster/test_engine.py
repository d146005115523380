"""What is said where Ray is not installed, and where no cluster answers."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from handigits.cli import main
from handigits.cluster.engine import connect
from handigits.errors import RunError


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed; what is said without it")
@pytest.mark.parametrize("words", [["sweep", "flash"], ["predict", "."]])
def test_without_ray_a_line_says_what_to_install_and_nothing_is_begun(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main([*words, "--engine", "ray", "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "pip install 'handigits[cluster]'" in said
    assert "leave --engine out" in said
    assert not out.exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:9", r"Nothing answers at 127\.0\.0\.1:9 .*; start Ray there with `ray start --head --port 9`"),
        ("127.0.0.1:99999", "Nothing answers at 127.0.0.1:99999"),
        ("somewhere", "--address came with 'somewhere'; expected HOST:PORT"),
    ],
)
def test_an_address_where_no_cluster_is_says_so_at_once(address: str, said: str) -> None:
    with pytest.raises(RunError, match=said), connect(address):
        pass


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (None, r"Ray could not be started on this machine \(timed out\); try the same command again\."),
        ("auto", r"Ray at auto cannot be used \(timed out\); see that `ray start --head` runs there"),
    ],
)
def test_a_ray_that_does_not_start_is_one_line(address: str | None, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed; `make test-cluster` runs this test")

    def init(**options: object) -> None:
        raise Exception("timed out\nTraceback (most recent call last):")

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # else it is set here, and stays for the tests that follow
    with pytest.raises(RunError, match=said), connect(address):
        pass
