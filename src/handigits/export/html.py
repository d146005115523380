"""The drawing pad as one file with the model inside: for a browser, without a service and without a network.

The pad is the one of `serve`, to the letter; in the service's place stands JavaScript that finds ink, reads and judges
as Python does (offline/), file by file: who changes one side changes the other, and tests/export/offline compares
them. The page asks itself golden examples when it opens. Deliberately absent: layers that `network` does not know.
"""

import base64
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits import __version__
from handigits.artifact.golden import Golden
from handigits.artifact.metadata import ArtifactMetadata
from handigits.artifact.reading import read_content
from handigits.atomic import write_bytes
from handigits.errors import ModelError
from handigits.export.script import bundle
from handigits.gate import SHIPPED_GATE
from handigits.network.description import describe, named_arrays, rebuild
from handigits.network.layers import Network
from handigits.network.onnx_graph import from_onnx, split_choice
from handigits.recognizer import Recognizer

__all__ = ["read_html", "write_html"]

_DRAWINGS = 4  # golden examples that go the whole way from pixels to digits; each costs the page a moment
_FACTOR = 7  # by which these are enlarged
_ID = "handigits"
_PAD, _OURS = ("serve", "static"), ("export", "offline")


def write_html(network: Network, recognizer: Recognizer, golden: Golden, path: Path) -> None:
    """Write the page.

    Args:
        network: the layers of the model.
        recognizer: the same model with its gate, whose answers the page must give.
        golden: pictures with its answers.
        path: the file to write.
    """
    given = {
        "about": _about(recognizer.metadata),
        "model": _packed(network),
        "gate": None if recognizer.gate is None else _packed_gate(recognizer.gate.facts.threshold),
        "golden": _packed_golden(golden, recognizer),
    }
    write_bytes(path, _page(given).encode("utf-8"))


def read_html(path: Path) -> Network:
    """The layers of the model in a page.

    Raises:
        ModelError: it is no page that `write_html` wrote.
    """
    found = re.search(rf'<script type="application/json" id="{_ID}">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    if found is None:
        raise ModelError("this page holds no model; expected one that `handigits export --format html` wrote.")
    return _unpacked(json.loads(found[1])["model"])


def _packed(network: Network) -> dict[str, Any]:
    """The layers with the shapes of their arrays, and all arrays one after another, in base64.

    They are written in half precision where it holds all of them exactly.
    """
    arrays = named_arrays(network)
    layers = json.loads(describe(network))
    for index, layer in enumerate(layers):
        layer["shapes"] = {
            name.partition(".")[2]: list(array.shape) for name, array in arrays.items() if name.startswith(f"{index}.")
        }
    numbers = np.concatenate([np.ravel(array) for array in arrays.values()])
    with np.errstate(over="ignore"):
        halves = numbers.astype("<f2")
    is_half = np.array_equal(halves, numbers)
    content = (halves if is_half else numbers.astype("<f4")).tobytes()
    return {"layers": layers, "precision": "half" if is_half else "single", "weights": _in_base64(content)}


def _unpacked(packed: dict[str, Any]) -> Network:
    kind = {"half": "<f2", "single": "<f4"}[packed["precision"]]
    weights = np.frombuffer(base64.b64decode(packed["weights"]), kind).astype(np.float32)
    arrays: dict[str, NDArray[np.float32]] = {}
    for index, layer in enumerate(packed["layers"]):
        for name, shape in layer["shapes"].items():
            count = int(np.prod(shape))
            arrays[f"{index}.{name}"], weights = weights[:count].reshape(shape), weights[count:]
    return rebuild(json.dumps(packed["layers"]), arrays)


def _packed_gate(threshold: float) -> dict[str, Any]:
    content, output = split_choice(read_content(SHIPPED_GATE))
    return _packed(from_onnx(content)) | {"output": output, "threshold": threshold}


def _packed_golden(golden: Golden, recognizer: Recognizer) -> dict[str, Any]:
    squares = np.kron(255 - golden.images[:_DRAWINGS], np.ones((1, _FACTOR, _FACTOR), np.uint8))
    enlarged = np.pad(squares, ((0, 0), (0, 1), (0, 1)), constant_values=255)  # else they would be made small again
    return {
        "images": _in_base64(golden.images.tobytes()),
        "probabilities": golden.probabilities.tolist(),
        "factor": _FACTOR,
        "answers": [
            {"digits": answer.digits, "probabilities": answer.probabilities}
            for answer in recognizer.predict(list(enlarged), polarity="dark-on-light")
        ],
        "tolerance": golden.tolerance,
    }


def _in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _about(metadata: ArtifactMetadata) -> str:
    accuracy = metadata.metrics.get("test", {}).get("accuracy")
    measured = f": {100 * accuracy:.2f} % of the test digits of {metadata.data}" if accuracy else ""
    return f"Model “{metadata.recipe}”{measured}"


def _page(given: dict[str, Any]) -> str:
    pad = _files(*_PAD)
    sources = {name: text for name, text in (pad | _files(*_OURS)).items() if name.endswith(".js")}
    sources["main.js"] = _files(*_OURS)["main.js"]
    style, script = pad["pad.css"], bundle(sources, "main.js").replace("</", "<\\/")
    icon = f"data:image/svg+xml;base64,{_in_base64(pad['icon.svg'].encode())}"
    body = _between(pad["index.html"], "<body>", "<footer").replace("static/icon.svg", icon)
    policy = f"default-src 'none'; img-src data: blob:; style-src {_hash(style)}; script-src {_hash(script)}"
    return _SHELL.format(
        policy=f"{policy}; base-uri 'none'; form-action 'none'",
        icon=icon,
        style=style,
        body=body,
        version=__version__,
        id=_ID,
        given=json.dumps(given).replace("<", "\\u003c"),
        script=script,
    )


def _files(*place: str) -> dict[str, str]:
    directory = files("handigits").joinpath(*place)
    return {each.name: each.read_text("utf-8") for each in directory.iterdir() if each.is_file()}


def _between(text: str, first: str, last: str) -> str:
    return text.partition(first)[2].partition(last)[0]


def _hash(content: str) -> str:
    """How a page's policy names an inline script or style that it allows."""
    return f"'sha256-{_in_base64(hashlib.sha256(content.encode()).digest())}'"


_SHELL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Draw a digit and see what a small network reads.">
<title>handigits</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
<style>{style}</style>
</head>
<body>{body}<footer class="faint">
  <p>Everything happens in this page: it needs no network, and what you draw or open does not leave your device.
  Pictures are read in the formats that your browser shows. Made by handigits {version}.</p>
</footer>
<p class="unseen" id="spoken" role="status" aria-live="polite"></p>
<script type="application/json" id="{id}">{given}</script>
<script>{script}</script>
</body>
</html>
"""
