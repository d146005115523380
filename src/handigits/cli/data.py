"""`handigits data list | fetch | show | duplicates | convert`."""

import dataclasses
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from handigits.cli import duplicates
from handigits.cli.screen import parse, print_json, print_table, say
from handigits.data import Dataset, load_dataset
from handigits.data.conversion import FileFormat, convert
from handigits.data.sources import list_datasets, load_named
from handigits.data.summary import DatasetSummary, summarize
from handigits.escape import printable

__all__ = ["main"]


@dataclass(frozen=True, kw_only=True)
class _List:
    """List the datasets that have names.

    Example:
      handigits data list
    """

    json: bool = False
    """Print the list as JSON."""


@dataclass(frozen=True, kw_only=True)
class _Fetch:
    """Download a dataset into the cache, or check the one that is there.

    Example:
      handigits data fetch fashion-mnist
    """

    name: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]
    """A name that `handigits data list` shows."""
    offline: bool = False
    """Only check what is there."""


@dataclass(frozen=True, kw_only=True)
class _Show:
    """Show what is in a dataset: counts, class distribution, samples, duplicates.

    Example:
      handigits data show mnist --out mnist-plots
    """

    source: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="SOURCE")] = "auto"
    """A name, a directory, a CSV or an NPZ."""
    out: Path | None = None
    """Also write class_distribution.png and samples.png to this directory."""
    offline: bool = False
    """Do not use the network."""
    json: bool = False
    """Print the summary as JSON."""


@dataclass(frozen=True, kw_only=True)
class _Convert:
    """Write a dataset in another format.

    Examples:
      handigits data convert mnist mnist.npz
      handigits data convert mnist kaggle --format kaggle
      handigits data convert mnist pictures --format folders
    """

    source: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="SRC")]
    """A name, a directory, a CSV or an NPZ."""
    destination: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="DST")]
    """The file or directory to write."""
    format: FileFormat | None = None
    """What to write; none: taken from DST's suffix. kaggle: 42,000 labelled and 28,000 unlabelled rows, for MNIST."""
    force: bool = False
    """Replace the dataset that is there."""
    offline: bool = False
    """Do not use the network."""


_HELP = """usage: handigits data list | fetch NAME | show SOURCE | duplicates SOURCE | convert SRC DST

  list       the datasets that have names, and which are on this machine
  fetch      download one, or check the one that is there
  show       counts, class distribution, samples, duplicates
  duplicates images that stand there twice, or nearly so
  convert    IDX, Kaggle CSV, class folders and NPZ, each to each

`handigits data VERB --help` explains each.

Example:
  handigits data show mnist-5k
"""


def main(arguments: list[str]) -> int:
    """Work with datasets."""
    verbs = {"list": _list, "fetch": _fetch, "show": _show, "duplicates": duplicates.main, "convert": _convert}
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(_HELP)
        return 0
    verb, *rest = arguments
    if verb not in verbs:
        say(f"handigits data: there is no verb {verb!r}; the verbs are {', '.join(verbs)}.")
        return 2
    verbs[verb](rest)
    return 0


def _list(arguments: list[str]) -> None:
    command = parse(_List, arguments, verb="data list")
    listings = list_datasets()
    if command.json:
        print_json([dataclasses.asdict(each.facts) | {"here": each.folder is not None} for each in listings])
        return
    from rich.table import Table

    table = Table("name", "what it is", "training", "test", "on this machine")
    for listing in listings:
        facts = listing.facts
        here = "yes" if listing.folder else "no"
        table.add_row(facts.name, facts.title, f"{facts.train_count:,}", f"{facts.test_count:,}", here)
    print_table(table)


def _fetch(arguments: list[str]) -> None:
    command = parse(_Fetch, arguments, verb="data fetch")
    dataset = load_named(command.name, offline=command.offline)
    _tell_notice(dataset)
    test = f", {len(dataset.test):,} test images" if dataset.test else ""
    say(f"{dataset.name} is complete: {len(dataset.train):,} training images{test}.")


def _show(arguments: list[str]) -> None:
    command = parse(_Show, arguments, verb="data show")
    dataset = load_dataset(command.source, offline=command.offline)
    _tell_notice(dataset)
    summary = summarize(dataset)
    if command.out is not None:
        from handigits.report import write_plots

        splits = [dataset.train, *([dataset.test] if dataset.test else [])]
        for path in write_plots(command.out, splits=splits):
            say(f"wrote {path}")
    if command.json:
        sys.stdout.write(json.dumps(dataclasses.asdict(summary)) + "\n")
    else:
        _print_summary(summary)


def _print_summary(summary: DatasetSummary) -> None:
    from rich.markup import escape
    from rich.table import Table

    splits = [summary.train, *([summary.test] if summary.test else [])]
    table = Table("", *(escape(printable(split.name)) for split in splits))
    table.add_row("images", *(f"{split.count:,}" for split in splits))
    for digit in range(len(summary.train.class_counts)):
        table.add_row(f"digit {digit}", *(f"{split.class_counts[digit]:,}" for split in splits))
    table.add_row("mean of the pixels", *(f"{split.pixel_mean:.4f}" for split in splits))
    table.add_row("their deviation", *(f"{split.pixel_sd:.4f}" for split in splits))
    table.add_row("duplicates", *(f"{split.duplicates:,}" for split in splits))
    table.add_row("with another label", *(f"{split.contradictions:,}" for split in splits))
    print_table(table)
    if summary.test:
        say(f"{summary.leaked:,} test images stand in the training split too, pixel for pixel.")


def _convert(arguments: list[str]) -> None:
    command = parse(_Convert, arguments, verb="data convert")
    dataset = load_dataset(command.source, offline=command.offline)
    _tell_notice(dataset)
    convert(dataset, command.destination, file_format=command.format, force=command.force)
    say(f"wrote {command.destination}")


def _tell_notice(dataset: Dataset) -> None:
    if dataset.notice:
        say(dataset.notice)
