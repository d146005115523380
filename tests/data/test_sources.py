"""Datasets by name, from a real server, a cache that gets damaged, and the user's own folder."""

import gzip
import hashlib
import io
import os
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import sources
from handigits.data.catalogue import MNIST, QMNIST, SOURCES, Facts, RemoteFile, Source
from handigits.data.download import Patience
from handigits.data.idx import idx_header, write_idx
from handigits.data.sources import Places, list_datasets, load_auto, load_named, load_source, names
from handigits.data.split import Dataset
from handigits.errors import DataError, DownloadError, MissingFileError

FILES = ("train-images.gz", "train-labels.gz", "test-images.gz", "test-labels.gz")
REAL_MNIST = os.environ.get("HANDIGITS_DATA")  # read here, because no test below sees it


def arrays() -> list[NDArray[np.uint8]]:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (30, 28, 28), dtype=np.uint8)
    labels = (np.arange(30) % 10).astype(np.uint8)
    return [images[:20], labels[:20], images[20:], labels[20:]]


def packed(array: NDArray[np.uint8], level: int = 6) -> bytes:
    return gzip.compress(idx_header(array) + array.tobytes(), level, mtime=0)


@pytest.fixture
def source(mirror: Any) -> Source:
    """A dataset of 20 and 10 images that the mirror serves."""
    files = []
    for name, array in zip(FILES, arrays(), strict=True):
        mirror.content[name] = packed(array)
        files.append(
            RemoteFile(
                name=name,
                sha256=hashlib.sha256(packed(array)).hexdigest(),
                size=len(packed(array)),
                unpacked_sha256=hashlib.sha256(idx_header(array) + array.tobytes()).hexdigest(),
            )
        )
    return Source(
        facts=Facts(name="tiny", title="", train_count=20, test_count=10, licence="", citation=""),
        mirrors=(mirror.base("whole"),),
        files=(files[0], files[1], files[2], files[3]),
    )


@pytest.fixture
def zipped(source: Source, mirror: Any) -> Source:
    """The same dataset as EMNIST is served: transposed, in one archive with more files than are wanted."""
    members = {f"gzip/{file.name}": mirror.content.pop(file.name) for file in source.files}
    return serve_zip(mirror, source, members | {"gzip/letters-images.gz": b"never read"})


