import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from handigits.cli.main import main


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    page = np.full((200, 150), 240, np.uint8)
    page[40:56, 40:110] = 20
    page[40:160, 95:111] = 20
    Image.fromarray(page).save(tmp_path / "seven.png")
    return tmp_path / "seven.png"


def test_the_terminal_shows_what_the_model_saw(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(seven)]) == 0
    shown = capsys.readouterr().out
    assert "150 x 200 pixels" in shown
    assert sum("\u2580" * 28 in line for line in shown.splitlines()) == 14
    assert "It says 7" in shown


def test_json_is_for_scripts(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(seven), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["digits"] == "7"
    assert answer["stages"][0] == "picture"


def test_the_stages_are_written(seven: Path, tmp_path: Path) -> None:
    assert main(["doctor", str(seven), "--out", str(tmp_path / "stages.png")]) == 0
    with Image.open(tmp_path / "stages.png") as strip:
        assert strip.format == "PNG"


def test_what_is_no_picture_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.png").write_text("no picture")
    assert main(["doctor", str(tmp_path / "text.png")]) == 1
    assert "is not a picture" in capsys.readouterr().err
