"""The parts of a comparison's page: tables, small confusion matrices, and digits that are not read alike."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import CLASSES
from handigits.evaluation import Comparison, Contender, Disagreement, Evaluation, PairedTest
from handigits.report.tables import digit_picture, safe, scores_table
from handigits.report.wording import duration, percent

__all__ = [
    "accuracy_with_spread",
    "class_reports",
    "confusions",
    "costs_table",
    "disagreement_gallery",
    "p_value_text",
    "ranking_table",
    "tests_table",
]


def accuracy_with_spread(contender: Contender, split: str) -> str:
    """`99.61 %`, or with several seeds `99.61 ± 0.04 %`."""
    deviation = contender.deviation("accuracy", split)
    mean = contender.mean("accuracy", split)
    return percent(mean) if deviation is None else f"{100 * mean:.2f} ± {100 * deviation:.2f} %"


def p_value_text(value: float) -> str:
    """A probability with two digits that count, and no more than anybody reads.

    Example:
        >>> p_value_text(0.0412), p_value_text(1.0), p_value_text(3e-9)
        ('0.041', '1', '< 0.0001')
    """
    return "< 0.0001" if value < 0.0001 else f"{value:.2g}"


def ranking_table(comparison: Comparison, split: str) -> str:
    """Scores on a split, a model in each row, in the order of the comparison."""
    names = ("", "model", "accuracy, interval", "precision", "recall", "F1", "loss", "Brier", "calibration error")
    rows = [
        (
            str(number),
            _name(each, comparison),
            f"<b>{accuracy_with_spread(each, split)}</b>"
            + " <small>{:.2f} to {:.2f} %</small>".format(*(100 * bound for bound in each.interval(split))),
            *(_macro_and_weighted(each, score, split) for score in ("precision", "recall", "f1")),
            f"{each.mean('loss', split):.4f}",
            f"{each.mean('brier', split):.4f}",
            percent(each.mean("calibration_error", split)),
        )
        for number, each in enumerate(comparison.contenders, start=1)
    ]
    return _table(names, rows)


def costs_table(comparison: Comparison) -> str:
    """What each model asks for."""
    names = ("", "model", "parameters", "multiply-adds", "size", "training", "one image", "images/s")
    rows = [
        (
            str(number),
            safe(each.name),
            f"{each.cost.parameters:,}",
            f"{each.cost.macs:,}",
            f"{each.cost.size_mb:.2f} MB",
            duration(each.cost.training_seconds),
            f"{each.cost.latency_ms:.2g} ms",
            f"{each.cost.images_per_second:,.0f}",
        )
        for number, each in enumerate(comparison.contenders, start=1)
    ]
    return _table(names, rows)


def tests_table(tests: Sequence[PairedTest]) -> str:
    """Every pair: by how much they differ, and whether that is more than chance."""
    names = ("pair", "points", "95 % interval", "first only", "second only", "p", "corrected")
    rows = [
        (
            f"{safe(test.first)} / {safe(test.second)}",
            f"{100 * test.difference:+.2f}",
            "{:+.2f} to {:+.2f}".format(*(100 * bound for bound in test.interval)),
            f"{test.only_first:,}",
            f"{test.only_second:,}",
            p_value_text(test.p_value),
            p_value_text(test.adjusted),
            f'<span class="{"right" if test.is_significant else ""}">'
            + (f"{safe(test.verdict)}" if test.is_significant else "no significant difference")
            + "</span>",
        )
        for test in tests
    ]
    return _table((*names, "finding"), rows, wrapped=True)


def confusions(comparison: Comparison, split: str) -> str:
    """The confusion matrices side by side; of several seeds, their sum."""
    return '<div class="matrices">' + "".join(_matrix(each, split) for each in comparison.contenders) + "</div>"


def class_reports(comparison: Comparison, split: str) -> str:
    """Every model's scores digit by digit, behind its name; of several seeds, those of the first."""
    return "".join(
        f"<details><summary>{safe(each.name)}{_seed(each)}</summary>{scores_table(each.evaluations[split][0])}</details>"
        for each in comparison.contenders
    )


def disagreement_gallery(comparison: Comparison) -> str:
    """Digits with what each model takes them for."""
    figures = zip(comparison.disagreements, comparison.images, strict=True)
    numbers = {each.name: number for number, each in enumerate(comparison.contenders, start=1)}
    return f'<div class="gallery">{"".join(_disagreement(each, image, numbers) for each, image in figures)}</div>'


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], *, wrapped: bool = False) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    kind = "numbers compared wrapped" if wrapped else "numbers compared"
    return f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _name(contender: Contender, comparison: Comparison) -> str:
    chosen = ' <span class="chosen">chosen</span>' if contender.name == comparison.choice else ""
    seeds = f" <small>{len(contender.seeds)} seeds</small>" if len(contender.seeds) > 1 else ""
    return f"{safe(contender.name)}{chosen}{seeds}"


def _macro_and_weighted(contender: Contender, score: str, split: str) -> str:
    macro, weighted = (contender.mean(f"{score}_{average}", split) for average in ("macro", "weighted"))
    return f"{percent(macro)} <small>{percent(weighted)}</small>"


def _seed(contender: Contender) -> str:
    return f", seed {contender.seeds[0]}" if len(contender.seeds) > 1 else ""


def _matrix(contender: Contender, split: str) -> str:
    evaluations: tuple[Evaluation, ...] = contender.evaluations[split]
    counts = np.sum([each.confusion for each in evaluations], axis=0)
    support = np.maximum(counts.sum(axis=1), 1)
    worst = max(int((counts - np.diag(counts.diagonal())).max()), 1)
    head = "".join(f"<th>{label}</th>" for label in range(CLASSES))
    rows = "".join(
        f"<tr><th>{true}</th>{''.join(_cell(counts, support, worst, true, read) for read in range(CLASSES))}</tr>"
        for true in range(CLASSES)
    )
    wrong = int(counts.sum() - counts.trace())
    seeds = f" in {len(evaluations)} seeds together" if len(evaluations) > 1 else ""
    return (
        f'<figure class="confusion small"><h3>{safe(contender.name)}</h3>'
        f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f"<figcaption>{wrong:,} misread{seeds}</figcaption></figure>"
    )


def _cell(counts: NDArray[np.int64], support: NDArray[np.int64], worst: int, true: int, read: int) -> str:
    count = int(counts[true, read])
    if not count:
        return "<td></td>"
    share = count / int(support[true])
    kind, shade = ("hit", share) if true == read else ("miss", count / worst)
    hint = f"{count:,} of {support[true]:,} times, a {true} was read as {read} ({percent(share)})"
    return f'<td class="{kind}" style="--shade:{shade:.2f}" title="{hint}">{count}</td>'


def _disagreement(each: Disagreement, image: NDArray[np.uint8], numbers: dict[str, int]) -> str:
    answers = "".join(
        f'<span class="{"right" if answer.digit == each.label else "wrong"}" title="{safe(name)}">'
        f"<i>{numbers[name]}</i> {'✓' if answer.digit == each.label else '✗'} {answer.digit} "
        f"<small>{percent(answer.confidence, decimals=0)}</small></span>"
        for name, answer in each.answers.items()
    )
    picture = digit_picture(image, f"digit {each.index}, labelled {each.label}")
    caption = f"<b>{each.label}</b> <small>no. {each.index}</small>{answers}"
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"
