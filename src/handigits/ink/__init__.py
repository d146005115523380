"""From any picture to the input of a network.

decode.py      a file, bytes or an array, read safely as gray pixels
polarity.py    which tone is the ink
strokes.py     which pixels are ink: shading, lines (marks.py) and specks taken away
normalize.py   one digit's ink scaled and centred as MNIST's are
"""

from handigits.ink.decode import MAX_BYTES, MAX_PIXELS, Picture, decode
from handigits.ink.normalize import normalize, to_input
from handigits.ink.polarity import Polarity, PolarityChoice, detect_polarity
from handigits.ink.strokes import Finding, Ink, Stage, find_ink

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "Finding",
    "Ink",
    "Picture",
    "Polarity",
    "PolarityChoice",
    "Stage",
    "decode",
    "detect_polarity",
    "find_ink",
    "normalize",
    "to_input",
]
