"""The rooms of CONTRIBUTING.md: who may import whom, and what importing may cost."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import handigits

HOUSE = Path(handigits.__file__).parent

# Top to bottom: a room imports from the rooms above its own, and from within itself.
ROOMS = (
    "errors",
    "escape",
    "atomic",
    "environment",
    "abstention",
    "config",
    "ink",
    "data",
    "handwriting",
    "models",
    "recipes",
    "training",
    "artifact",
    "network",
    "gate",
    "reading",
    "model_input",
    "judgement",
    "second_look",
    "recognizer",
    "predictions",
    "doctor",
    "evaluation",
    "stress",
    "report",
    "run",
    "publish",
    "workflow",
    "export",
    "ensemble",
    "finetune",
    "comparison",
    "sweep",
    "cluster",
    "label_check",
    "explain",
    "serve",
    "cli",
)
WITHOUT_TORCH = (
    "ink",
    "data",
    "handwriting",
    "artifact",
    "network",
    "reading",
    "model_input",
    "judgement",
    "second_look",
    "recognizer",
    "predictions",
    "evaluation",
    "stress",
    "report",
    "run",
    "export",
    "ensemble",
    "finetune",
    "comparison",
    "sweep",
    "cluster.predicting",
    "label_check",
    "serve.server",
    "cli",
)
WITH_TORCH = ("artifact.writing", "export.torch_archive", "export.trained")  # and imported only where torch is wanted
HEAVY = ("torch", "onnxruntime", "matplotlib", "cv2", "sklearn", "gradio", "rich", "tyro", "numpy")


def files() -> list[Path]:
    return [path for path in HOUSE.rglob("*.py") if path.parent != HOUSE or path.stem not in ("__init__", "__main__")]


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).with_suffix("").parts[0]


def module_of(path: Path) -> str:
    """Its name within the house: `ink.decode`."""
    return ".".join(part for part in path.relative_to(HOUSE).with_suffix("").parts if part != "__init__")


def imported_rooms(path: Path) -> set[str]:
    """Rooms that a file imports anywhere but under `if TYPE_CHECKING`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("handigits.")}
    return found


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_every_file_stands_in_a_room_of_the_house() -> None:
    assert {room_of(path) for path in files()} == set(ROOMS)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_room_imports_only_from_rooms_above_it(path: Path) -> None:
    allowed = ROOMS[: ROOMS.index(room_of(path)) + 1]
    assert imported_rooms(path) <= set(allowed)


def test_importing_handigits_loads_nothing_heavy() -> None:
    assert not modules_after("import handigits").intersection(HEAVY)


@pytest.mark.parametrize("room", WITHOUT_TORCH)
def test_a_room_that_does_without_torch_does_not_import_it(room: str) -> None:
    """All files of it, not only its `__init__`, which may import them later."""
    names = [
        name for path in files() if room in (name := module_of(path), name.split(".")[0]) and name not in WITH_TORCH
    ]
    assert names
    assert "torch" not in modules_after("import " + ", ".join(f"handigits.{name}" for name in names))


def test_help_loads_nothing_that_takes_time() -> None:
    loaded = modules_after("from handigits.cli import main; main(['--help'])")
    assert not loaded.intersection({"torch", "onnxruntime", "matplotlib", "cv2", "numpy", "tyro"})


def test_help_answers_in_time() -> None:
    """The best of several tries, since other work on the machine only ever makes it slower."""
    code = (
        "import subprocess, sys, time\n"
        "began = time.perf_counter()\n"
        "subprocess.run([sys.executable, '-m', 'handigits', '--help'], check=True, stdout=subprocess.DEVNULL)\n"
        "print(time.perf_counter() - began)"
    )
    tries = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    assert min(float(each.stdout) for each in tries) < 0.4


def test_every_public_name_of_the_package_exists() -> None:
    for name in handigits.__all__:
        assert getattr(handigits, name) is not None


def test_every_name_in_all_exists() -> None:
    """A stale `__all__` would break `from handigits.x import *` and mislead readers."""
    import importlib

    for path in files():
        name = f"handigits.{module_of(path)}"
        module = importlib.import_module(name)
        missing = [each for each in module.__all__ if not hasattr(module, each)]
        assert not missing, f"{name}: {missing}"
