"""`handigits data duplicates`."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.markup import escape
from rich.table import Table

from handigits.cli.progress import share_progress
from handigits.cli.screen import parse, print_json, print_table, say
from handigits.data import load_dataset
from handigits.escape import printable
from handigits.evaluation.duplicates import Duplicates, Twins, find_duplicates
from handigits.report.duplicates_plots import write_duplicates

__all__ = ["main"]

_ROWS = 10  # on the screen; --json and --out have all


@dataclass(frozen=True, kw_only=True)
class _Duplicates:
    """Find images that a dataset holds twice, or nearly so, within a split and across splits.

    Examples:
      handigits data duplicates mnist-5k
      handigits data duplicates my-digits/ --within 0.2 --out twins
    """

    source: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="SOURCE")] = "auto"
    """A name, a directory, a CSV or an NPZ."""
    within: float = 0.1
    """How far twins may differ: 0 for equal images only, to 0.3. MNIST's closest two are 0.129 apart."""
    limit: int = 50
    """How many pairs to show at most, the closest first; all are counted."""
    out: Path | None = None
    """Also write duplicates.png and duplicates.json to this directory."""
    offline: bool = False
    """Do not use the network."""
    json: bool = False
    """Print the result as JSON."""


def main(arguments: list[str]) -> None:
    """Find duplicates."""
    command = parse(_Duplicates, arguments, verb="data duplicates")
    dataset = load_dataset(command.source, offline=command.offline)
    if dataset.notice:
        say(dataset.notice)
    splits = [dataset.train, *([dataset.test] if dataset.test else [])]
    with share_progress("comparing", quiet=command.json) as watch:
        found = find_duplicates(splits, within=command.within, limit=command.limit, watch=watch)
    if command.out:
        say(f"wrote {write_duplicates(found, command.out)}")
    if command.json:
        print_json(found.to_json())
    else:
        _print(found)


def _print(found: Duplicates) -> None:
    if not found.counts:
        sys.stdout.write(f"no two images are equal, nor nearly so (within {found.within:g})\n")
        return
    table = Table("splits", "equal", "nearly equal", box=None, pad_edge=False)
    for splits, (equal, nearly) in found.counts.items():
        table.add_row(escape(printable(" and ".join(dict.fromkeys(splits)))), f"{equal:,}", f"{nearly:,}")
    print_table(table)
    sys.stdout.write("\n")
    pairs = Table("the closest", "", "distance", "labels", box=None, pad_edge=False)
    for twins in found.twins[:_ROWS]:
        pairs.add_row(*_row(twins))
    print_table(pairs)


def _row(twins: Twins) -> tuple[str, ...]:
    places = (escape(printable(f"{place.split} no. {place.index}")) for place in (twins.first, twins.second))
    labels = f"{twins.first.label} and {twins.second.label}" if twins.contradict else f"both {twins.first.label}"
    return (*places, f"{twins.distance:.3f}", labels)
