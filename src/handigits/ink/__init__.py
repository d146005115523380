"""From any picture to the input of a network: read it safely (`decode`), then make it 28x28 (`to_input`)."""

from handigits.ink.decode import MAX_BYTES, MAX_PIXELS, Picture, decode
from handigits.ink.normalize import Polarity, detect_polarity, to_input

__all__ = ["MAX_BYTES", "MAX_PIXELS", "Picture", "Polarity", "decode", "detect_polarity", "to_input"]
