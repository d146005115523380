"""Train every recipe with every setting and seed, compare them, and pick one.

planning.py  which runs that are
sweeping.py  the way through them, which goes on where it stopped, and the choice
"""

from handigits.sweep.planning import Training, plan_sweep
from handigits.sweep.sweeping import BEST, Failure, SweepProgress, Swept, carry_out, conclude, plan_into, sweep

__all__ = [
    "BEST",
    "Failure",
    "SweepProgress",
    "Swept",
    "Training",
    "carry_out",
    "conclude",
    "plan_into",
    "plan_sweep",
    "sweep",
]
