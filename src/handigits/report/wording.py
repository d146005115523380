"""How numbers are said to people, the same on every page, card and plot."""

from math import ceil, log10

from handigits.evaluation import Evaluation

__all__ = ["UNSEEN", "accuracy_text", "duration", "interval_text", "one_in", "percent"]

UNSEEN = "unseen kinds"  # of corruption: see `StressResult.unseen`


def percent(share: float, *, decimals: int = 2) -> str:
    """A share in 0..1 as `98.62 %`; only a whole is ever called 100 %, and only nothing 0 %.

    Example:
        >>> percent(0.9862), percent(0.99999), percent(0.99999, decimals=0), percent(1.0), percent(0.0001, decimals=0)
        ('98.62 %', '>99.99 %', '>99 %', '100 %', '<1 %')
    """
    smallest = 10.0**-decimals
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    if round(100 * share, decimals) >= 100:
        return f">{100 - smallest:.{decimals}f} %"
    if round(100 * share, decimals) <= 0:
        return f"<{smallest:.{decimals}f} %"
    return f"{100 * share:.{decimals}f} %"


def accuracy_text(evaluation: Evaluation) -> str:
    """The accuracy with as many decimals as so many digits can tell apart: 98.62 % of 10,000, 98.6 % of 1,000."""
    return percent(evaluation.accuracy, decimals=_decimals(evaluation.count))


def interval_text(evaluation: Evaluation) -> str:
    """The interval, as `98.37 to 98.83 %`."""
    low, high = (f"{100 * bound:.2f}" for bound in evaluation.interval)
    return f"{low} to {high} %"


def one_in(evaluation: Evaluation) -> str:
    """The error rate as people say it: `138 of 10,000 were misread, about 1 in 72`."""
    wrong = evaluation.count - evaluation.correct
    if not wrong:
        return f"none of {evaluation.count:,} was misread"
    verb = "was" if wrong == 1 else "were"
    return f"{wrong:,} of {evaluation.count:,} {verb} misread, about 1 in {evaluation.count / wrong:,.0f}"


def duration(seconds: float) -> str:
    """A time as `0.8 s`, `12 s`, `3 min 20 s` or `2 h 5 min`.

    Example:
        >>> duration(0.84), duration(59.7), duration(200), duration(7_500)
        ('0.8 s', '1 min 0 s', '3 min 20 s', '2 h 5 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _decimals(count: int) -> int:
    return max(0, ceil(log10(count)) - 2)
