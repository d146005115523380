"""`handigits serve`."""

from dataclasses import dataclass, field
from pathlib import Path

from handigits.cli.screen import parse, say
from handigits.errors import MissingExtraError
from handigits.serve.limits import Limits

__all__ = ["main"]


@dataclass(frozen=True, kw_only=True)
class _Serve:
    """Serve a drawing pad and an HTTP API. It keeps nothing that is sent, unless --collect says so.

    Examples:
      handigits serve
      handigits serve --model runs/standard --port 8000
      handigits serve --collect corrections.sqlite
      curl -F picture=@digit.png http://127.0.0.1:7860/predict
    """

    model: Path | None = None
    """A run directory or an artefact file; none: the model that ships with handigits."""
    host: str = "127.0.0.1"
    """The address to listen at; 0.0.0.0 for all of this machine."""
    port: int = 7860
    """The port to listen at; 0 for any that is free."""
    collect: Path | None = None
    """Keep corrections ("this was a 7") with their pictures in this SQLite file. `handigits train --data` reads it."""
    gradio: bool = False
    """Mount the Gradio app at /gradio too. It starts slower and takes more memory."""
    limits: Limits = field(default_factory=Limits)


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    command = parse(_Serve, arguments, verb="serve")
    try:
        from handigits.serve.server import serve
    except ModuleNotFoundError as err:
        raise MissingExtraError(f"{err.name} is not installed; serving needs: pip install 'handigits[serve]'") from err
    serve(
        command.model,
        host=command.host,
        port=command.port,
        limits=command.limits,
        collect=command.collect,
        gradio=command.gradio,
        say=say,
    )
    return 0
