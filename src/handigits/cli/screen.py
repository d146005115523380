"""What the verbs share: the two streams, tables, questions, and parsing of a verb's arguments."""

import inspect
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from handigits.escape import printable

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["ask", "parse", "print_json", "print_table", "say"]

_C = TypeVar("_C")


def parse(command: type[_C], arguments: Sequence[str], *, verb: str, default: _C | None = None) -> _C:
    """Parse a verb's arguments into its dataclass; a usage error exits with 2, `--help` with 0."""
    import tyro

    config = (tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes, tyro.conf.DisallowNone)
    try:
        parsed: _C = tyro.cli(  # type: ignore[assignment]  # a default of None is tyro's own
            command, args=list(arguments), prog=f"handigits {verb}", default=default, config=config
        )
    except SystemExit as end:
        if not end.code:  # the help, in which tyro leaves the examples of a docstring out
            sys.stdout.write("\n" + _examples(command))
        raise
    return parsed


def say(text: str) -> None:
    """A line for the person at the terminal, on stderr; file names in it cannot play tricks."""
    sys.stderr.write(printable(text) + "\n")


def ask(question: str) -> bool:
    """Ask for a yes at the terminal; no, where there is none."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(f"{printable(question)} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def print_json(value: Any) -> None:
    """A result for scripts, on stdout."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def print_table(table: "Table") -> None:
    """A result for people, on stdout."""
    from rich.console import Console

    Console(highlight=False).print(table)


def _examples(command: type[Any]) -> str:
    """The last part of a command's docstring, which begins with `Example` in every one of them."""
    text = inspect.getdoc(command) or ""
    return text[text.index("Example") :] + "\n"
