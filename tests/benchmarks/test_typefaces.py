import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from benchmarks import typefaces as module
from benchmarks.typefaces import NAMES, every_typeface, typefaces


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The packages that were asked of npm, which packs something else than a typeface."""
    packages: list[str] = []

    def pack(command: list[Any], *, check: bool) -> None:
        assert check
        _, _, _, package, _, folder = command
        packages.append(package)
        name = package.removeprefix("@fontsource/").removesuffix("@4 - 5")
        with tarfile.open(Path(folder, "any-5.0.0.tgz"), "w:gz") as files:
            member = tarfile.TarInfo(f"package/files/{name}-latin-400-normal.woff")
            member.size = len(name)
            files.addfile(member, io.BytesIO(name.encode()))

    monkeypatch.setattr(module, "_FOLDER", tmp_path / "typefaces")
    monkeypatch.setattr(module.shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", pack)
    return packages


def test_each_is_fetched_once(asked: list[str]) -> None:
    first, second = typefaces(kept_apart=True), typefaces(kept_apart=True)
    assert first == second
    assert [path.read_text() for path in first] == [path.stem for path in first]
    assert len(asked) == len(first)


def test_what_is_kept_apart_is_never_learnt_from(asked: list[str]) -> None:
    apart, rest = typefaces(kept_apart=True), typefaces(kept_apart=False)
    families = [{path.stem.partition("-")[0] for path in paths} for paths in (apart, rest)]
    assert not families[0] & families[1]
    assert len(apart) >= 15
    assert len(rest) > 100


def test_every_typeface_is_found(asked: list[str]) -> None:
    assert [path.stem for path in every_typeface()] == sorted(set(NAMES))


def test_without_npm_it_says_what_is_missing(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"npm.*Node\.js"):
        typefaces(kept_apart=True)
