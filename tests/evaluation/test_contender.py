import json
from dataclasses import replace

import numpy as np
import pytest

from handigits.evaluation import Contender, Cost, Evaluation, HeldOut, choose, evaluate_probabilities, pareto_front

SPLIT = "toy/test"


def evaluation(correct: int, *, count: int = 100) -> Evaluation:
    labels = np.arange(count) % 10
    answers = np.where(np.arange(count) < correct, labels, (labels + 1) % 10)
    return evaluate_probabilities(np.eye(10, dtype=np.float32)[answers], labels, split_name=SPLIT)


def contender(
    name: str, *correct: int, seconds: float = 1.0, held_out: tuple[float, float] | None = None, digest: str = "x"
) -> Contender:
    return Contender(
        name=name,
        models=tuple(f"runs/{name}-{seed}" for seed in range(len(correct))),
        seeds=tuple(range(len(correct))),
        evaluations={SPLIT: tuple(evaluation(each) for each in correct)},
        cost=Cost(
            training_seconds=seconds,
            latency_ms=0.1,
            size_mb=1.0,
            parameters=10,
            macs=100,
            images_per_second=1e4,
        ),
        held_out=held_out and HeldOut(*held_out, (50, digest)),
    )


def test_scores_are_means_over_the_seeds_with_their_deviation() -> None:
    three = contender("a", 90, 92, 97)
    assert three.mean("accuracy", SPLIT) == pytest.approx(0.93)
    assert three.deviation("accuracy", SPLIT) == pytest.approx(np.std([0.90, 0.92, 0.97], ddof=1))


def test_a_single_seed_has_no_deviation() -> None:
    assert contender("a", 90).deviation("accuracy", SPLIT) is None


def test_the_interval_is_that_of_the_mean() -> None:
    assert contender("a", 90, 94).interval(SPLIT) == evaluation(92).interval


def test_everything_is_json() -> None:
    stored = json.loads(json.dumps(contender("a", 90, 92, held_out=(0.9, 0.1)).to_json()))
    assert stored["splits"][SPLIT]["scores"]["accuracy"] == pytest.approx(0.91)
    assert len(stored["splits"][SPLIT]["evaluations"]) == 2
    assert stored["held_out"] == {"accuracy": 0.9, "loss": 0.1}


def test_the_choice_goes_by_the_held_out_images_and_not_by_the_test_split() -> None:
    better_on_test = contender("a", 99, held_out=(0.90, 0.1))
    better_held_out = contender("b", 80, held_out=(0.91, 0.1))
    assert choose([better_on_test, better_held_out]) is better_held_out


def test_equals_are_chosen_between_by_their_loss() -> None:
    first, second = contender("a", 90, held_out=(0.9, 0.2)), contender("b", 90, held_out=(0.9, 0.1))
    assert choose([first, second]) is second


@pytest.mark.parametrize("other", [contender("b", 90), contender("b", 90, held_out=(0.9, 0.1), digest="y")])
def test_without_the_same_held_out_images_for_all_nothing_is_chosen(other: Contender) -> None:
    assert choose([contender("a", 90, held_out=(0.9, 0.1)), other]) is None


def test_the_front_leaves_out_what_is_dearer_and_worse() -> None:
    cheap, good, poor = contender("a", 80, seconds=1), contender("b", 90, seconds=5), contender("c", 85, seconds=9)
    assert pareto_front([poor, good, cheap], "training_seconds", SPLIT) == (cheap, good)


def test_a_cost_that_is_not_known_is_not_the_lowest() -> None:
    cheap, elsewhere = contender("a", 80, seconds=1), contender("b", 90, seconds=0)
    assert pareto_front([elsewhere, cheap], "training_seconds", SPLIT) == (cheap,)


def test_a_cost_that_is_as_good_as_equal_does_not_save_a_worse_model() -> None:
    better, worse = contender("a", 90, seconds=1.0), contender("b", 80, seconds=0.95)
    assert pareto_front([better, worse], "training_seconds", SPLIT) == (better,)


def test_equals_are_both_on_the_front() -> None:
    one = contender("a", 90)
    assert len(pareto_front([one, replace(one, name="b")], "training_seconds", SPLIT)) == 2
