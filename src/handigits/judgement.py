"""What may be said of a picture, once the model and the gate have said what they think of each of its parts.

The rules that stand between a probability and an answer: blank paper, what is no digit, letters that came apart, signs
between digits, and doubt. Runs no model and opens no picture. Which candidates are the digits, `reading` decides; what
else is tried with a picture that makes no sense, `second_look`.
"""

import math
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from handigits.data.split import IMAGE_SIZE
from handigits.ink.segment import Candidate
from handigits.model_input import Box, ModelInput
from handigits.reading import Scores, is_plain, read_layout

__all__ = [
    "NO_DIGIT",
    "NO_DIGITS",
    "NO_INK",
    "SHADE",
    "Demands",
    "Expect",
    "Prediction",
    "Reading",
    "is_settled",
    "judge",
]

Expect = Literal["any", "one"]

# Of the range from black to white. A page without ink has the grain of its paper; every digit of MNIST has over 0.99.
_MIN_CONTRAST = 0.2
NO_INK = "no ink: the picture is blank"
NO_DIGIT = "not a digit"
NO_DIGITS = "not a digit, nor several: what is written here looks like something else"
_CLEAR = 0.97  # the least certainty about a part of a mark that was cut, and about a broken digit
_BROKEN = 0.1  # of its height: the widest gap of such a digit; each dash of it looks like a 1
_DOUBTS = 0.25  # of the novelty from which on an image is no digit: from here on the gate has doubts
SHADE = 0.07  # of the same: from here on there is the shade of a doubt: too much for what was cut or changed
_UNSURE = 0.9  # what the model is less sure of than that is no digit if the gate has doubts as well
_AGREEING = 5  # looks at a small picture in which the model sees the same digit are evidence that it is one
_HALF = 0.5  # how sure the model has to be of the digit in each of them
_NOVEL = 0.9  # novelty from which on even that is no evidence
_MANY = 3  # digits of a row from which on their neighbours are evidence for each of them
_SIGN = 0.97  # novelty from which on a mark among many digits is a sign between them, not a digit
_MOST_NOVEL = 0.9999  # what the gate is surer of than that weighs no more


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What was read in one picture.

    Attributes:
        file: name of the picture.
        digits: what it says, such as "7" or "2026", row after row without anything between; empty when abstained.
        boxes: (x, y, width, height) in pixels of the upright picture, one for each digit in the order of `digits`.
        probability: that `digits` is right, in [0, 1], if its digits were found rightly: the product of theirs; None
            when abstained.
        probabilities: ten for each digit, in the order of the classes; when abstained, one row all the same: what the
            model would have said.
        abstained: nothing is claimed about this picture.
        reason: why it abstained; empty when it did not.
    """

    file: str
    digits: str
    boxes: tuple[Box, ...]
    probability: float | None
    probabilities: tuple[tuple[float, ...], ...]
    abstained: bool = False
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The same fields as plain values for `json.dumps`."""
        return {each.name: getattr(self, each.name) for each in fields(Prediction)}


