"""`handigits compare`."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.markup import escape
from rich.table import Table

from handigits.cli.progress import share_progress
from handigits.cli.screen import parse, print_json, print_table, say
from handigits.comparison import SplitChoice, compare
from handigits.escape import printable
from handigits.evaluation import Comparison
from handigits.report.compare_files import write_comparison_csv, write_comparison_page, write_pareto
from handigits.report.compare_tables import p_value_text

__all__ = ["main", "print_comparison"]


@dataclass(frozen=True, kw_only=True)
class _Compare:
    """Compare models on the same digits: scores, costs, and which differences are more than chance.

    Runs that differ in nothing but their seed stand in one row, with the deviation from seed to seed.

    Examples:
      handigits compare runs/quick runs/standard
      handigits compare runs/* --split both --html compare.html
      handigits compare runs/* --without disputed.txt --csv compare.csv
    """

    models: Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="RUN")]
    """Run directories, or models' files."""
    data: str | None = None
    """What to read: a dataset's name, a directory, a CSV or an NPZ; none: what the models were trained on."""
    split: SplitChoice = "test"
    """Which split to read; of both, models are judged by the test split."""
    without: Path | None = None
    """A file with one index on each line, or labels.csv of `handigits labels`: give the scores a second time, without
    these images, whose labels are disputed."""
    csv: Path | None = None
    """Write a row for each model and split to this file."""
    html: Path | None = None
    """Write a page to this file, with confusion matrices side by side and the digits that are not read alike."""
    plot: Path | None = None
    """Draw accuracy against training time, reading time and size to this PNG."""
    offline: bool = False
    """Do not use the network."""
    json: bool = False
    """Print everything as JSON."""


def main(arguments: list[str]) -> int:
    """Compare models."""
    command = parse(_Compare, arguments, verb="compare")
    if not command.models:
        say("handigits compare: name run directories or models' files to compare.")
        return 2
    with share_progress("reading", quiet=command.json) as watch:
        comparison = compare(
            command.models,
            data=command.data,
            split=command.split,
            without=command.without,
            offline=command.offline,
            watch=watch,
        )
    if comparison.notice:
        say(comparison.notice)
    if command.csv:
        write_comparison_csv(comparison, command.csv)
    if command.html:
        words = shlex.join(["handigits", "compare", *arguments])
        write_comparison_page(comparison, command.html, command=words)
    if command.plot:
        write_pareto(comparison, command.plot)
    if command.json:
        print_json(comparison.to_json())
    else:
        print_comparison(comparison)
    return 0


def print_comparison(comparison: Comparison) -> None:
    """Tables of scores and costs, and what the tests say, on stdout."""
    for split in comparison.splits:
        print_table(_scores(comparison, split))
        sys.stdout.write("\n")
    print_table(_costs(comparison))
    if comparison.tests:
        sys.stdout.write("\n")
        print_table(_tests(comparison))
        sys.stdout.write(f"\n{printable(comparison.verdict)}\n")
    if comparison.choice:
        sys.stdout.write(f"{printable(comparison.choice)} is the choice of the held-out images.\n")


def _scores(comparison: Comparison, split: str) -> Table:
    table = _table(f"[bold]{escape(printable(split))}[/]", "accuracy, %", "95 % interval", "F1", "loss", "cal. error")
    for each in comparison.contenders:
        deviation = each.deviation("accuracy", split)
        spread = "" if deviation is None else f" ± {100 * deviation:.2f}"
        low, high = each.interval(split)
        table.add_row(
            _name(each.name),
            f"{100 * each.mean('accuracy', split):.2f}{spread}",
            f"{100 * low:.2f}-{100 * high:.2f}",
            f"{100 * each.mean('f1_macro', split):.2f}",
            f"{each.mean('loss', split):.4f}",
            f"{100 * each.mean('calibration_error', split):.2f}",
        )
    return table


def _costs(comparison: Comparison) -> Table:
    table = _table("", "parameters", "MACs", "MB", "training, s", "1 image, ms", "images/s")
    for each in comparison.contenders:
        cost = each.cost
        table.add_row(
            _name(each.name),
            f"{cost.parameters:,}",
            f"{cost.macs / 1e6:.1f} M",
            f"{cost.size_mb:.2f}",
            f"{cost.training_seconds:.1f}",
            f"{cost.latency_ms:.3f}",
            f"{cost.images_per_second:,.0f}",
        )
    return table


def _tests(comparison: Comparison) -> Table:
    """Every pair: the difference in points, digits that only one of them reads, and the corrected probability."""
    table = Table("pair", box=None, pad_edge=False)
    for heading in ("points", "only 1st", "only 2nd", "p"):
        table.add_column(heading, justify="right")
    table.add_column("", no_wrap=True)
    for test in comparison.tests:
        table.add_row(
            f"{_name(test.first)} / {_name(test.second)}",
            f"{100 * test.difference:+.2f}",
            f"{test.only_first:,}",
            f"{test.only_second:,}",
            p_value_text(test.adjusted),
            "significant" if test.is_significant else "no significant difference",
        )
    return table


def _table(first: str, *headings: str) -> Table:
    table = Table(first, box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _name(name: str) -> str:
    return escape(printable(name))
