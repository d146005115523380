import dataclasses
import math
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from handigits.config import AugmentConfig, OptimizerName, Schedule, TrainConfig
from handigits.data import Split
from handigits.errors import ModelError, TrainingError, TrainingInterrupted
from handigits.training import Fit, Progress, fit, loop
from handigits.training.checkpoint import load_newest
from handigits.training.loop import TrainState, measure
from handigits.training.optim import build_optimizer

Make = Callable[[], nn.Module]

# 200 images: four steps an epoch, the last of them smaller.
BASE = TrainConfig(epochs=3, batch_size=60, lr=0.01, threads=1, device="cpu", precision="fp32")
PER_EPOCH = 4
STEPS = 12


class CrashError(Exception):
    """Stands in for a crash."""


def crash_at(step: int) -> Callable[[Progress], None]:
    def watch(progress: Progress) -> None:
        if progress.step == step:
            raise CrashError

    return watch


def signal_at(step: int, number: signal.Signals) -> Callable[[Progress], None]:
    def watch(progress: Progress) -> None:
        if progress.step == step:
            os.kill(os.getpid(), number)

    return watch


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([tensor.flatten().double() for tensor in model.state_dict().values()])


def rows(fitted: Fit) -> list[tuple[Any, ...]]:
    """The history without its seconds, which no two runs share."""
    return [dataclasses.astuple(dataclasses.replace(row, seconds=0)) for row in fitted.history]


def assert_equal_bit_for_bit(one: Fit, other: Fit) -> None:
    assert torch.equal(weights(one.model), weights(other.model))
    assert rows(one) == rows(other)


def loaded(checkpoints: Path, model: nn.Module, config: TrainConfig = BASE) -> TrainState:
    state = TrainState(model=model, average=None, optimizer=build_optimizer(model, config))
    load_newest(checkpoints, state)
    return state


# -- learning --


def test_one_batch_is_learnt_by_heart(digits: Split, toy_model: Make) -> None:
    batch = digits.subset(range(20))  # type: ignore[arg-type]
    fitted = fit(toy_model(), batch, dataclasses.replace(BASE, epochs=60, batch_size=20))
    loss, accuracy = measure(fitted.model, batch, fitted.engine)
    assert accuracy == 1
    assert loss < 0.05


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [
        ("sgd", {"lr": 0.05}),
        ("sgd", {"lr": 0.02, "momentum": 0.9}),
        ("sgd", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
        ("adam", {}),
        ("adamw", {"weight_decay": 0.01}),
        ("adadelta", {"lr": 1.0, "epochs": 10}),
        ("muon", {"momentum": 0.6}),
    ],
    ids=["sgd", "momentum", "nesterov", "adam", "adamw", "adadelta", "muon"],
)
def test_each_optimizer_lowers_the_loss(
    digits: Split, toy_model: Make, optimizer: OptimizerName, settings: dict[str, Any]
) -> None:
    history = fit(toy_model(), digits, dataclasses.replace(BASE, optimizer=optimizer, **settings)).history
    assert history[-1].train_loss < 0.6 * history[0].train_loss


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one-cycle"])
def test_each_schedule_lowers_the_loss_and_stands_in_the_history(
    digits: Split, toy_model: Make, schedule: Schedule
) -> None:
    config = dataclasses.replace(BASE, schedule=schedule, warmup=0.25)
    history = fit(toy_model(), digits, config).history
    assert history[-1].train_loss < 0.6 * history[0].train_loss
    last = [row.learning_rate / BASE.lr for row in history]
    share = (1 - 11 / 12) / 0.75  # of the way down that is left at the last step
    expected = {
        "constant": 1,
        "step": 0.7**2,
        "cosine": (1 - math.cos(math.pi * share)) / 2,
        "one-cycle": share,
    }
    assert last[-1] == pytest.approx(expected[schedule])


