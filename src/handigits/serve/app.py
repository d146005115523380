"""The same service inside Gradio: our own pad, and Gradio's upload and webcam beside it.

Mounted on demand: importing Gradio takes longer than all the rest of the start together. Gradio's limits are unlimited
by default; each is set here. Deliberately absent: its drawing component; the pad is the one at `/`.
"""

from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from fastapi import FastAPI

from handigits.errors import MissingExtraError, PictureError
from handigits.ink import decode
from handigits.recognizer import Recognizer
from handigits.serve.answers import answer
from handigits.serve.envelope import GRADIO_PATH
from handigits.serve.explanations import explain
from handigits.serve.limits import Limits
from handigits.serve.pages import EXAMPLES
from handigits.serve.pictures import Sent

if TYPE_CHECKING:
    import gradio

__all__ = ["mount_gradio"]

_UPLOADS_SECONDS = 1800  # uploads are looked for this often, and deleted once they are this old
_FORM_BYTES = 2**16  # around an uploaded file
_PAD = '<iframe class="pad" src="/" title="Drawing pad" allow="camera"></iframe>'
_STYLE = """
.gradio-container { padding: 0 !important; }
.gradio-container > .main { padding: .5rem !important; max-width: 76rem !important; margin: 0 auto !important; }
.pad { display: block; width: 100%; height: max(50rem, 100dvh - 5rem); border: 0; border-radius: 20px; }
@media (max-width: 52rem) { .pad { height: 64rem; } }
"""
_ENLARGED = 7  # times; Gradio shows small pictures small


def mount_gradio(app: FastAPI, recognizer: Recognizer, limits: Limits) -> FastAPI:
    """Mount the Gradio app at `/gradio` of a service.

    Raises:
        MissingExtraError: Gradio is not installed.
    """
    try:
        import gradio
    except ModuleNotFoundError as err:
        raise MissingExtraError(
            f"{err.name} is not installed; --gradio needs: pip install 'handigits[gradio]'"
        ) from err
    mounted: FastAPI = gradio.mount_gradio_app(
        app,
        _blocks(recognizer, limits),
        GRADIO_PATH,
        root_path=GRADIO_PATH,  # without it, examples are shown from addresses that do not exist
        app_kwargs={"max_body_size": limits.max_body + _FORM_BYTES},
        max_file_size=limits.max_body,
        allowed_paths=[],
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        theme=gradio.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),  # no fonts from elsewhere
        css=_STYLE,
    )
    return mounted


def _blocks(recognizer: Recognizer, limits: Limits) -> "gradio.Blocks":
    import gradio

    def read(path: str | None) -> tuple[Any, Any, str]:
        return _read(recognizer, path)

    with gradio.Blocks(
        title="handigits", analytics_enabled=False, delete_cache=(_UPLOADS_SECONDS, _UPLOADS_SECONDS)
    ) as blocks:
        with gradio.Tab("Draw"):
            gradio.HTML(_PAD, padding=False)
        with gradio.Tab("Picture or webcam"):
            with gradio.Row():
                picture = gradio.Image(
                    label="Picture", type="filepath", sources=["upload", "webcam", "clipboard"], format="png"
                )
                with gradio.Column():
                    label = gradio.Label(label="Reads", num_top_classes=3)
                    seen = gradio.Image(
                        label="What the model sees",
                        image_mode="L",
                        height=200,
                        interactive=False,
                        buttons=[],
                        format="png",
                    )
                    told = gradio.Markdown()
            gradio.Examples([str(path) for path in sorted(EXAMPLES.iterdir())], picture, label="Pictures to try")
        picture.change(read, picture, [label, seen, told], api_visibility="private", show_progress="hidden")
    blocks.queue(max_size=limits.max_waiting, default_concurrency_limit=limits.workers, api_open=False)
    return blocks


def _read(recognizer: Recognizer, path: str | None) -> tuple[Any, Any, str]:
    """The three outputs for a picture that Gradio has put into a file."""
    import gradio

    if path is None:
        return None, None, ""
    try:
        sent = Sent(Path(path).read_bytes(), "picture")
        read = answer(recognizer, sent)
        findings = explain(recognizer, sent, evidence=False).findings
    except PictureError as err:
        raise gradio.Error(str(err), print_exception=False) from err
    seen = np.hstack([decode(b64decode(png)).gray for png in read.seen])
    image = np.kron(seen, np.ones((_ENLARGED, _ENLARGED), np.uint8))
    told = "\n".join(f"- {each}" for each in (read.reason, *findings) if each)
    if read.abstained:
        return {"not a digit": 1.0}, image, told
    if len(read.digits) > 1:
        return {read.digits: read.probability}, image, told
    return {str(digit): share for digit, share in enumerate(read.probabilities[0])}, image, told