@dataclass(frozen=True, kw_only=True)
class Reading(Prediction):
    """A prediction, for those who have at hand what was made ready for it.

    Attributes:
        chosen: numbers of the images that were read as its digits (see `ModelInput.images`); 0 when it abstained.
        given: what was made ready; turned if the picture lies on its side, changed if it made no sense as it is.
    """

    chosen: tuple[int, ...]
    given: ModelInput = field(repr=False, compare=False)

    @property
    def images(self) -> NDArray[np.float32]:
        """What the model saw of each digit, of the whole picture when it abstained: float32 (N, 28, 28)."""
        return self.given.images(self.chosen)

    @property
    def is_filtered(self) -> bool:
        """Whether it was read in a view of the picture, and not in what was taken for its ink."""
        return 0 < self.chosen[0] <= len(self.given.views)

    @property
    def prediction(self) -> Prediction:
        """Without what was made ready, which takes memory."""
        return Prediction(**self.to_json())


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What must be fulfilled before anything is claimed.

    Attributes:
        novelty: from here on an image is no digit, and from a quarter of it on if the model has doubts as well, or if
            it is one of many of which most are so; 1 where there is no gate to say so, and anything may be shown.
        certainty: the probability of each digit must exceed this.
        expect: whether several digits may be answered.
    """

    novelty: float = 1.0
    certainty: float = 0.0
    expect: Expect = "any"


def is_settled(given: ModelInput, answers: NDArray[np.float32], novelty: NDArray[np.float32], demands: Demands) -> bool:
    """Whether what was said of a picture's first N images is enough, and nobody need be asked about the others.

    Args:
        given: the picture; its first image is the whole of it.
        answers: float32 (N, 10), the model's probabilities.
        novelty: float32 (N,) in [0, 1], the gate's; zeros without one.
        demands: what must be fulfilled.
    """
    if given.is_digit or (_is_blank(given) and not given.views):
        return True
    if given.is_small:
        return _is_small_settled(given, answers, _agreed(given, answers, novelty, demands), demands)
    if given.layout is None or demands.novelty == 1:
        return given.layout is None
    whole = given.layout.whole
    if whole.parts > 1:
        is_sure = answers[0].max() >= _CLEAR and novelty[0] < SHADE * demands.novelty
        return whole.gap <= _BROKEN and bool(is_sure)
    return is_plain(whole, answers[0], float(_plausibility(novelty)[0]))


def judge(given: ModelInput, answers: NDArray[np.float32], novelty: NDArray[np.float32], demands: Demands) -> Reading:
    """What may be said of one picture, given what was said of each of its N images.

    Args:
        given: the picture; of its images, as many as it took to settle what it is.
        answers: float32 (N, 10), the model's probabilities.
        novelty: float32 (N,) in [0, 1], the gate's; zeros without one.
        demands: what must be fulfilled.
    """
    novelty = _agreed(given, answers, novelty, demands)
    numbers = _digits_of(given, answers, novelty, demands)
    if _is_blank(given) and (numbers[0] == 0 or _are_strange(novelty[numbers], answers[numbers], demands)[0]):
        return _abstain(given, answers, NO_INK)
    if not given.is_digit and demands.novelty < 1:
        cuts, novelty, rows = _cuts(given, numbers), novelty[numbers], answers[numbers]
        is_texture = given.layout is not None and given.layout.is_texture and numbers[0] == 0
        strange = is_texture or _are_mostly_strange(novelty, rows, demands)
        if strange or _is_letter_in_parts(cuts, novelty, rows, demands):
            return _abstain(given, answers, NO_DIGIT if len(numbers) == 1 else NO_DIGITS)
        numbers = numbers[~_are_signs(cuts, novelty, demands)]
    if demands.expect == "one" and len(numbers) > 1:
        return _abstain(given, answers, f"{len(numbers)} digits where one was asked")
    rows = answers[numbers]
    digits, certainty = "".join(str(digit) for digit in rows.argmax(1)), rows.max(1)
    if certainty.min() <= demands.certainty:
        return _abstain(given, answers, f"not sure enough: {digits} at {certainty.min():.1%}")
    return Reading(
        file=given.name,
        digits=digits,
        boxes=tuple(_box(given, number) for number in numbers),
        probability=math.prod(certainty.tolist()),
        probabilities=_plain(rows),
        chosen=tuple(numbers.tolist()),
        given=given,
    )


def _digits_of(
    given: ModelInput, answers: NDArray[np.float32], novelty: NDArray[np.float32], demands: Demands
) -> NDArray[np.int64]:
    """Numbers of the images that are taken for the digits, at least one."""
    if given.layout is None or is_settled(given, answers, novelty, demands):
        return _best_look(given, novelty)
    candidates = np.delete(np.arange(len(novelty)), np.s_[1 : 1 + len(given.views)])
    scores = Scores(answers[candidates], _plausibility(novelty[candidates]))
    return np.asarray(candidates[read_layout(given.layout, scores)], np.int64)


def _is_small_settled(
    given: ModelInput, answers: NDArray[np.float32], novelty: NDArray[np.float32], demands: Demands
) -> bool:
    """Whether a small picture shows a digit, in the look that is most like one."""
    if len(novelty) == 1 and demands.novelty < 1:
        is_framed = given.layout is None and not _is_blank(given)  # as MNIST's own are
        is_clear = novelty[0] < _DOUBTS * demands.novelty and answers[0].max() >= _UNSURE
        if is_framed and is_clear:
            return True
        if given.views:
            return False
    best = _best_look(given, novelty)
    return not _are_strange(novelty[best], answers[best], demands).any()


def _agreed(
    given: ModelInput, answers: NDArray[np.float32], novelty: NDArray[np.float32], demands: Demands
) -> NDArray[np.float32]:
    """The novelty of a picture's images: none of the look that counts, where no look is a digit but nearly all agree.

    Filters change what a letter looks like, and what splashes and specks hide, but hardly a digit.
    """
    best = _best_look(given, novelty)
    if not given.is_small or len(novelty) == 1 or not _are_strange(novelty[best], answers[best], demands).any():
        return novelty
    looks = answers[: 1 + len(given.views)]
    digits, certainty = looks.argmax(1), looks.max(1)
    agreeing = np.flatnonzero((digits == np.bincount(digits).argmax()) & (certainty >= _HALF))
    if len(agreeing) < _AGREEING or novelty[agreeing].min() >= _NOVEL:
        return novelty
    novelty = novelty.copy()
    novelty[agreeing[novelty[agreeing].argmin()]] = 0
    return novelty


def _best_look(given: ModelInput, novelty: NDArray[np.float32]) -> NDArray[np.int64]:
    """The number of the look that is most like a digit, of those that were asked about: int64 (1,)."""
    looks = novelty.copy() if len(novelty) == 1 else novelty[: 1 + len(given.views)].copy()  # alone: no views are made
    if _is_blank(given):
        looks[0] = 1
    return np.array([looks.argmin()])


def _plausibility(novelty: NDArray[np.float32] | float) -> NDArray[np.float32]:
    return np.asarray(np.log1p(-np.minimum(novelty, _MOST_NOVEL)), np.float32)


def _is_blank(given: ModelInput) -> bool:
    return bool(np.ptp(given.image) < _MIN_CONTRAST)


def _are_strange(novelty: NDArray[np.float32], answers: NDArray[np.float32], demands: Demands) -> NDArray[np.bool_]:
    """Which images are no digits: the gate is sure of that, or it has doubts and the model has some as well."""
    doubtful = (novelty >= _DOUBTS * demands.novelty) & (answers.max(1) < _UNSURE)
    strange = (novelty >= demands.novelty) | doubtful
    return strange if demands.novelty < 1 else np.zeros(len(novelty), np.bool_)


def _are_mostly_strange(novelty: NDArray[np.float32], rows: NDArray[np.float32], demands: Demands) -> bool:
    """Whether more than half of these are no digits; of many it is enough that the gate doubts more than half."""
    strange = _are_strange(novelty, rows, demands)
    if len(novelty) >= _MANY:
        strange |= novelty >= _DOUBTS * demands.novelty
    return bool(2 * strange.sum() > len(novelty))


def _is_letter_in_parts(
    cuts: NDArray[np.float64], novelty: NDArray[np.float32], rows: NDArray[np.float32], demands: Demands
) -> bool:
    """Whether a mark was cut that is no digit in one piece, and its parts are no clear digits either.

    A one says nothing: so does a stroke of any letter look. Letters come apart in two or three: of so few parts none
    may raise the shade of a doubt. Among many digits the half of such parts may be unclear.
    """
    parts = cuts > 0
    least = _DOUBTS if len(cuts) >= _MANY else SHADE
    unclear = parts & ((novelty >= least * demands.novelty) | (rows.max(1) < _CLEAR) | (rows.argmax(1) == 1))
    return bool(2 * unclear.sum() > parts.sum() if len(cuts) >= _MANY else unclear.any())


def _are_signs(cuts: NDArray[np.float64], novelty: NDArray[np.float32], demands: Demands) -> NDArray[np.bool_]:
    """Which marks are left out; among many digits only what is clearly a sign, and in one piece."""
    are_signs: NDArray[np.bool_] = novelty >= demands.novelty
    if len(cuts) >= _MANY:
        are_signs = (novelty >= _SIGN) & (cuts == 0)
    return are_signs


def _cuts(given: ModelInput, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much ink the ends of each of these images cross (see `Candidate.cut`): float64 (N,)."""
    candidates = [_candidate(given, number) for number in numbers]
    return np.array([candidate.cut if candidate else 0.0 for candidate in candidates])


def _box(given: ModelInput, number: int) -> Box:
    candidate = _candidate(given, number)
    if candidate:
        return given.place(candidate.box)
    return (0, 0, IMAGE_SIZE, IMAGE_SIZE) if number else given.place(given.box)


def _candidate(given: ModelInput, number: int) -> Candidate | None:
    """The part of this number; None for the whole and its views."""
    if given.layout is None or number <= len(given.views):
        return None
    return given.layout.candidates[number - len(given.views)]


def _plain(rows: NDArray[np.float32]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows.tolist())


def _abstain(given: ModelInput, answers: NDArray[np.float32], reason: str) -> Reading:
    return Reading(
        file=given.name,
        digits="",
        boxes=(),
        probability=None,
        probabilities=_plain(answers[:1]),
        abstained=True,
        reason=reason,
        chosen=(0,),
        given=given,
    )
