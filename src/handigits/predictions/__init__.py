"""Many pictures in, answers out: what stands behind `handigits predict`.

    gather.py    folders, globs, tables and standard input -> one picture at a time
    batch.py     those -> predictions, and what went wrong with the others
    writers.py   predictions -> JSON, CSV, a Kaggle submission

Deliberately absent: machine learning (see `recognizer`) and printing.
"""

from handigits.predictions.batch import BatchResult, iter_predictions, predict
from handigits.predictions.gather import Failure, Notice
from handigits.predictions.writers import to_json, write_csv, write_submission

__all__ = [
    "BatchResult",
    "Failure",
    "Notice",
    "iter_predictions",
    "predict",
    "to_json",
    "write_csv",
    "write_submission",
]
