"""Models read the same digits, and the results stand side by side. Start with `compare`."""

from handigits.comparison.comparing import SplitChoice, compare

__all__ = ["SplitChoice", "compare"]
