"""How good a model is, from its probabilities alone: numpy in, frozen results out; `report` draws them."""

from handigits.evaluation.calibration import Reliability, measure_reliability
from handigits.evaluation.comparison import Answer, Comparison, Disagreement, disagreements
from handigits.evaluation.contender import COSTS, SCORES, Contender, Cost, HeldOut, choose, pareto_front
from handigits.evaluation.coverage import Coverage, measure_coverage
from handigits.evaluation.intervals import wilson_interval
from handigits.evaluation.metrics import (
    ClassScores,
    Confusion,
    Evaluation,
    Scores,
    classification_report,
    evaluate_probabilities,
)
from handigits.evaluation.mistakes import Gallery, GalleryRow, ambiguous, behind_cells, correct, mistakes
from handigits.evaluation.significance import PairedTest, compare_pairs

__all__ = [
    "COSTS",
    "SCORES",
    "Answer",
    "ClassScores",
    "Comparison",
    "Confusion",
    "Contender",
    "Cost",
    "Coverage",
    "Disagreement",
    "Evaluation",
    "Gallery",
    "GalleryRow",
    "HeldOut",
    "PairedTest",
    "Reliability",
    "Scores",
    "ambiguous",
    "behind_cells",
    "choose",
    "classification_report",
    "compare_pairs",
    "correct",
    "disagreements",
    "evaluate_probabilities",
    "measure_coverage",
    "measure_reliability",
    "mistakes",
    "pareto_front",
    "wilson_interval",
]
