"""`handigits evaluate`."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from handigits.cli.progress import share_progress
from handigits.cli.screen import parse, print_json, print_table, say
from handigits.cli.suites import photos_table, stress_table, summary
from handigits.evaluation import Evaluation, classification_report
from handigits.stress import StressResult
from handigits.workflow import Evaluated, Suite, evaluate, evaluate_suite

__all__ = ["main"]


@dataclass(frozen=True, kw_only=True)
class _Evaluate:
    """Measure a model: on a split of a dataset or, with --suite, on bad pictures.

    Examples:
      handigits evaluate runs/sgd-2conv
      handigits evaluate runs/sgd-2conv --split train
      handigits evaluate --data mnist --without labels-mnist-test/labels.csv
      handigits evaluate model.onnx --data fashion-mnist --out evaluation
      handigits evaluate --suite stress
    """

    model: Annotated[tyro.conf.Positional[Path | None], tyro.conf.arg(metavar="MODEL")] = None
    """A run directory or an artefact file; none: the model that ships with handigits."""
    data: str | None = None
    """A dataset's name, a directory (IDX, class folders, Kaggle), a CSV or an NPZ; auto: mnist, else mnist-5k;
    none: what a run was trained on, and auto for other models."""
    split: Literal["test", "train"] = "test"
    """Which split to measure on."""
    without: Path | None = None
    """Measure a second time without the labels that this file disputes: one index on each line, or labels.csv of
    `handigits labels`."""
    suite: Suite | None = None
    """Bad pictures made of the split's digits: stress (23 corruptions in five strengths) or photos (of one digit, and
    of rows of two to eight); about a minute or two."""
    count: int | None = None
    """With --suite: how many digits, or photographs of either sort; none: 1,000 and 300."""
    seed: int = 0
    """With --suite: of all that is random."""
    out: Path | None = None
    """Directory for report.json, plots and report.html; none: inside the run directory, or the current one."""
    offline: bool = False
    """Do not use the network."""
    json: bool = False
    """Print the measurements as JSON."""


def main(arguments: list[str]) -> int:
    """Evaluate a model."""
    command = parse(_Evaluate, arguments, verb="evaluate")
    out = command.out or _default_out(command)
    if command.suite and command.without:
        say("handigits evaluate: --without is for accuracies; leave it out, or leave --suite out.")
        return 2
    if command.suite:
        return _run_suite(command, command.suite, out)
    if command.count is not None:
        say("handigits evaluate: --count belongs to --suite; without one, all of a split is measured.")
        return 2
    result = evaluate(
        command.model,
        data=command.data,
        split=command.split,
        without=command.without,
        out=out,
        offline=command.offline,
    )
    if result.notice:
        say(result.notice)
    if command.json:
        undisputed = {"without_disputed": result.undisputed.to_json()} if result.undisputed else {}
        print_json(result.evaluation.to_json() | undisputed)
    else:
        sys.stdout.write(_text(result, out))
    return 0


def _run_suite(command: _Evaluate, suite: Suite, out: Path) -> int:
    with share_progress(suite, quiet=command.json) as watch:
        stressed = evaluate_suite(
            suite,
            command.model,
            data=command.data,
            split=command.split,
            count=command.count,
            seed=command.seed,
            out=out,
            offline=command.offline,
            watch=watch,
        )
    if stressed.notice:
        say(stressed.notice)
    result = stressed.result
    if command.json:
        print_json(result.to_json())
    else:
        print_table(stress_table(result) if isinstance(result, StressResult) else photos_table(result))
        sys.stdout.write(f"\n{summary(result)}\nplot {out / suite}.png\n")
    return 0


def _default_out(command: _Evaluate) -> Path:
    """Inside the run directory, where the model is one."""
    data = [Path(command.data).name] if command.data else []
    name = "-".join([command.suite or "evaluation", *data, command.split])
    return command.model / name if command.model and command.model.is_dir() else Path(name)


def _text(result: Evaluated, out: Path) -> str:
    evaluation = result.evaluation
    confused = ", ".join(
        f"{pair.true} read as {pair.predicted} ({pair.count}x)" for pair in evaluation.most_confused(5)
    )
    return (
        f"{_line(evaluation)}"
        f"{_line(result.undisputed) if result.undisputed else ''}\n"
        f"{classification_report(evaluation)}\n"
        f"most confused: {confused or 'nothing'}\n"
        f"report {out / 'report.html'}\n"
    )


def _line(evaluation: Evaluation) -> str:
    low, high = evaluation.interval
    least, most = evaluation.reliability.interval
    return (
        f"{evaluation.split_name}: accuracy {evaluation.accuracy:.2%} "
        f"(95 % interval {low:.2%} to {high:.2%}, {evaluation.count:,} images), loss {evaluation.loss:.4f}, "
        f"calibration error {evaluation.calibration_error:.2%} ({least:.2%} to {most:.2%})\n"
    )