def test_bf16_on_the_cpu_learns(digits: Split, toy_model: Make) -> None:
    fitted = fit(toy_model(), digits, dataclasses.replace(BASE, precision="bf16"))
    assert fitted.engine.precision == "bf16"
    assert fitted.history[-1].train_loss < 0.6 * fitted.history[0].train_loss
    assert all(parameter.dtype == torch.float32 for parameter in fitted.model.parameters())
    assert not torch.equal(weights(fitted.model), weights(fit(toy_model(), digits, BASE).model))


def test_label_smoothing_is_taken_into_the_loss(digits: Split, toy_model: Make) -> None:
    config = dataclasses.replace(BASE, epochs=30, label_smoothing=0.5)
    smoothed = fit(toy_model(), digits, config).history[-1].train_loss
    floor = -(0.55 * math.log(0.55) + 9 * 0.05 * math.log(0.05))  # the entropy of a smoothed label
    assert floor < smoothed < floor + 0.2


def test_the_history_has_a_row_for_each_epoch_and_the_watcher_a_call_for_each_step(
    digits: Split, toy_model: Make
) -> None:
    seen: list[Progress] = []
    fitted = fit(toy_model(), digits, BASE, held_out=digits, watch=seen.append)
    assert [row.epoch for row in fitted.history] == [1, 2, 3]
    assert [progress.step for progress in seen] == list(range(1, STEPS + 1))
    assert [progress.epoch for progress in seen] == [1] * 4 + [2] * 4 + [3] * 4
    assert [progress.images for progress in seen[:5]] == [60, 120, 180, 200, 260]
    assert [progress.share for progress in seen] == [step / STEPS for step in range(1, STEPS + 1)]
    assert [progress.completed for progress in seen[3::4]] == list(fitted.history)
    assert {progress.steps for progress in seen} == {STEPS}
    assert fitted.history[-1].validation_accuracy == measure(fitted.model, digits, fitted.engine)[1]


def test_the_model_comes_back_ready_to_be_used(digits: Split, toy_model: Make) -> None:
    assert not fit(toy_model(), digits, BASE).model.training


def test_training_leaves_the_callers_random_numbers_alone(digits: Split, toy_model: Make) -> None:
    model = toy_model()
    torch.manual_seed(7)
    fit(model, digits, BASE)
    after = torch.rand(3)
    torch.manual_seed(7)
    assert torch.equal(torch.rand(3), after)


# -- determinism --

VARIED = {
    "sgd": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01, "schedule": "one-cycle", "warmup": 0.3},
    "adadelta": {"optimizer": "adadelta", "lr": 1.0},
    "muon": {"optimizer": "muon", "momentum": 0.6, "schedule": "one-cycle"},
    "ema": {"optimizer": "adam", "ema": 0.9},
    "augmented": {"augment": AugmentConfig(shift=2, rotate=10, elastic=0.5, thickness=0.3, erase=0.5)},
    "patience": {"validation": 1, "patience": 2, "ema": 0.8},
}


def varied(name: str) -> TrainConfig:
    return dataclasses.replace(BASE, **VARIED[name])


def test_training_on_the_cpu_touches_no_gpu(digits: Split, toy_model: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: object) -> torch.Tensor:
        raise AssertionError("a GPU was touched")

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_rng_state", touched)
    fit(toy_model(), digits, TrainConfig(epochs=1, batch_size=100, threads=1, device="cpu"))


def test_one_seed_gives_one_result_whatever_was_drawn_before(digits: Split, toy_model: Make) -> None:
    config = varied("augmented")
    one = fit(toy_model(), digits, config)
    model = toy_model()
    torch.rand(5)
    assert_equal_bit_for_bit(fit(model, digits, config), one)


def test_another_seed_gives_another_result(digits: Split, toy_model: Make) -> None:
    one, other = (fit(toy_model(), digits, dataclasses.replace(BASE, seed=seed)) for seed in (0, 1))
    assert not torch.equal(weights(one.model), weights(other.model))


