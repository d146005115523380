"""The Python environment of the peers that run on TensorFlow, apart from ours: `benchmarks/.venv-peers`."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

__all__ = ["is_installed", "peers_python"]

_ENVIRONMENT = Path(__file__).parent.parent / ".venv-peers"
_REQUIREMENTS = Path(__file__).parent / "requirements.txt"
_RECEIPT = _ENVIRONMENT / "installed.txt"


def is_installed() -> bool:
    """Whether the environment is there, complete, and what the requirements ask for."""
    return _RECEIPT.is_file() and _RECEIPT.read_text(encoding="utf-8") == _wanted()


def peers_python() -> Path:
    """Its interpreter. The environment is made at the first call, which takes a minute and 1.6 GB."""
    python = _ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not is_installed():
        print(f"installing TensorFlow and Keras into {_ENVIRONMENT} ...", file=sys.stderr, flush=True)
        shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
        venv.create(_ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "--requirement", _REQUIREMENTS], check=True)
        _RECEIPT.write_text(_wanted(), encoding="utf-8")
    return python


def _wanted() -> str:
    return f"{sys.version}\n{_REQUIREMENTS.read_text(encoding='utf-8')}"
