"""What is said where Ray is not installed; where it is, these tests are skipped."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from handigits.cli import main

pytestmark = pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed; what is said without it")


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