@pytest.mark.parametrize("step", [2, PER_EPOCH, 7, STEPS], ids=["mid-epoch 1", "end of epoch 1", "mid-epoch 2", "end"])
@pytest.mark.parametrize("name", VARIED)
def test_a_resumed_run_equals_an_uninterrupted_one(
    tmp_path: Path, digits: Split, toy_model: Make, name: str, step: int
) -> None:
    config = dataclasses.replace(varied(name), checkpoint_seconds=0)
    held_out = digits if config.validation else None
    whole = fit(toy_model(), digits, config, held_out=held_out)
    with pytest.raises(TrainingInterrupted):
        fit(
            toy_model(),
            digits,
            config,
            held_out=held_out,
            checkpoints=tmp_path,
            watch=signal_at(step, signal.SIGINT),
        )
    torch.manual_seed(99)
    resumed = fit(toy_model(), digits, config, held_out=held_out, checkpoints=tmp_path, resume=True)
    assert_equal_bit_for_bit(resumed, whole)
    assert resumed.notices == ()


def test_columns_become_one_chain_and_are_resumed_as_columns(digits: Split, toy_columns: Make, tmp_path: Path) -> None:
    config, held_out = dataclasses.replace(BASE, ema=0.9, checkpoint_seconds=0), digits
    whole = fit(toy_columns(), digits, config, held_out=held_out)
    assert isinstance(whole.model, nn.Sequential) and not isinstance(whole.model[0], nn.Sequential)
    loss, accuracy = measure(whole.model, held_out, whole.engine)
    assert (loss, accuracy) == pytest.approx((whole.history[-1].validation_loss, whole.history[-1].validation_accuracy))
    with pytest.raises(CrashError):
        fit(toy_columns(), digits, config, held_out=held_out, checkpoints=tmp_path, watch=crash_at(2 * PER_EPOCH + 1))
    resumed = fit(toy_columns(), digits, config, held_out=held_out, checkpoints=tmp_path, resume=True)
    assert_equal_bit_for_bit(resumed, whole)


def test_a_run_that_crashed_before_its_first_checkpoint_is_resumed_at_the_beginning(
    tmp_path: Path, digits: Split, toy_model: Make
) -> None:
    with pytest.raises(CrashError):
        fit(toy_model(), digits, BASE, checkpoints=tmp_path, watch=crash_at(3))
    resumed = fit(toy_model(), digits, BASE, checkpoints=tmp_path, resume=True)
    assert_equal_bit_for_bit(resumed, fit(toy_model(), digits, BASE))
    assert "beginning" in resumed.notices[0]


def test_a_run_goes_on_from_the_checkpoint_before_a_damaged_one(tmp_path: Path, digits: Split, toy_model: Make) -> None:
    config = dataclasses.replace(BASE, checkpoint_seconds=0)
    with pytest.raises(CrashError):
        fit(toy_model(), digits, config, checkpoints=tmp_path, watch=crash_at(7))
    newest = max(tmp_path.iterdir())
    newest.write_bytes(newest.read_bytes()[:-1])
    steps: list[int] = []
    resumed = fit(
        toy_model(),
        digits,
        config,
        checkpoints=tmp_path,
        resume=True,
        watch=lambda progress: steps.append(progress.step),
    )
    assert steps[0] == 6
    assert newest.name in resumed.notices[0]
    assert_equal_bit_for_bit(resumed, fit(toy_model(), digits, config))


def test_a_run_whose_checkpoints_are_all_damaged_is_not_begun_anew(
    tmp_path: Path, digits: Split, toy_model: Make
) -> None:
    config = dataclasses.replace(BASE, checkpoint_seconds=0)
    with pytest.raises(CrashError):
        fit(toy_model(), digits, config, checkpoints=tmp_path, watch=crash_at(7))
    for path in tmp_path.iterdir():
        path.write_bytes(b"")
    with pytest.raises(ModelError, match="every checkpoint is damaged"):
        fit(toy_model(), digits, config, checkpoints=tmp_path, resume=True)


