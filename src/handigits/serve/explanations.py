"""Why was it read so? What is the matter with the picture, and which of its ink speaks for the digit and which against.

Computed only where somebody asks: it takes a thousand readings. Deliberately absent: another way of reading.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handigits.doctor import diagnose
from handigits.explain.occlusion import occlude
from handigits.recognizer import PolarityChoice, Recognizer
from handigits.serve.answers import png_of
from handigits.serve.pictures import Sent

__all__ = ["Explanation", "explain"]

_PAPER = np.array([255, 255, 255])
_FOR, _AGAINST = np.array([178, 114, 0]), np.array([0, 94, 213])  # blue and orange, as blue, green, red
_PALE = 0.75  # how much of the paper's white a pixel keeps that has no say


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a picture was read as it was.

    Attributes:
        findings: what is the matter with the picture and what was done about it, for people; empty if nothing.
        digit: the digit that the evidence is about: the one read, or the likeliest; None for several digits,
            or where no evidence was asked for.
        evidence: a PNG of 28x28 in base64: blue where what is there speaks for the digit, orange where against it;
            empty where there is no such digit.
    """

    findings: tuple[str, ...]
    digit: int | None
    evidence: str


def explain(
    recognizer: Recognizer, sent: Sent, *, polarity: PolarityChoice = "auto", evidence: bool = True
) -> Explanation:
    """Explain one picture; without evidence, what is the matter with it alone.

    Raises:
        PictureError: it is none.
    """
    diagnosis = diagnose(sent.source, model=recognizer, name=sent.name, polarity=polarity)
    findings = tuple(finding.text for finding in diagnosis.findings)
    rows = diagnosis.prediction.probabilities
    if not evidence or len(rows) > 1:
        return Explanation(findings=findings, digit=None, evidence="")
    digit = int(np.argmax(rows[0]))
    drops = occlude(recognizer, diagnosis.image, digit).drops
    return Explanation(findings=findings, digit=digit, evidence=png_of(_colour(drops, diagnosis.image)))


def _colour(drops: NDArray[np.float64], image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The evidence as uint8 (28, 28, 3): stronger where it is stronger, on a faint picture of the ink."""
    strength = np.abs(drops) / max(float(np.abs(drops).max()), 1e-6)
    colour = np.where((drops > 0)[..., np.newaxis], _FOR, _AGAINST)
    ground = _PAPER * (1 - (1 - _PALE) * image[..., np.newaxis])
    mixed: NDArray[np.float64] = ground * (1 - strength[..., np.newaxis]) + colour * strength[..., np.newaxis]
    return np.rint(mixed).astype(np.uint8)
