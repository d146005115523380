"""A Hugging Face Space: a folder with the pad, the API and the Gradio app, which runs as it is once it is uploaded.

handigits itself lies in the folder as its source, beside `app.py`, and so must not be installed: a Space installs its
requirements before its files are there. Deliberately absent: uploading, which `hf upload` does.
"""

import shutil
from pathlib import Path

import handigits
from handigits.artifact import ArtifactMetadata
from handigits.atomic import write_bytes

__all__ = ["REQUIREMENTS", "write_space"]

# What the service needs, in the versions that it was tested with.
REQUIREMENTS = (
    "fastapi==0.165.0",
    "filelock==4.2.11",
    "gradio==6.31.0",
    "httptools==0.9.0",
    "numpy==2.4.6",
    "onnxruntime==1.31.1",
    "opencv-python-headless==5.0.0.93",
    "pillow==12.3.0",
    "platformdirs==4.14.5",
    "prometheus_client==0.26.0",
    "python-multipart==0.0.34",
    "rich==15.0.0",
    "tyro==1.0.17",
    "uvicorn==0.54.0",
    "uvloop==0.23.0",
)

_PYTHON = "3.12"
_GRADIO = next(line.partition("==")[2] for line in REQUIREMENTS if line.startswith("gradio=="))
_LEFT_OUT = ("__pycache__", "model.onnx")  # the model stands beside app.py

_APP = '''"""Reads handwritten digits: the pad at /, the same inside Gradio at /gradio/, the HTTP API at /docs."""

import os
from pathlib import Path

from handigits.serve.server import serve

serve(
    Path(__file__).parent / "model.onnx",
    host=os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0"),
    port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")),
    gradio=True,
    framed_by=["https://huggingface.co"],
    say=print,
)
'''

_README = """---
title: Handwritten digits
emoji: ✏️
colorFrom: indigo
colorTo: gray
sdk: gradio
sdk_version: {gradio}
python_version: "{python}"
app_file: app.py
base_path: /gradio/
license: apache-2.0
short_description: Draw a digit, or several, and see what a network reads
---

# Handwritten digits

Draw a digit or show a picture of some; a small convolutional network reads them as you write. What is no digit is said
to be none. {result}

- `app.py` starts it: `pip install -r requirements.txt`, then `python app.py`.
- `model.onnx` is the model; `handigits/pretrained/gate.onnx` judges whether a picture shows a digit at all.
- `handigits/` is handigits {version}, which made this folder with `handigits export --format space`.

Nothing that is drawn or uploaded is kept. The pictures to try were drawn by a program.
"""


def write_space(metadata: ArtifactMetadata, directory: Path) -> None:
    """Write all files of a Space but `model.onnx` into a directory.

    Args:
        metadata: what the model says about itself.
        directory: where to; made if need be.
    """
    shutil.copytree(
        Path(handigits.__file__).parent,
        directory / "handigits",
        ignore=shutil.ignore_patterns(*_LEFT_OUT),
        dirs_exist_ok=True,
    )
    readme = _README.format(gradio=_GRADIO, python=_PYTHON, version=handigits.__version__, result=_result(metadata))
    for name, text in (
        ("README.md", readme),
        ("app.py", _APP),
        ("requirements.txt", "\n".join((*REQUIREMENTS, ""))),
    ):
        write_bytes(directory / name, text.encode())


def _result(metadata: ArtifactMetadata) -> str:
    """What the model was measured to reach, as a sentence."""
    accuracy = metadata.metrics.get("test", {}).get("accuracy")
    about = f"The model is `{metadata.recipe}`, trained on {metadata.data}"
    return f"{about}." if accuracy is None else f"{about}: {accuracy:.2%} of the test images are read rightly."
