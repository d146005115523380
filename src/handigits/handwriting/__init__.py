"""Digits drawn by the program in the ways that people write them, to train on beside MNIST. Start with `synthesize`."""

from handigits.handwriting.styles import STYLES
from handigits.handwriting.synthesis import synthesize

__all__ = ["STYLES", "synthesize"]
