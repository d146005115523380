"""Training: the loop, and what it is made of. Start with `loop.fit`."""

from handigits.training.loop import EpochRow, Fit, Progress, fit

__all__ = ["EpochRow", "Fit", "Progress", "fit"]
