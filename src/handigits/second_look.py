"""What else is tried with a picture that makes no sense as it stands: it is turned, or changed, and read again.

Which pictures, what their readings must then fulfil, and which reading counts. How a picture is turned and changed, its
`model_input` knows; how it is read, `recognizer`.
"""

from collections.abc import Sequence
from dataclasses import replace

from handigits.judgement import NO_DIGIT, NO_DIGITS, NO_INK, SHADE, Demands, Reading
from handigits.model_input import ModelInput

__all__ = ["is_crowded", "makes_no_sense", "may_lie", "more_than", "of_all_changes", "of_all_sides"]

_PLAINLY = 0.9  # how sure the model has to be of each digit
_DIFFERENT = 3  # digits that a turned picture has to hold: a page of one letter, turned, is a page of one digit
_FEWEST, _MOST = 4, 60  # marks of a picture that may be a page of digits on its side; of more, nothing else is tried


def is_crowded(given: ModelInput) -> bool:
    """Whether there are so many marks in a picture that nothing but reading it as it stands is tried."""
    return _marks(given) > _MOST


def makes_no_sense(reading: Reading) -> bool:
    """Whether a picture is neither a digit nor several, as it stands."""
    return reading.reason in (NO_INK, NO_DIGIT, NO_DIGITS)


def may_lie(reading: Reading) -> bool:
    """Whether a picture of many marks is no digit as it stands, or but one: it may be a page that lies on its side."""
    is_one = reading.chosen == (0,) and not reading.abstained
    return (is_one or makes_no_sense(reading)) and _FEWEST <= _marks(reading.given) <= _MOST


def _marks(given: ModelInput) -> int:
    return given.layout.whole.parts if given.layout else 0


def more_than(demands: Demands) -> Demands:
    """What must be fulfilled by a picture that was turned or changed: more, since what is no digit may be made one.

    What is a share of the novelty elsewhere is that share of the novelty demanded here.
    """
    return replace(demands, novelty=SHADE * demands.novelty, certainty=max(demands.certainty, _PLAINLY))


def of_all_sides(reading: Reading, turned: Sequence[Reading]) -> Reading:
    """The surest reading of a picture that was turned, if one is of several digits; else that of it as it stands."""
    return _surest(reading, [each for each in turned if len(set(each.digits)) >= _DIFFERENT])


def of_all_changes(reading: Reading, changed: Sequence[Reading]) -> Reading:
    """The surest reading of a picture that was changed; else that of it as it stands.

    Ones say nothing, as in the parts of a mark: so does the paper between the strokes of a letter look. Of a reading,
    they must be less than half, but for a 1 that fills its picture, as digits do that were stretched to a square. What
    was squeezed is a 1 or nothing.
    """
    return _surest(reading, [each for each in changed if _says_something(each)])


def _says_something(reading: Reading) -> bool:
    if reading.given.is_squeezed:
        return reading.digits == "1"
    is_full = len(reading.boxes) == 1 and reading.given.is_filled_by(reading.boxes[0])
    return is_full or 2 * reading.digits.count("1") < len(reading.digits)


def _surest(reading: Reading, others: Sequence[Reading]) -> Reading:
    return max((each for each in others if not each.abstained), key=lambda each: each.probability or 0, default=reading)
