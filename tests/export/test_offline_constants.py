"""The page decides by the same numbers as Python: each constant stands on both sides, with the same value.

Numbers without a name are not seen here; `offline/` compares what comes out of both.
"""

import ast
import math
import re
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

OFFLINE = files("handigits") / "export" / "offline"

# A file there is called as its room in `ink`, but for these.
PORTS = {
    "pictures.js": ("ink.decode",),
    "reading.js": ("reading",),
    "recognizer.js": ("judgement", "second_look", "model_input"),
}
RENAMED = {
    ("ink.normalize", "INPUT_SIZE"): "SIZE",
    ("ink.normalize", "BOX_SIZE"): "BOX",
}
NOT_PORTED = {
    ("ink.decode", "FORMATS"),  # the browser opens what it can
    ("ink.decode", "MAX_BYTES"),  # files come from the one who looks at the page
    ("ink.decode", "WIDE_GRAY"),  # browsers hand out 8 bits a channel
    ("ink.decode", "TURNS"),  # and turn pictures upright
    ("ink.pixels", "LINES"),  # of a first look that saves time
    ("ink.strokes", "FAINT"),  # a remark of `doctor`
}
ONLY_HERE = {"ink.metadata"}  # browsers are made for pictures from strangers
ONLY_THERE = {"FAR", "STRAIGHT", "DIAGONAL", "KNIGHT"}  # of distances, which Python leaves to OpenCV
ONLY_THERE |= {"KINDS"}  # of layers, which Python leaves to onnxruntime


SCRIPTS = {each.name: each.read_text("utf-8") for each in OFFLINE.iterdir() if each.name.endswith(".js")}
INK = {f"ink.{each.stem}" for each in Path(str(files("handigits.ink"))).glob("*.py") if each.stem != "__init__"}


def ported_in(script: str) -> tuple[str, ...]:
    """The Python modules that a file stands for; none if it is the page's own."""
    namesake = f"ink.{script.removesuffix('.js')}"
    return PORTS.get(script, (namesake,) if namesake in INK else ())


def constants_of(name: str) -> dict[str, Any]:
    """The constants that a Python module defines, by their names without the underscore."""
    module = import_module(f"handigits.{name}")
    assert module.__file__ is not None
    statements = ast.parse(Path(module.__file__).read_text("utf-8")).body
    targets = [target for each in statements if isinstance(each, ast.Assign) for target in each.targets]
    found = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    return {name.lstrip("_"): getattr(module, name) for name in found if re.fullmatch(r"[A-Z_]+", name)}


def constants_in(script: str) -> dict[str, Any]:
    """The constants that a JavaScript file defines, one at a time or as `[A, B] = [1, 2]`."""
    values: dict[str, Any] = {}
    for left, right in re.findall(r"^(?:export )?const ([A-Z][A-Z_]*|\[[A-Z_, ]+\]) = (.+)$", script, re.MULTILINE):
        written = re.sub(r"Math\.(\w+)", r"\1", right.partition("; //")[0].rstrip(";"))
        value = None if written == "{" else eval(written, {"log": math.log, "SQRT2": 2**0.5, **values})
        names = re.findall("[A-Z_]+", left)
        for name, each in zip(names, value if left.startswith("[") else [value], strict=True):
            values[name] = tuple(each) if isinstance(each, list) else each
    return values


@pytest.mark.parametrize("script", sorted(filter(ported_in, SCRIPTS)))
def test_the_constants_of_a_file_are_those_of_python(script: str) -> None:
    expected = {
        RENAMED.get((module, name), name): value
        for module in ported_in(script)
        for name, value in constants_of(module).items()
        if (module, name) not in NOT_PORTED
    }
    assert constants_in(SCRIPTS[script]) == expected


def test_no_other_file_there_decides_by_numbers_of_its_own() -> None:
    others = [text for name, text in SCRIPTS.items() if not ported_in(name)]
    assert {name for text in others for name in constants_in(text)} == ONLY_THERE


def test_no_room_of_python_decides_by_numbers_that_are_not_there() -> None:
    missing = INK - ONLY_HERE - {module for script in SCRIPTS for module in ported_in(script)}
    assert not {name: constants for name in missing if (constants := constants_of(name))}
