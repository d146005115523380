"""How well bad pictures are read: corruptions of MNIST, and photographs that were made up. Never for training."""

from handigits.stress.corruptions import CORRUPTIONS, MIDDLE, PRACTISED, STRENGTHS, corrupt
from handigits.stress.photos import Photo, make_photos
from handigits.stress.results import PhotoAnswer, PhotoResult, Share, StressResult, StressRow
from handigits.stress.suite import PHOTO_COUNT, STRESS_COUNT, measure_photos, measure_stress

__all__ = [
    "CORRUPTIONS",
    "MIDDLE",
    "PHOTO_COUNT",
    "PRACTISED",
    "STRENGTHS",
    "STRESS_COUNT",
    "Photo",
    "PhotoAnswer",
    "PhotoResult",
    "Share",
    "StressResult",
    "StressRow",
    "corrupt",
    "make_photos",
    "measure_photos",
    "measure_stress",
]
