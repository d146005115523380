import numpy as np
import pytest

from handigits.abstention import required_certainty
from handigits.errors import ConfigError


def test_no_more_mistakes_pass_than_the_rate_allows() -> None:
    mistakes = [0.99, 0.9, 0.8, 0.4]
    certainty = required_certainty(
        0.003, mistakes=mistakes, count=999
    )  # three in a thousand: two, and the next picture
    assert sum(mistake > certainty for mistake in mistakes) == 2


def test_a_rate_above_that_of_the_model_asks_for_nothing() -> None:
    assert required_certainty(0.5, mistakes=[0.9, 0.8], count=99) == 0


def test_the_least_rate_allows_no_mistake() -> None:
    assert required_certainty(0.01, mistakes=[0.9, 0.8], count=99) == 0.9


def test_a_rate_that_so_few_digits_cannot_vouch_for_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"99 held-out digits vouch for no less than 0\.01"):
        required_certainty(0.009, mistakes=[], count=99)


@pytest.mark.parametrize("rate", [0.0, -0.1, 1.1, float("nan")])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(ConfigError, match="expected a share above 0, up to 1"):
        required_certainty(rate, mistakes=[], count=99)


def test_new_digits_are_answered_wrongly_no_more_often_than_promised() -> None:
    """Of a model that errs in one of five, over many draws of held-out digits."""
    generator = np.random.default_rng(0)
    wrongly = []
    for _ in range(2_000):
        sure = generator.random(100)
        wrong = generator.random(100) > 0.6 + 0.4 * sure
        mistakes = np.sort(sure[:-1][wrong[:-1]])[::-1]
        certainty = required_certainty(0.05, mistakes=mistakes.tolist(), count=99)
        wrongly.append(bool(wrong[-1] and sure[-1] > certainty))
    assert np.mean(wrongly) == pytest.approx(0.045, abs=0.012)  # in theory from 0.04 to 0.05