# -- what goes wrong --


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_stop_finishes_the_step_and_saves(
    tmp_path: Path, digits: Split, toy_model: Make, number: signal.Signals
) -> None:
    with pytest.raises(TrainingInterrupted, match="step 5 of 12"):
        fit(toy_model(), digits, BASE, checkpoints=tmp_path, watch=signal_at(5, number))
    assert loaded(tmp_path, toy_model()).step == 5
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_second_ctrl_c_stops_at_once(digits: Split, toy_model: Make) -> None:
    def twice(progress: Progress) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fit(toy_model(), digits, BASE, watch=twice)


def test_training_works_outside_the_main_thread(digits: Split, toy_model: Make) -> None:
    results: list[Fit] = []
    thread = threading.Thread(target=lambda: results.append(fit(toy_model(), digits, BASE)))
    thread.start()
    thread.join()
    assert_equal_bit_for_bit(results[0], fit(toy_model(), digits, BASE))


def spoil_at(model: nn.Module, step: int) -> Callable[[Progress], None]:
    """Put a NaN among the weights once a step is done, as an overflow in its update would."""

    def watch(progress: Progress) -> None:
        if progress.step == step:
            with torch.no_grad():
                next(model.parameters()).view(-1)[0] = float("nan")

    return watch


def test_a_loss_that_is_not_finite_stops_the_next_step(digits: Split, toy_model: Make) -> None:
    model = toy_model()
    steps: list[int] = []
    spoil = spoil_at(model, 5)

    def watch(progress: Progress) -> None:
        steps.append(progress.step)
        spoil(progress)

    with pytest.raises(TrainingError, match=r"nan at step 6.*--lr"):
        fit(model, digits, BASE, watch=watch)
    assert steps == [1, 2, 3, 4, 5]


def test_the_checkpoint_that_is_left_after_a_loss_that_is_not_finite_is_good(
    tmp_path: Path, digits: Split, toy_model: Make
) -> None:
    """The checkpoint of step 5 holds the NaN, which shows only when step 6 uses it."""
    model = toy_model()
    config = dataclasses.replace(BASE, checkpoint_seconds=0)
    with pytest.raises(TrainingError):
        fit(model, digits, config, checkpoints=tmp_path, watch=spoil_at(model, 5))
    state = loaded(tmp_path, toy_model())
    assert state.step == 4
    assert weights(state.model).isfinite().all()


def test_too_high_a_learning_rate_is_an_error_not_a_model(digits: Split, toy_model: Make) -> None:
    with pytest.raises(TrainingError, match="1e\\+30"):
        fit(toy_model(), digits, dataclasses.replace(BASE, optimizer="sgd", lr=1e30))


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Let every write beyond `size` bytes of a file fail, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_keeps_the_last_checkpoint(tmp_path: Path, digits: Split, toy_model: Make) -> None:
    config = dataclasses.replace(BASE, checkpoint_seconds=0)
    whole = fit(toy_model(), digits, config)
    with pytest.raises(CrashError):
        fit(toy_model(), digits, config, checkpoints=tmp_path, watch=crash_at(4))
    before = sorted(tmp_path.iterdir())
    with files_limited_to(1_000), pytest.raises(OSError, match="step-000000004"):
        fit(toy_model(), digits, config, checkpoints=tmp_path, resume=True)
    assert sorted(tmp_path.iterdir()) == before
    assert_equal_bit_for_bit(fit(toy_model(), digits, config, checkpoints=tmp_path, resume=True), whole)


# -- when to stop --


