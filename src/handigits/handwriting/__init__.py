"""What MNIST lacks, made by the program to train on beside it: digits, and what is no digit.

synthesis.py   digits in the ways that people write them: start with `synthesize`
  styles.py      the strokes of each way
  hand.py        how a hand strays from them
  pen.py         what a pen makes of them
widening.py    MNIST's own digits, stretched in width
outliers.py    letters, signs, scribbles, noise and more
  letters.py     the strokes of letters and signs
  typeset.py     letters and digits of typefaces
"""

from handigits.handwriting.styles import STYLES
from handigits.handwriting.synthesis import synthesize
from handigits.handwriting.widening import widen

__all__ = ["STYLES", "synthesize", "widen"]