def serve_zip(mirror: Any, source: Source, members: dict[str | zipfile.ZipInfo, bytes]) -> Source:
    packed_members = io.BytesIO()
    with zipfile.ZipFile(packed_members, "w") as bundle:
        for name, member in members.items():
            bundle.writestr(name, member)
    content = mirror.content["gzip.zip"] = packed_members.getvalue()
    bare = [RemoteFile(name=file.name) for file in source.files]
    archive = RemoteFile(name="gzip.zip", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    return replace(
        source,
        files=(bare[0], bare[1], bare[2], bare[3]),
        archive=archive,
        folder_in_archive="gzip/",
        transposed=True,
    )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(cache=tmp_path / "cache")


@pytest.fixture
def load(places: Places, patience: Patience) -> Callable[..., Dataset]:
    def load_it(source: Source, places: Places = places, **options: Any) -> Dataset:
        return load_source(source, places, **({"patience": patience, "progress": lambda *_: None} | options))

    return load_it


def assert_right(dataset: Dataset, *, transposed: bool = False) -> None:
    train_images, train_labels, test_images, test_labels = arrays()
    axes = (0, 2, 1) if transposed else (0, 1, 2)
    assert dataset.test is not None
    assert np.array_equal(dataset.train.images, train_images.transpose(axes))
    assert np.array_equal(dataset.test.images, test_images.transpose(axes))
    assert np.array_equal(dataset.train.labels, train_labels)
    assert np.array_equal(dataset.test.labels, test_labels)
    assert dataset.train.images.flags.c_contiguous and dataset.train.images.flags.writeable


def own_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "own" / "tiny"
    folder.mkdir(parents=True)
    return folder


def test_first_load_downloads_and_the_second_needs_no_network(
    load: Callable[..., Dataset], source: Source, mirror: Any
) -> None:
    dataset = load(source)
    assert_right(dataset)
    assert (dataset.name, dataset.train.name, dataset.notice) == ("tiny", "tiny/train", "")
    assert_right(load(source, offline=True))
    assert len(mirror.requests) == 4


def test_offline_without_a_cache_is_an_error_that_asks_nobody(
    load: Callable[..., Dataset], source: Source, mirror: Any
) -> None:
    with pytest.raises(DownloadError, match="offline nothing is downloaded"):
        load(source, offline=True)
    assert mirror.requests == []


@pytest.mark.parametrize(
    ("damage", "name"),
    [(b"", FILES[0]), (b"<html>", FILES[1]), ("flip", FILES[2]), ("cut", FILES[3]), ("other", FILES[1])],
)
def test_damaged_cache_is_mended_and_told(
    load: Callable[..., Dataset], source: Source, mirror: Any, places: Places, damage: str | bytes, name: str
) -> None:
    load(source)
    path = places.cache / "tiny" / name
    path.write_bytes(damage if isinstance(damage, bytes) else damaged(path.read_bytes(), damage))
    dataset = load(source)
    assert_right(dataset)
    assert "damaged file in the cache" in dataset.notice and name in dataset.notice
    assert len(mirror.requests) == 5
    assert load(source).notice == ""


def damaged(content: bytes, how: str) -> bytes:
    if how == "cut":
        return content[: len(content) // 2]
    if how == "other":  # well formed, but not what was published
        return packed(np.zeros(len(gzip.decompress(content)) - 8, np.uint8))
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


def test_damaged_cache_without_network_names_the_damage(
    load: Callable[..., Dataset], source: Source, places: Places
) -> None:
    load(source)
    (places.cache / "tiny" / FILES[0]).write_bytes(b"<html>")
    with pytest.raises(DownloadError, match=r"train-images\.gz: begins with .* offline nothing is downloaded"):
        load(source, offline=True)


def test_own_folder_is_used_and_nothing_is_written_or_asked(
    load: Callable[..., Dataset], source: Source, mirror: Any, tmp_path: Path, places: Places
) -> None:
    folder = own_folder(tmp_path)
    for name, array in zip(FILES, arrays(), strict=True):
        write_idx(array, folder / name)
    before = sorted(folder.iterdir())
    folder.chmod(0o555)
    try:
        assert_right(load(source, replace(places, own=tmp_path / "own")))
    finally:
        folder.chmod(0o755)
    assert sorted(folder.iterdir()) == before
    assert mirror.requests == []
    assert not places.cache.exists()


@pytest.mark.parametrize("how", ["plain", "compressed anew"])
def test_own_files_may_be_unpacked_or_compressed_anew(
    load: Callable[..., Dataset], source: Source, tmp_path: Path, places: Places, how: str
) -> None:
    folder = own_folder(tmp_path)
    for name, array in zip(FILES, arrays(), strict=True):
        if how == "plain":
            write_idx(array, folder / name.removesuffix(".gz"))
        else:
            (folder / name).write_bytes(packed(array, level=1))
    assert_right(load(source, replace(places, own=tmp_path / "own")))


def test_own_file_that_is_not_the_published_one_is_refused_and_left_alone(
    load: Callable[..., Dataset], source: Source, mirror: Any, tmp_path: Path, places: Places
) -> None:
    folder = own_folder(tmp_path)
    for name, array in zip(FILES, arrays(), strict=True):
        write_idx(array, folder / name)
    write_idx(np.zeros((20, 28, 28), np.uint8), folder / FILES[0])
    with pytest.raises(DataError, match=r"train-images\.gz: its content is not that of the published file"):
        load(source, replace(places, own=tmp_path / "own"))
    assert (folder / FILES[0]).exists()
    assert mirror.requests == []


def test_file_compressed_anew_is_refused_where_its_content_cannot_be_known(
    load: Callable[..., Dataset], source: Source, tmp_path: Path, places: Places
) -> None:
    folder = own_folder(tmp_path)
    for name, array in zip(FILES, arrays(), strict=True):
        (folder / name).write_bytes(packed(array, level=1))
    bare = [replace(file, unpacked_sha256=None) for file in source.files]
    unknown = replace(source, files=(bare[0], bare[1], bare[2], bare[3]))
    with pytest.raises(DataError, match="it is not the published file"):
        load(unknown, replace(places, own=tmp_path / "own"))


def test_own_folder_that_lacks_a_file_names_it(
    load: Callable[..., Dataset], source: Source, tmp_path: Path, places: Places
) -> None:
    write_idx(arrays()[0], own_folder(tmp_path) / FILES[0])
    with pytest.raises(MissingFileError, match=r"tiny needs train-labels\.gz"):
        load(source, replace(places, own=tmp_path / "own"))


def test_own_folder_without_this_dataset_leaves_it_to_the_cache(
    load: Callable[..., Dataset], source: Source, tmp_path: Path, places: Places
) -> None:
    (tmp_path / "own").mkdir()
    assert_right(load(source, replace(places, own=tmp_path / "own")))


def test_wrong_number_of_images_is_refused(
    load: Callable[..., Dataset], source: Source, tmp_path: Path, places: Places
) -> None:
    folder = own_folder(tmp_path)
    for name, array in zip(FILES, arrays(), strict=True):
        write_idx(array[:5], folder / name)
    bare = [RemoteFile(name=file.name) for file in source.files]
    unknown = replace(source, files=(bare[0], bare[1], bare[2], bare[3]))
    with pytest.raises(DataError, match=r"tiny/train holds images \(5, 28, 28\)"):
        load(unknown, replace(places, own=tmp_path / "own"))


def test_archive_gives_its_members_turned_upright_and_is_not_kept(
    load: Callable[..., Dataset], zipped: Source, mirror: Any, places: Places
) -> None:
    assert_right(load(zipped), transposed=True)
    assert sorted(path.name for path in (places.cache / "tiny").glob("*.gz")) == sorted(FILES)
    assert not (places.cache / "tiny" / "gzip.zip").exists()
    assert_right(load(zipped, offline=True), transposed=True)
    assert len(mirror.requests) == 1


def test_damaged_member_in_the_cache_is_mended(
    load: Callable[..., Dataset], zipped: Source, mirror: Any, places: Places
) -> None:
    load(zipped)
    path = places.cache / "tiny" / FILES[2]
    path.write_bytes(damaged(path.read_bytes(), "flip"))
    dataset = load(zipped)
    assert_right(dataset, transposed=True)
    assert FILES[2] in dataset.notice
    assert len(mirror.requests) == 2


@pytest.mark.parametrize("folder", ["cache", "own"])
def test_archive_put_by_hand_is_read_without_network(
    load: Callable[..., Dataset], zipped: Source, mirror: Any, tmp_path: Path, folder: str
) -> None:
    (tmp_path / folder / "tiny").mkdir(parents=True)
    (tmp_path / folder / "tiny" / "gzip.zip").write_bytes(mirror.content["gzip.zip"])
    own = tmp_path / "own" if folder == "own" else None
    places = Places(cache=tmp_path / "cache", own=own)
    assert_right(load(zipped, places, offline=True), transposed=True)


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize("member", ["../evil.gz", "/etc/evil", "gzip/../../evil", "gzip\\..\\evil", link("gzip/link")])
def test_archive_with_paths_or_links_that_lead_outside_is_refused(
    load: Callable[..., Dataset],
    zipped: Source,
    mirror: Any,
    places: Places,
    tmp_path: Path,
    member: str | zipfile.ZipInfo,
) -> None:
    members = {f"gzip/{name}": packed(array) for name, array in zip(FILES, arrays(), strict=True)}
    evil = serve_zip(mirror, zipped, members | {member: b"evil"})
    with pytest.raises(DataError, match="leads outside; refused"):
        load(evil)
    assert not list(tmp_path.rglob("*evil*"))
    assert not list((places.cache / "tiny").glob("*images*"))


def test_archive_without_a_wanted_file_is_refused(
    load: Callable[..., Dataset], source: Source, zipped: Source, mirror: Any
) -> None:
    with pytest.raises(DataError, match=r"does not hold gzip/train-images\.gz"):
        load(serve_zip(mirror, zipped, {"gzip/other.gz": b""}))


def test_archive_whose_member_claims_too_much_is_refused(
    load: Callable[..., Dataset], zipped: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handigits.data.published.MAX_BYTES", 100)
    with pytest.raises(DataError, match="claims more than 100 bytes"):
        load(zipped)


def test_archive_that_is_no_zip_is_refused(
    load: Callable[..., Dataset], zipped: Source, tmp_path: Path, places: Places
) -> None:
    own_folder(tmp_path).joinpath("gzip.zip").write_bytes(b"no zip")
    with pytest.raises(DataError, match=r"gzip\.zip: damaged"):
        load(zipped, replace(places, own=tmp_path / "own"))


def test_two_processes_at_once_download_an_archive_once(zipped: Source, mirror: Any, places: Places) -> None:
    slow = replace(zipped, mirrors=(mirror.base("slow"),))
    script = (
        "import sys; from pathlib import Path; from handigits.data.catalogue import *; "
        "from handigits.data.sources import *; load_source(eval(sys.argv[1]), Places(cache=Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", script, repr(slow), str(places.cache)]
    processes = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(20) for process in processes] == [0, 0]
    assert len(mirror.requests) == 1


def test_unwritable_cache_is_named(load: Callable[..., Dataset], zipped: Source, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(DownloadError, match="cannot be written"):
        load(zipped)


def test_environment_names_the_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDIGITS_DATA", str(tmp_path))
    assert Places.from_environment().own == tmp_path


def test_environment_that_names_no_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDIGITS_DATA", str(tmp_path / "absent"))
    with pytest.raises(MissingFileError, match=r"HANDIGITS_DATA names .*absent, which is no folder"):
        load_named("mnist")


def test_empty_environment_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDIGITS_DATA", "")
    assert Places.from_environment().own is None


def test_names_are_those_of_the_field() -> None:
    assert names() == ("mnist", "fashion-mnist", "kmnist", "emnist-digits", "qmnist", "mnist-5k")


def test_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(DataError, match=r"minst: no dataset has that name; expected one of mnist, fashion-mnist"):
        load_named("minst")


def test_mnist_5k_has_a_name_too() -> None:
    assert len(load_named("mnist-5k").train) == 4_000


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.facts.name)
def test_every_download_is_secure_and_its_hash_is_pinned(source: Source) -> None:
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in source.mirrors)
    for file in [source.archive] if source.archive else source.files:
        assert file is not None and file.sha256 is not None
        assert len(bytes.fromhex(file.sha256)) == 32


def test_mnist_has_several_mirrors_on_different_hosts() -> None:
    assert len({mirror.split("/")[2] for mirror in MNIST.mirrors}) >= 3


def test_listing_tells_what_is_on_this_machine(
    load: Callable[..., Dataset], source: Source, tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SOURCES", (source, QMNIST))
    load(source)
    listed = {listing.facts.name: listing.folder for listing in list_datasets(cache_dir=places.cache)}
    assert listed["tiny"] == places.cache / "tiny"
    assert listed["qmnist"] is None
    assert listed["mnist-5k"] is not None


def test_auto_takes_mnist_where_it_is(
    source: Source, mirror: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SOURCES", (replace(source, facts=replace(source.facts, name="mnist")),))
    dataset = load_auto(cache_dir=tmp_path, progress=lambda *_: None)
    assert (dataset.name, dataset.notice) == ("mnist", "")


@pytest.mark.usefixtures("silent_name_server")
@pytest.mark.parametrize("offline", [True, False])
def test_auto_falls_back_to_5000_digits_within_five_seconds_and_says_so_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offline: bool
) -> None:
    unreachable = replace(MNIST, mirrors=("https://a.invalid/", "https://b.invalid/"))
    monkeypatch.setattr(sources, "SOURCES", (unreachable,))
    start = time.monotonic()
    dataset = load_auto(offline=offline, cache_dir=tmp_path)
    assert time.monotonic() - start < 5
    assert dataset.name == "mnist-5k"
    for words in ("NOT the whole of MNIST", "5,000 of its 70,000", "HANDIGITS_DATA", str(tmp_path)):
        assert words in dataset.notice


def test_auto_does_not_pass_over_a_fault_in_the_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte").write_bytes(b"damaged")
    monkeypatch.setenv("HANDIGITS_DATA", str(tmp_path))
    with pytest.raises(DataError, match="train-images-idx3-ubyte: begins with"):
        load_auto()


def test_auto_without_any_digits_names_both_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handigits.data.embedded.find_mnist_5k", lambda: None)
    with pytest.raises(DownloadError, match=r"HANDIGITS_DATA.*pip install 'handigits\[train\]'"):
        load_auto(offline=True, cache_dir=tmp_path)


@pytest.mark.skipif(not REAL_MNIST, reason="needs HANDIGITS_DATA")
def test_whole_of_mnist_is_read_and_proved_in_half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDIGITS_DATA", str(REAL_MNIST))
    seconds = []
    for _ in range(3):
        start = time.process_time()  # not the wall clock, which also counts what else the machine does
        dataset = load_named("mnist", offline=True)
        seconds.append(time.process_time() - start)
    assert dataset.test is not None
    assert (len(dataset.train), len(dataset.test)) == (60_000, 10_000)
    assert dataset.test.labels[:4].tolist() == [7, 2, 1, 0]
    assert min(seconds) < 0.5
