"""What `handigits evaluate --suite` prints: a table, and the two numbers to remember."""

from rich.table import Table

from handigits.report.wording import UNSEEN, percent
from handigits.stress import MIDDLE, STRENGTHS, PhotoResult, Share, StressResult

__all__ = ["photos_table", "stress_table", "summary"]


def stress_table(result: StressResult) -> Table:
    """A row for each kind: accuracy in percent by strength; in the middle one also without the reading of pictures."""
    table = Table("kind", box=None, pad_edge=False)
    for heading in (*map(str, STRENGTHS), f"alone, {MIDDLE}", f"refused, {MIDDLE}"):
        table.add_column(heading, justify="right")
    for kind in result.kinds:
        rows = [row for row in result.rows if row.kind == kind]
        middle = rows[MIDDLE - 1]
        cells = [f"{100 * row.read.accuracy:.1f}" for row in rows]
        table.add_row(kind, *cells, f"{100 * middle.raw.accuracy:.1f}", f"{middle.refused:,}")
    table.add_row("mean", *(f"{100 * result.mean(strength):.1f}" for strength in STRENGTHS))
    table.add_row(f"mean of {UNSEEN}", *(f"{100 * result.mean_unseen(strength):.1f}" for strength in STRENGTHS))
    return table


def photos_table(result: PhotoResult) -> Table:
    """A row for each kind of photograph: shares that were read right, in percent, and how many there were."""
    table = Table("photographs", box=None, pad_edge=False)
    for heading in ("single digits", "of", "strings, exact", "of"):
        table.add_column(heading, justify="right")
    for name, (single, string) in result.groups().items():
        table.add_row(name, *_cells(single), *_cells(string))
    return table


def summary(result: StressResult | PhotoResult) -> str:
    """The numbers to remember, in a sentence or two."""
    if isinstance(result, PhotoResult):
        (single, string) = result.groups()["all"]
        return f"single digits {_with_interval(single)}, strings {_with_interval(string)}"
    worst = result.worst(MIDDLE)
    return (
        f"strength {MIDDLE}: mean {percent(result.mean(MIDDLE))}, worst {worst.kind} {percent(worst.read.accuracy)}; "
        f"clean {percent(result.clean.read.accuracy)} of {result.clean.read.count:,}\n"
        f"{UNSEEN}, those in which no recipe varies what it trains on: mean {percent(result.mean_unseen(MIDDLE))}"
    )


def _cells(share: Share) -> tuple[str, str]:
    return (f"{100 * share.accuracy:.1f}" if share.count else "-"), f"{share.count:,}"


def _with_interval(share: Share) -> str:
    low, high = share.interval
    return f"{percent(share.accuracy)} (95 % interval {percent(low)} to {percent(high)}, {share.count:,})"
