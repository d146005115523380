"""Real Ray, two actors, real pictures. Without Ray these tests are skipped, and say so."""

import io
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

pytest.importorskip("ray", reason="Ray is not installed; `make test-cluster` runs these tests")

from filelock import FileLock
from pyarrow import parquet
from pyarrow import table as arrow_table

from handigits.cluster.predicting import digest_of, predict_on_ray
from handigits.cluster.reading import ShardReader
from handigits.cluster.shards import load_or_make_plan
from handigits.errors import ConfigError, MissingExtraError, RunError

pytestmark = pytest.mark.timeout(1_200)  # each wait has a limit of its own

Draw = Callable[[int], NDArray[np.uint8]]
Start = Callable[..., "subprocess.Popen[str]"]
Wait = Callable[[Callable[[], object]], None]


def png(image: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "png")
    return buffer.getvalue()


def write_tar(path: Path, names: list[str], content: bytes) -> None:
    with tarfile.open(path, "w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.fixture
def shards(tmp_path: Path, bar_image: Draw) -> Path:
    """12 shards of 300 pictures, each of which takes about a second."""
    folder = tmp_path / "shards"
    folder.mkdir()
    for number in range(12):
        write_tar(folder / f"{number}.tar", [f"{each}.png" for each in range(300)], png(bar_image(number % 10)))
    return folder


@pytest.fixture
def start() -> Iterator[Start]:
    """Begins a prediction with two workers; what still runs when the test ends is killed."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*words: str | Path) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "handigits", "predict", *map(str, words), "--engine", "ray", "--workers", "2"]
        both: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        begun.append(subprocess.Popen(command, text=True, start_new_session=True, **both))
        return begun[-1]

    yield begin
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def names_in(out: Path) -> list[str]:
    return [name for part in out.glob("part-*.parquet") for name in parquet.read_table(part)["file"].to_pylist()]


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_a_worker_that_is_killed_loses_no_row_and_gives_none_twice(
    shards: Path, tmp_path: Path, start: Start, workers_of: Callable[[int, bytes], list[int]], wait_for: Wait
) -> None:
    out = tmp_path / "out"
    process = start(shards, "--out", out)
    wait_for(lambda: list(out.glob("part-*.parquet")) and workers_of(process.pid, b"MapWorker"))
    os.kill(workers_of(process.pid, b"MapWorker")[0], signal.SIGKILL)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    names = names_in(out)
    assert (len(names), len(set(names))) == (3_600, 3_600)


def test_when_everything_was_killed_the_same_command_goes_on(
    shards: Path, tmp_path: Path, start: Start, wait_for: Wait
) -> None:
    out = tmp_path / "out"
    process = start(shards, "--out", out)
    wait_for(lambda: len(list(out.glob("part-*.parquet"))) >= 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    before = {part: part.stat().st_mtime_ns for part in out.glob("part-*.parquet")}
    assert len(before) < 12
    again = start(shards, "--out", out)
    said, _ = again.communicate(timeout=300)
    assert again.returncode == 0, said
    names = names_in(out)
    assert (len(names), len(set(names))) == (3_600, 3_600)
    assert {part: part.stat().st_mtime_ns for part in before} == before


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_when_a_worker_and_then_the_head_of_a_cluster_were_killed_the_same_command_goes_on(
    shards: Path,
    tmp_path: Path,
    head: Any,
    start: Start,
    workers_of: Callable[[int, bytes], list[int]],
    wait_for: Wait,
) -> None:
    out = tmp_path / "out"
    words = [shards, "--out", out, "--address", head.address]
    process = start(*words)
    wait_for(lambda: list(out.glob("part-*.parquet")) and workers_of(head.pid, b"MapWorker"))
    os.kill(workers_of(head.pid, b"MapWorker")[0], signal.SIGKILL)
    done = len(list(out.glob("part-*.parquet")))
    wait_for(lambda: len(list(out.glob("part-*.parquet"))) > done)
    head.kill()
    said, _ = process.communicate(timeout=300)
    assert process.returncode != 0
    assert f"Ray at {head.address} went away; the same command goes on" in said.splitlines()[-1]
    before = {part: part.stat().st_mtime_ns for part in out.glob("part-*.parquet")}
    assert len(before) < 12

    head.start()
    again = start(*words)
    said, _ = again.communicate(timeout=300)
    assert again.returncode == 0, said
    names = names_in(out)
    assert (len(names), len(set(names))) == (3_600, 3_600)
    assert {part: part.stat().st_mtime_ns for part in before} == before


def test_a_torn_shard_is_named_and_read_once_it_is_mended(tmp_path: Path, bar_image: Draw) -> None:
    out, torn = tmp_path / "out", tmp_path / "torn.tar"
    write_tar(torn, ["a.png", "b.png"], png(bar_image(3)))
    whole = torn.read_bytes()
    torn.write_bytes(whole[:700])
    (shard,) = load_or_make_plan(out, [str(torn)], {})
    reader = ShardReader(None, str(out), "auto", "any", None)
    answer = reader({"shard": [shard.to_json()]})
    assert "torn.tar: cannot be read to its end" in answer["error"][0]
    assert names_in(out) == []
    torn.write_bytes(whole)
    assert reader({"shard": [shard.to_json()]}) == {"number": [0], "rows": [2], "error": [""]}
    assert names_in(out) == [f"{torn}/a.png", f"{torn}/b.png"]


def test_a_bad_picture_is_a_row_that_says_why(tmp_path: Path, bar_image: Draw) -> None:
    out, folder = tmp_path / "out", tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"none")
    (folder / "b.png").write_bytes(png(bar_image(3)))
    (shard,) = load_or_make_plan(out, [str(folder)], {})
    assert ShardReader(None, str(out), "auto", "any", None).read(shard) == 2
    rows = parquet.read_table(shard.part(out)).to_pylist()
    assert [bool(row["error"]) for row in rows] == [True, False]
    assert "is not a picture" in rows[0]["error"]


@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_what_came_of_it_counts_the_rows_of_all_files_and_names_the_bad_ones(tmp_path: Path, bar_image: Draw) -> None:
    write_tar(tmp_path / "good.tar", ["a.png", "b.png"], png(bar_image(3)))
    write_tar(tmp_path / "mixed.tar", ["c.png"], b"none")
    sources = [str(tmp_path / name) for name in ("good.tar", "mixed.tar")]
    answered = predict_on_ray(sources, out=tmp_path / "out", workers=1)
    assert (answered.rows, answered.bad, answered.unread) == (3, 1, ())
    (failure,) = answered.failures
    assert failure.file == f"{tmp_path}/mixed.tar/c.png"
    assert "is not a picture" in failure.reason


def test_every_row_group_of_a_parquet_file_is_a_piece_whose_rows_keep_their_numbers(
    tmp_path: Path, bar_image: Draw
) -> None:
    out, file = tmp_path / "out", tmp_path / "pictures.parquet"
    pictures = [{"bytes": png(bar_image(digit)), "path": None} for digit in range(5)]
    parquet.write_table(arrow_table({"image": pictures}), file, row_group_size=2)
    shards = load_or_make_plan(out, [str(file)], {})
    reader = ShardReader(None, str(out), "auto", "any", None)
    assert [reader.read(shard) for shard in shards] == [2, 2, 1]
    assert sorted(names_in(out)) == [f"{file}#{number}" for number in range(1, 6)]


def test_a_url_is_read_as_a_path_is(tmp_path: Path, bar_image: Draw) -> None:
    import fsspec

    with fsspec.open("memory://scans/a.png", "wb") as file:
        file.write(png(bar_image(1)))
    (shard,) = load_or_make_plan(tmp_path, ["memory://scans"], {})
    assert ShardReader(None, str(tmp_path), "auto", "any", None).read(shard) == 1
    assert names_in(tmp_path) == ["memory:///scans/a.png"] or names_in(tmp_path) == ["memory://scans/a.png"]


def test_a_url_that_nobody_knows_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nosuch://scans: .*expected a path, or a URL that fsspec knows"):
        load_or_make_plan(tmp_path, ["nosuch://scans"], {})


def test_a_url_for_which_something_is_missing_says_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)  # as if it were not installed
    with pytest.raises(MissingExtraError, match=r"s3://scans: cannot be opened .*s3fs"):
        load_or_make_plan(tmp_path, ["s3://scans"], {})


def test_the_plan_is_what_it_was_whatever_comes_later(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "b.png").touch()
    before = load_or_make_plan(tmp_path, [str(folder)], {})
    (folder / "a.png").touch()
    assert load_or_make_plan(tmp_path, [str(folder)], {}) == before


def test_answers_of_another_model_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    load_or_make_plan(tmp_path / "out", [str(tmp_path / "a.png")], {"model": "one"})
    with pytest.raises(RunError, match="other sources or settings"):
        load_or_make_plan(tmp_path / "out", [str(tmp_path / "a.png")], {"model": "two"})


def test_two_calls_do_not_write_into_one_directory(tmp_path: Path, bar_image: Draw) -> None:
    (tmp_path / "a.png").write_bytes(png(bar_image(3)))
    out = tmp_path / "out"
    out.mkdir()
    with FileLock(out / ".lock"), pytest.raises(RunError, match="in use by another prediction"):
        predict_on_ray([str(tmp_path / "a.png")], out=out)
    assert not (out / "plan.parquet").exists()  # nor do they make two plans


def test_a_file_that_is_named_is_a_picture_whatever_its_name(tmp_path: Path, bar_image: Draw) -> None:
    for name in ("scan.jfif", "scan"):
        (tmp_path / name).write_bytes(png(bar_image(3)))
    (shard,) = load_or_make_plan(tmp_path / "out", [str(tmp_path / "scan.jfif"), str(tmp_path / "scan")], {})
    assert ShardReader(None, str(tmp_path / "out"), "auto", "any", None).read(shard) == 2


def test_a_glob_finds_files_alone(tmp_path: Path, bar_image: Draw) -> None:
    (tmp_path / "scans" / "folder").mkdir(parents=True)
    (tmp_path / "scans" / "a.png").write_bytes(png(bar_image(3)))
    (shard,) = load_or_make_plan(tmp_path / "out", [f"{tmp_path}/scans/*"], {})
    assert shard.files == (f"{tmp_path}/scans/a.png",)


def test_the_same_words_in_another_folder_are_other_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "scans").mkdir(parents=True)
        (tmp_path / name / "scans" / "a.png").touch()
    monkeypatch.chdir(tmp_path / "one")
    before = load_or_make_plan(tmp_path / "out", ["scans"], {})
    monkeypatch.chdir(tmp_path / "two")
    with pytest.raises(RunError, match="other sources or settings"):
        load_or_make_plan(tmp_path / "out", ["scans"], {})
    assert load_or_make_plan(tmp_path / "out", ["../one/scans"], {}) == before


def test_the_weights_of_a_keras_model_belong_to_the_job(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "model.weights.h5").write_bytes(b"one")
    before = digest_of(str(tmp_path))
    assert digest_of(str(tmp_path / "model.json")) == before
    (tmp_path / "model.weights.h5").write_bytes(b"two")
    assert digest_of(str(tmp_path)) != before


def test_no_more_of_a_file_is_read_than_a_picture_may_have(
    tmp_path: Path, bar_image: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor of a member of a tar; here the few bytes that are read are no whole picture."""
    monkeypatch.setattr("handigits.cluster.reading.MAX_BYTES", 50)
    out, picture = tmp_path / "out", png(bar_image(3))
    (tmp_path / "a.png").write_bytes(picture)
    write_tar(tmp_path / "b.tar", ["b.png"], picture)
    for shard in load_or_make_plan(out, [str(tmp_path / "a.png"), str(tmp_path / "b.tar")], {}):
        ShardReader(None, str(out), "auto", "any", None).read(shard)
    errors = [error for part in out.glob("part-*.parquet") for error in parquet.read_table(part)["error"].to_pylist()]
    assert ["damaged or cut short" in error for error in errors] == [True, True]
