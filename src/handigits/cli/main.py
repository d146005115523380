"""`handigits VERB ...`: the root help, and the way to each verb.

A verb's module is imported when it is called, so that `--help` and `predict` do not wait for what others need.
"""

import os
import sys
from importlib import import_module

from handigits import __version__
from handigits.cli.screen import say
from handigits.errors import HandigitsError

__all__ = ["main"]

_VERBS = {
    "train": "train a recipe and write the model, its measurements and a report",
    "evaluate": "measure a model: accuracy with interval, confusions, mistakes",
    "sweep": "train several recipes, settings and seeds, and compare them",
    "compare": "which of several models is better, and by more than chance",
    "explain": "why a digit was read as it was, and what a network has learnt",
    "labels": "find labels that are probably wrong",
    "predict": "read pictures, folders and CSVs",
    "doctor": "what the model sees of a picture, and what is the matter with it",
    "serve": "a drawing pad in the browser, and an HTTP API",
    "ensemble": "several models as one, their probabilities averaged",
    "export": "write a model for other tools: ONNX, int8, Keras, PyTorch",
    "data": "list, fetch, show and convert datasets",
    "recipes": "the recipes with what they reached",
}

_HELP = f"""handigits {__version__} reads handwritten digits.

Three commands to try first:

{{first}}

Verbs:

{{verbs}}

`handigits VERB --help` explains a verb, with an example.
Results go to stdout, progress to stderr.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command line, `sys.argv` by default, and return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        try:
            return _run(words)
        finally:
            sys.stdout.flush()  # here, and not at the end of the process, where nobody could catch what it raises
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return 1


def _run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(_root_help())
        return 0
    if words[0] in ("-V", "--version"):
        sys.stdout.write(f"handigits {__version__}\n")
        return 0
    verb, *rest = words
    if verb not in _VERBS:
        say(f"handigits: there is no verb {verb!r}; the verbs are {', '.join(_VERBS)}. Try: handigits --help")
        return 2
    try:
        code: int = import_module(f"handigits.cli.{verb}").main(rest)
    except HandigitsError as err:
        say(f"handigits {verb}: {err}")
        return 1
    except KeyboardInterrupt:
        say(f"handigits {verb}: interrupted.")
        return 1
    except BrokenPipeError:
        raise
    except OSError as err:  # a full disk, a directory that may not be written to
        say(f"handigits {verb}: {err}")
        return 1
    return code


def _root_help() -> str:
    from handigits.recipes import DEFAULT_RECIPE

    first = {
        "handigits train": "train a network; ends with a report to open",
        "handigits predict digit.png": "read a picture",
        f"handigits evaluate runs/{DEFAULT_RECIPE}": "measure what was trained",
    }
    return _HELP.format(first=_columns(first), verbs=_columns(_VERBS))


def _columns(purposes: dict[str, str]) -> str:
    """A line for each thing, with what it is for, one below the other."""
    width = max(map(len, purposes))
    return "\n".join(f"  {thing:{width}}  {purpose}" for thing, purpose in purposes.items())