def test_patience_stops_and_gives_the_best_epoch_back(digits: Split, toy_model: Make) -> None:
    """The held-out labels are wrong, so that its loss rises as it learns; the weights must be those of the lowest."""
    wrong = Split(digits.images, (digits.labels + 1) % 10)
    config = dataclasses.replace(BASE, epochs=40, validation=1, patience=3)
    fitted = fit(toy_model(), digits, config, held_out=wrong)
    losses = [row.validation_loss for row in fitted.history if row.validation_loss is not None]
    assert len(losses) == losses.index(min(losses)) + 1 + 3 < 40
    assert measure(fitted.model, wrong, fitted.engine)[0] == pytest.approx(min(losses))


class Clock:
    """Stands in for the time that passes: one second for each step, once `tick` watches the training."""

    def __init__(self) -> None:
        self.now = 1000.0

    def perf_counter(self) -> float:
        return self.now

    def tick(self, progress: Progress) -> None:
        self.now += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(loop, "time", clock)
    return clock


def test_a_time_budget_is_kept_and_the_schedule_runs_to_its_end(digits: Split, toy_model: Make, clock: Clock) -> None:
    config = dataclasses.replace(BASE, epochs=1000, schedule="one-cycle", time=6)
    shares: list[float] = []

    def watch(progress: Progress) -> None:
        shares.append(progress.share)
        clock.tick(progress)

    fitted = fit(toy_model(), digits, config, watch=watch)
    assert shares == [max(second / 6, (second + 1) / 4000) for second in range(7)]
    assert fitted.seconds == 6
    assert [row.seconds for row in fitted.history] == [3, 6]
    rates = [row.learning_rate / BASE.lr for row in fitted.history]
    assert rates == pytest.approx([1 - 2 / 6, 1 - 5 / 6])  # of steps that began after 2 and 5 seconds


def test_a_resumed_run_keeps_to_what_is_left_of_its_time(
    tmp_path: Path, digits: Split, toy_model: Make, clock: Clock
) -> None:
    config = dataclasses.replace(BASE, epochs=1000, time=6, checkpoint_seconds=0)

    def crash(progress: Progress) -> None:
        clock.tick(progress)
        crash_at(4)(progress)

    with pytest.raises(CrashError):
        fit(toy_model(), digits, config, checkpoints=tmp_path, watch=crash)
    clock.now += 10_000
    assert fit(toy_model(), digits, config, checkpoints=tmp_path, resume=True, watch=clock.tick).seconds == 6


@pytest.mark.parametrize(
    ("interval", "saved_after"), [(0, [1, 2, 3, 4, 5, 6]), (2, [2, 4, 6]), (1000, [4])], ids=["always", "2 s", "epochs"]
)
def test_checkpoints_come_at_their_interval_and_at_the_end_of_an_epoch(
    tmp_path: Path, digits: Split, toy_model: Make, clock: Clock, interval: float, saved_after: list[int]
) -> None:
    """An epoch's end is worth a checkpoint of its own if the last one is a second old."""
    config = dataclasses.replace(BASE, checkpoint_seconds=interval)
    newest: list[int] = []

    def watch(progress: Progress) -> None:
        clock.tick(progress)
        names = [path.name for path in tmp_path.iterdir()]
        newest.append(max((int(name.split(".")[0].removeprefix("step-")) for name in names), default=0))
        crash_at(7)(progress)

    with pytest.raises(CrashError):
        fit(toy_model(), digits, config, checkpoints=tmp_path, watch=watch)
    assert sorted(set(newest) - {0}) == saved_after


def test_seconds_are_summed_over_the_parts_of_a_run(
    tmp_path: Path, digits: Split, toy_model: Make, clock: Clock
) -> None:
    def stop(progress: Progress) -> None:
        clock.tick(progress)
        signal_at(6, signal.SIGINT)(progress)

    with pytest.raises(TrainingInterrupted):
        fit(toy_model(), digits, BASE, checkpoints=tmp_path, watch=stop)
    clock.now += 10_000
    fitted = fit(toy_model(), digits, BASE, checkpoints=tmp_path, resume=True, watch=clock.tick)
    # The clock ticks after a step was timed, so neither part counts its last tick.
    assert fitted.seconds == 5 + 5
