"""How far a share that was measured on some digits can be trusted for all the others.

One share at a time. Whether two models differ is another question, and two intervals that overlap do not answer it.
"""

from math import sqrt

__all__ = ["wilson_interval"]

Z_95 = 1.959963984540054  # half-width of the central 95 % of the standard normal distribution


def wilson_interval(correct: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's score: honest near 0 and 1, where the textbook's plus-minus fails.

    Returns:
        (low, high) in 0..1; (0, 1) when nothing was counted.

    Reference:
        Wilson, Probable inference, the law of succession, and statistical inference, 1927.

    Example:
        >>> [round(bound, 4) for bound in wilson_interval(9904, 10_000)]
        [0.9883, 0.9921]
    """
    if not count:
        return 0.0, 1.0
    share = correct / count
    z2 = Z_95**2
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z_95 * sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    # The bounds touch the share exactly at 0 and 1; rounding must not push it outside its own interval.
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))
