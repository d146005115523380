import json
import subprocess
import sys
from pathlib import Path

import pytest

from handigits.config import TrainConfig
from handigits.errors import MissingFileError, RunError
from handigits.run import Plan, Run, create_run, default_directory, open_run
from handigits.training import EpochRow

PLAN = Plan(recipe="standard", data="mnist", data_digest="0" * 64, train=TrainConfig(dropout=(0.5,), time=2.5))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that has begun."""
    run = create_run(tmp_path / "run")
    run.write_plan(PLAN)
    return run


# -- files --


def test_a_plan_survives_its_file(run: Run) -> None:
    assert run.plan == PLAN
    assert open_run(run.directory).plan == PLAN


def test_a_history_survives_its_file(run: Run) -> None:
    rows = [EpochRow(1, 0.5, 0.8, None, None, 0.1, 1.25), EpochRow(2, 0.25, 0.9, 0.3, 0.875, 0.05, 2.5)]
    run.write_history(rows)
    assert run.history == [vars(row) for row in rows]
    assert (run.directory / "history.csv").read_text().splitlines()[0].startswith("epoch,train_loss,")


def test_a_run_without_a_history_has_no_rows(run: Run) -> None:
    assert run.history == []


def test_metrics_survive_their_file(run: Run) -> None:
    run.write_facts("metrics", {"test": {"accuracy": 0.5}})
    assert run.metrics == {"test": {"accuracy": 0.5}}


def test_an_unfinished_run_says_how_to_go_on(tmp_path: Path) -> None:
    run = Run(tmp_path / "my run")
    with pytest.raises(RunError, match=r"not finished\. Go on with: handigits train --resume '.*/my run'$"):
        _ = run.metrics


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        "[]",
        '{"recipe": "standard", "data": "mnist", "data_digest": "", "train": {"epochs": 0}}',
        '{"recipe": "standard", "data": "mnist", "data_digest": "", "train": {"epoch": 1}}',
        '{"recipe": "standard", "data": "mnist", "data_digest": "", "train": {}, "model": 1}',
        "\udcff",
    ],
)
def test_a_damaged_plan_is_refused_with_the_name_of_its_file(run: Run, text: str) -> None:
    (run.directory / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RunError, match=r"config\.json is not what handigits wrote"):
        open_run(run.directory)


@pytest.mark.parametrize("content", [b"{", b"\xff"])
def test_damaged_metrics_are_refused_with_the_name_of_their_file(run: Run, content: bytes) -> None:
    (run.directory / "metrics.json").write_bytes(content)
    with pytest.raises(RunError, match=r"metrics\.json is not what handigits wrote"):
        _ = run.metrics


@pytest.mark.parametrize("content", [b"epoch\none\n", b"epoch\n1,2\n", b"epoch\n\xff\n"])
def test_a_damaged_history_is_refused_with_the_name_of_its_file(run: Run, content: bytes) -> None:
    (run.directory / "history.csv").write_bytes(content)
    with pytest.raises(RunError, match=r"history\.csv is not what handigits wrote"):
        _ = run.history


def test_a_directory_without_a_plan_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run"):
        open_run(tmp_path)
    assert not Run(tmp_path).has_begun


def test_a_directory_that_is_not_there_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no directory"):
        open_run(tmp_path / "nothing")


# -- a directory of one's own --


def test_default_directories_are_counted_up(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        directory = default_directory("standard", root=tmp_path / "runs")
        directory.mkdir(parents=True)
        names.append(directory.name)
    assert names == ["standard", "standard-2", "standard-3"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_new_or_empty_directory_is_taken(tmp_path: Path, exists: bool) -> None:
    directory = tmp_path / "a" / "b"
    if exists:
        directory.mkdir(parents=True)
    assert create_run(directory).directory.is_dir()


def test_what_a_process_left_that_was_killed_at_once_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    (tmp_path / "config.json.123.part").write_text("{")
    create_run(tmp_path)


def test_an_existing_run_is_not_touched(run: Run) -> None:
    with pytest.raises(RunError, match=r"exists already.*--resume .*--force.*--out"):
        create_run(run.directory)
    assert run.plan == PLAN


def test_force_replaces_a_run(run: Run) -> None:
    run.write_facts("metrics", {})
    (run.checkpoints / "deep").mkdir(parents=True)
    (run.checkpoints / "deep" / "file").touch()
    create_run(run.directory, force=True)
    assert [path.name for path in run.directory.iterdir()] in ([], [".lock"])


def test_force_never_deletes_what_is_not_a_run(tmp_path: Path) -> None:
    precious = tmp_path / "thesis.tex"
    precious.write_text("years of work")
    with pytest.raises(RunError, match="not a run"):
        create_run(tmp_path, force=True)
    assert precious.read_text() == "years of work"


def test_force_does_not_follow_links_out_of_the_run(run: Run, tmp_path: Path) -> None:
    precious = tmp_path / "elsewhere" / "thesis.tex"
    precious.parent.mkdir()
    precious.write_text("years of work")
    (run.directory / "link").symlink_to(precious.parent)
    create_run(run.directory, force=True)
    assert precious.read_text() == "years of work"
    assert not (run.directory / "link").exists()


def test_a_forced_replacement_that_is_cut_off_can_be_forced_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were `config.json` gone before the rest, nobody would dare to delete the rest."""
    for name in ("a", "metrics.json", "z"):
        (run.directory / name).touch()
    unlink, deleted = Path.unlink, []

    def fail_at_the_third(path: Path, missing_ok: bool = False) -> None:
        deleted.append(path)
        if len(deleted) == 3:
            raise OSError("cut off")
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="cut off"):
        patch.setattr(Path, "unlink", fail_at_the_third)
        create_run(run.directory, force=True)
    assert create_run(run.directory, force=True).directory.is_dir()


def test_a_file_is_no_directory_to_write_to(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(RunError, match="is a file"):
        create_run(path, force=True)


def test_a_directory_that_cannot_be_made_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"file/run cannot be made .*--out"):
        create_run(tmp_path / "file" / "run")


# -- one trainer at a time --

HOLD = """
import sys, time
from pathlib import Path
from handigits.run import Run
with Run(Path(sys.argv[1])).locked():
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_locked_out_until_the_first_is_gone(run: Run) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(run.directory)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(RunError, match="in use by another training"), run.locked():
            pass
        with pytest.raises(RunError, match="in use by another training"):
            create_run(run.directory, force=True)
        assert run.plan == PLAN
        holder.kill()
        holder.wait()
    with run.locked():
        pass


def test_a_directory_that_is_gone_cannot_be_locked(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written to"), Run(tmp_path / "file").locked():
        pass


def test_the_config_file_is_json_that_people_can_read(run: Run) -> None:
    text = (run.directory / "config.json").read_text()
    assert json.loads(text)["train"]["time"] == 2.5
    assert len(text.splitlines()) > 20
