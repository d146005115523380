"""`handigits train --finetune`: what it asks for, and the answer that it gives."""

import shlex
from pathlib import Path

from handigits.cli.progress import training_progress
from handigits.cli.screen import print_json, say
from handigits.finetune import FineTuned, finetune

__all__ = ["finetune_run"]


def finetune_run(
    run: Path, corrections: str, *, out: Path | None, force: bool, offline: bool, quiet: bool, as_json: bool
) -> int:
    """Fine-tune, and say what came of it; the exit status is 0 only where a model was written."""
    if out is None or corrections == "auto":
        say(
            "handigits train: --finetune needs the corrections (--data corrections.sqlite) and --out, such as new.onnx."
        )
        return 2
    with training_progress(quiet=quiet) as watch:
        tuned = finetune(run, corrections, out=out, force=force, offline=offline, watch=watch)
    if as_json:
        print_json(tuned.to_json())
    else:
        print(_text(tuned))  # noqa: T201 - the result, on stdout
    return 0 if tuned.promoted else 1


def _text(tuned: FineTuned) -> str:
    seen = "not learnt from by either" if tuned.unseen else "which the run had learnt from, for it held none out"
    lines = [
        f"Learnt from {tuned.corrections:,} corrections.",
        f"Misread before: {tuned.wrong_before} of {tuned.count:,} digits ({seen}); after: {tuned.wrong_after}.",
    ]
    if tuned.corrections_checked:
        lines.append(
            f"Of {tuned.corrections_checked} other corrections, misread before: {tuned.corrections_wrong_before}; "
            f"after: {tuned.corrections_wrong_after}."
        )
    if tuned.file:
        lines += [f"Promoted: {tuned.file}", f"try    handigits serve --model {shlex.quote(str(tuned.file))}"]
    else:
        lines.append("Not promoted: it misreads more of the old digits than before, so nothing was written.")
    return "\n".join(lines)
