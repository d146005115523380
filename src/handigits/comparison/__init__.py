"""Models read the same digits, and the results stand side by side. Start with `compare`."""

from handigits.comparison.comparing import SplitChoice, compare
from handigits.comparison.indices import read_indices

__all__ = ["SplitChoice", "compare", "read_indices"]
