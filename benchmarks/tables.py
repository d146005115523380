"""Tables and numbers as the README and the screen show them."""

from collections.abc import Sequence
from typing import Any

from benchmarks.machine import multiplies_bf16

__all__ = ["machine_line", "markdown_table", "percent", "ratio", "seconds"]

NOTHING = "–"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """A Markdown table whose source is aligned too; the first `texts` columns are text, the others are numbers.

    Example:
        >>> print(markdown_table(["recipe", "time"], [["flash", "1.2 s"], ["standard", "40 s"]]))
        | recipe   |  time |
        | :------- | ----: |
        | flash    | 1.2 s |
        | standard |  40 s |
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = [f":{'-' * (width - 1)}" if index < texts else f"{'-' * (width - 1)}:" for index, width in enumerate(widths)]
    lines = [_align(header, widths, texts), rule, *(_align(row, widths, texts) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _align(cells: Sequence[str], widths: Sequence[int], texts: int) -> list[str]:
    return [
        cell.ljust(width) if index < texts else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]


def seconds(value: float | None) -> str:
    """Three digits that count.

    Example:
        >>> [seconds(each) for each in (0.004, 0.98, 7.04, 45.3, 241.7, None)]
        ['4.0 ms', '0.98 s', '7.0 s', '45 s', '242 s', '–']
    """
    if value is None:
        return NOTHING
    if value < 0.1:
        return f"{1000 * value:.1f} ms" if value >= 0.001 else f"{1000 * value:.2f} ms"
    return f"{value:.{2 if value < 1 else 1 if value < 10 else 0}f} s"


def percent(share: float | None, sd: float | None = None) -> str:
    """A share in percent with its standard deviation over seeds, if there is one.

    Example:
        >>> percent(0.9912), percent(0.9912, 0.0007)
        ('99.12 %', '99.12 ± 0.07 %')
    """
    if share is None:
        return NOTHING
    return f"{100 * share:.2f} %" if sd is None else f"{100 * share:.2f} ± {100 * sd:.2f} %"


def ratio(value: float | None) -> str:
    """How many times.

    Example:
        >>> ratio(1.0), ratio(5.23), ratio(217.4), ratio(None)
        ('1.0x', '5.2x', '217x', '–')
    """
    return NOTHING if value is None else f"{value:,.{1 if value < 10 else 0}f}x"


def machine_line(results: dict[str, Any]) -> str:
    """One sentence or two: where and when the results were measured, and the command; the JSON has the versions."""
    machine = results["machine"]
    processor = str(machine["processor"]).partition(" (")[0]
    notes = [note for note in machine["notes"] if "not quiet" in note]
    arithmetic = "" if multiplies_bf16(machine) else ", which does not multiply bf16, so in fp32"
    cores = f"{machine['cores']} core{'s' if machine['cores'] != 1 else ''}"
    about = f"Measured on {results['date']} on {cores} of {processor}{arithmetic}."
    return " ".join([about, *notes, f"Versions and rounds are in benchmarks/results. Again: `{results['command']}`."])
