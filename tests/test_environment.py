import getpass
import json
import platform
import socket
from pathlib import Path

import pytest
import torch

from handigits.environment import describe_environment


def test_versions_and_machine_are_named() -> None:
    environment = describe_environment()
    assert environment["python"] == platform.python_version()
    assert environment["packages"]["torch"] == torch.__version__  # type: ignore[index]
    assert environment["cores"] >= 1  # type: ignore[operator]
    assert environment["processor"]
    assert json.loads(json.dumps(environment)) == environment


def test_neither_user_nor_host_nor_directory_is_told() -> None:
    values = [value for value in describe_environment().values() if isinstance(value, str)]
    assert not any(name in value.split() for value in values for name in (getpass.getuser(), socket.gethostname()))
    assert not any(str(Path.cwd()) in value for value in values)


def test_a_package_that_is_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handigits.environment._PACKAGES", ("numpy", "no-such-package"))
    assert list(describe_environment()["packages"]) == ["numpy"]  # type: ignore[call-overload]


def test_a_machine_without_proc_is_described_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert describe_environment()["processor"]
