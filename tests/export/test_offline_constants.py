"""The page decides by the same numbers as Python: each constant stands on both sides, with the same value.

Numbers without a name are not seen here; `test_html` compares what comes out of both.
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

# Which Python is ported in which file, and the few constants that are called otherwise there.
PORTS: dict[str, dict[str, dict[str, str]]] = {
    "levels.js": {"ink.levels": {}},
    "lines.js": {"ink.lines": {}},
    "marks.js": {"ink.marks": {}},
    "normalize.js": {"ink.normalize": {"INPUT_SIZE": "SIZE", "BOX_SIZE": "BOX"}},
    "pictures.js": {"ink.decode": {}},
    "pieces.js": {"ink.pieces": {}},
    "reading.js": {"reading": {}},
    "recognizer.js": {"judgement": {}},
    "ruling.js": {"ink.ruling": {}},
    "segment.js": {"ink.segment": {}},
    "strokes.js": {"ink.strokes": {}, "ink.polarity": {"LONGEST": "THIN_LONGEST"}},
}
NOT_PORTED = {
    "FORMATS",  # the browser opens what it can
    "MAX_BYTES",  # files come from the one who looks at the page
    "WIDE_GRAY",  # browsers hand out 8 bits a channel
    "FAINT",  # a remark of `doctor`
}
ONLY_THERE = {
    "FAR",  # from any pixel; Python leaves distances to OpenCV
    "KINDS",  # of layers; Python runs them by onnxruntime
}


def constants_of(name: str) -> dict[str, Any]:
    """The constants that a Python module defines, by their names without the underscore."""
    module = import_module(f"handigits.{name}")
    assert module.__file__ is not None
    statements = ast.parse(Path(module.__file__).read_text("utf-8")).body
    targets = [target for each in statements if isinstance(each, ast.Assign) for target in each.targets]
    names = [target.id for target in targets if isinstance(target, ast.Name) and re.fullmatch(r"[A-Z_]+", target.id)]
    return {name.lstrip("_"): getattr(module, name) for name in names}


def constants_in(script: str) -> dict[str, Any]:
    """The constants that a JavaScript file defines; what is written over several lines is named, but not valued."""
    found = re.findall(r"^(?:export )?const ([A-Z][A-Z_]*) = (.+)$", script, re.MULTILINE)
    return {name: value_of(written.partition(";")[0]) for name, written in found}


def value_of(written: str) -> Any:
    """A number, a text or a list of numbers, as JavaScript writes it."""
    if written == "{":
        return None
    value = eval(written.replace("Math.SQRT2", "2**0.5").replace("Math.log", "log"), {"log": math.log})
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("name", PORTS)
def test_the_constants_of_a_file_are_those_of_python(name: str) -> None:
    expected = {
        renamed.get(constant, constant): value
        for module, renamed in PORTS[name].items()
        for constant, value in constants_of(module).items()
        if constant not in NOT_PORTED
    }
    assert expected
    assert constants_in((OFFLINE / name).read_text("utf-8")) == expected


def test_no_other_file_decides_by_numbers_of_its_own() -> None:
    others = [each for each in OFFLINE.iterdir() if each.name.endswith(".js") and each.name not in PORTS]
    assert {name for each in others for name in constants_in(each.read_text("utf-8"))} == ONLY_THERE
