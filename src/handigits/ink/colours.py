"""Colours to gray: by their brightness, or, where that hides what was drawn, by the channel that shows it.

Red on a green of the same brightness is one gray. A person sees the hue; of red, green and blue at least one differs.
Drawings are like that, hardly ever photographs: of a JPEG, `decode` takes the brightness alone, which is stored apart.
"""

import numpy as np
from PIL import Image

__all__ = ["CHANNELS", "gray_of"]

CHANNELS = ("red", "green", "blue")
_SAMPLE = 64  # pixels a side of the copy that is looked at
_HIDDEN = 0.25  # of the range of the best channel: brightness whose range is smaller hides what was drawn


def gray_of(image: Image.Image) -> tuple[Image.Image, str | None]:
    """An opaque picture of any mode in mode L, and which channel that is.

    Returns:
        The luminance (ITU-R BT.601) and None; or one of the `CHANNELS`, and its name.
    """
    if image.getbands()[0] not in ("1", "L"):
        sample = image.resize((_SAMPLE, _SAMPLE), Image.Resampling.NEAREST).convert("RGB")
        ranges = np.ptp(np.asarray(sample).reshape(-1, 3), axis=0)
        best = int(ranges.argmax())
        if np.ptp(np.asarray(sample.convert("L"))) < _HIDDEN * ranges[best]:
            return image.convert("RGB").getchannel(best), CHANNELS[best]
    return image.convert("L"), None
