from pathlib import Path

import pytest

import handigits.cli.finetune
from handigits.finetune import FineTuned
from handigits.run import Run


def tuned(file: Path | None) -> FineTuned:
    return FineTuned(
        file=file,
        corrections=8,
        count=5000,
        wrong_before=57,
        wrong_after=49 if file else 59,
        corrections_checked=2,
        corrections_wrong_before=2,
        corrections_wrong_after=0,
        unseen=True,
    )


@pytest.mark.parametrize(
    ("file", "code", "word"), [(Path("new.onnx"), 0, "Promoted: new.onnx"), (None, 1, "Not promoted")]
)
def test_the_answer_and_the_exit_status_say_whether_it_was_promoted(
    cli, monkeypatch: pytest.MonkeyPatch, file: Path | None, code: int, word: str
) -> None:
    monkeypatch.setattr(handigits.cli.finetune, "finetune", lambda *_, **__: tuned(file))
    outcome = cli("train", "--finetune", "run", "--data", "kept.sqlite", "--out", "new.onnx", "--quiet")
    assert outcome.code == code
    assert word in outcome.out
    assert "57 of 5,000" in outcome.out


def test_corrections_must_be_named(cli, finished_run: Run, tmp_path: Path) -> None:
    outcome = cli("train", "--finetune", finished_run.directory, "--out", tmp_path / "new.onnx")
    assert outcome.code == 2
    assert "--data" in outcome.err


def test_settings_of_its_own_are_refused(cli, finished_run: Run, digits_npz: Path, tmp_path: Path) -> None:
    words = ("--data", digits_npz, "--out", tmp_path / "new.onnx", "--epochs", "3")
    outcome = cli("train", "--finetune", finished_run.directory, *words)
    assert outcome.code == 2
    assert "own recipe" in outcome.err
