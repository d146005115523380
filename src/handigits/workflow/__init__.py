"""The verbs that join several rooms.

    training.py    train a recipe into a run directory, or go on with one that was interrupted
    task.py        one training, from its plan to a finished run directory
    evaluating.py  measure a model on a split
    suites.py      measure a model on bad pictures
    digits.py      which digits a model is measured on, and whether it has seen them before

What each step does is written where it belongs (`handigits.training`, `publish`, `evaluation`, `stress`); here is only
their order.
"""

from handigits.workflow.digits import choose_split, seen_notice
from handigits.workflow.evaluating import Evaluated, evaluate
from handigits.workflow.suites import Stressed, Suite, evaluate_suite
from handigits.workflow.training import resume, train

__all__ = [
    "Evaluated",
    "Stressed",
    "Suite",
    "choose_split",
    "evaluate",
    "evaluate_suite",
    "resume",
    "seen_notice",
    "train",
]
