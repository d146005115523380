"""How good a model is, from its probabilities alone: numpy in, frozen results out; `report` draws them."""

from handigits.evaluation.calibration import Reliability, measure_reliability
from handigits.evaluation.intervals import wilson_interval
from handigits.evaluation.metrics import (
    ClassScores,
    Confusion,
    Evaluation,
    Scores,
    classification_report,
    evaluate_probabilities,
)
from handigits.evaluation.mistakes import Gallery, GalleryRow, ambiguous, correct, mistakes

__all__ = [
    "ClassScores",
    "Confusion",
    "Evaluation",
    "Gallery",
    "GalleryRow",
    "Reliability",
    "Scores",
    "ambiguous",
    "classification_report",
    "correct",
    "evaluate_probabilities",
    "measure_reliability",
    "mistakes",
    "wilson_interval",
]
