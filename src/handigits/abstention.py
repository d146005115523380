"""How sure an answer must be, if no more than a chosen share of pictures may be answered wrongly.

Needs the mistakes that a model made on digits it was not trained on, and promises as much as they allow: pictures of
the same kind, and the share on average over many. What is no digit at all is not its business.

Reference: A. N. Angelopoulos et al., "Conformal Risk Control", 2022, with a wrong answer as the loss.
"""

from collections.abc import Sequence

from handigits.errors import ConfigError

__all__ = ["required_certainty"]


def required_certainty(rate: float, *, mistakes: Sequence[float], count: int) -> float:
    """The certainty that an answer must exceed.

    Args:
        rate: the largest share of all pictures that may be answered wrongly, in (0, 1].
        mistakes: how sure the model was of each wrong answer, surest first, each in [0, 1].
        count: digits that it answered, the wrong ones included; not trained on.

    Returns:
        A probability in [0, 1]; 0 where the model is wrong more rarely than that anyway.

    Raises:
        ConfigError: the rate is no such share, or so small that `count` digits cannot vouch for it.

    Example:
        >>> required_certainty(0.02, mistakes=[0.9, 0.7, 0.6], count=99)  # one mistake in 99, and the next picture
        0.7
    """
    if not 0 < rate <= 1:
        raise ConfigError(f"The rate of wrong answers is {rate:g}; expected a share above 0, up to 1, such as 0.001.")
    allowed = int(rate * (count + 1) + 1e-9) - 1  # the next picture counts as one more mistake; see the reference
    if allowed < 0:
        raise ConfigError(
            f"The rate of wrong answers is {rate:g}; {count:,} held-out digits vouch for no less than "
            f"{1 / (count + 1):.2g}. Choose a larger one."
        )
    return mistakes[allowed] if allowed < len(mistakes) else 0.0
