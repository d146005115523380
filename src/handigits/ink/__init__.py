"""From any picture to the input of a network.

decode.py      a file, bytes or an array, read safely as gray pixels
  metadata.py    files that ask a decoder for more than any picture needs
  colours.py     colours to gray
polarity.py    which tone is the ink
strokes.py     which pixels are ink: desk, shading, lines, boxes and specks taken away, by
  pixels.py      pictures of few pixels, enlarged or not
  sheet.py       a sheet of paper on something else
  levels.py      the tones of paper and of ink
  ruling.py      where paper is ruled or squared
  lines.py       ruled lines painted over, and the writing on them kept
  boxes.py       boxes and tables that were written into
  outlines.py    outlines that are rectangles or rings, for both
  marks.py       the separate marks of the ink, and which of them are writing
  foreground.py  the darker of two inks, and the writing under a shadow
margin.py      paper around what was cut out tightly
squeeze.py     a broad mark that fills a square, slim again
segment.py     rows of what may be digits, by
  cuts.py        where a mark may be cut
  boundaries.py  where a digit may end, and what lies between two such places
noise.py       small pictures of nothing but noise
views.py       other looks at a picture of MNIST's very size
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
