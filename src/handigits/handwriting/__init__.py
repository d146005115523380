"""Digits to train on beside MNIST's own, made by the program.

synthesis.py   drawn in the ways that people write them: start with `synthesize`
widening.py    MNIST's own, stretched in width
"""

from handigits.handwriting.styles import STYLES
from handigits.handwriting.synthesis import synthesize
from handigits.handwriting.widening import widen

__all__ = ["STYLES", "synthesize", "widen"]
