import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from handigits.config import OptimizerName, TrainConfig
from handigits.errors import ModelError
from handigits.training.checkpoint import EpochRow, TrainState, discard_checkpoint, load_newest, save_checkpoint
from handigits.training.optim import build_optimizer

CONFIG = TrainConfig(optimizer="sgd", momentum=0.9, lr=0.1)
ROW = EpochRow(1, 0.5, 0.75, None, None, 0.1, 2.5)

Make = Callable[[], nn.Module]


def make_state(model: nn.Module, config: TrainConfig = CONFIG) -> TrainState:
    return TrainState(model=model, average=None, optimizer=build_optimizer(model, config))


def trained_state(model: nn.Module, steps: int, config: TrainConfig = CONFIG) -> TrainState:
    """A state after some updates, as different from a fresh one as it gets."""
    state = make_state(model, config)
    for _ in range(steps):
        model(torch.ones(2, 1, 28, 28)).square().sum().backward()
        state.optimizer.step()
        state.step += 1
    return state


def weights(state: TrainState) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in state.model.parameters()])


def flip_a_bit(path: Path, position: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("optimizer", "momentum"),
    [("sgd", 0.0), ("sgd", 0.9), ("adam", 0.0), ("adamw", 0.0), ("adadelta", 0.0), ("muon", 0.6)],
)
def test_a_loaded_state_equals_the_saved_one(
    tmp_path: Path, toy_model: Make, optimizer: OptimizerName, momentum: float
) -> None:
    config = TrainConfig(optimizer=optimizer, momentum=momentum, lr=0.1)
    state = trained_state(toy_model(), 3, config)
    state.seconds, state.seen, state.loss_sum, state.correct = 1.5, 64, 12.25, 40
    state.best = {"0.bias": torch.arange(4.0)}
    state.history.append(ROW)
    save_checkpoint(tmp_path, state)

    loaded = make_state(toy_model(), config)
    assert load_newest(tmp_path, loaded) == []
    assert torch.equal(weights(loaded), weights(state))
    for name in ("step", "seconds", "seen", "loss_sum", "correct", "history"):
        assert getattr(loaded, name) == getattr(state, name)
    assert torch.equal(loaded.best["0.bias"], state.best["0.bias"])
    moments = [each.optimizer.state_dict()["state"] for each in (loaded, state)]
    assert moments[0].keys() == moments[1].keys()
    for index, values in moments[1].items():
        assert values.keys() == moments[0][index].keys()
        assert all(torch.equal(moments[0][index][name], value) for name, value in values.items())


def test_moments_get_the_memory_order_of_their_weights(tmp_path: Path) -> None:
    """Fused optimisers walk through memory: another order would pair a moment with another weight."""

    def model() -> nn.Module:
        network = nn.Sequential(nn.Conv2d(1, 3, 5), nn.Conv2d(3, 2, 5))
        return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    save_checkpoint(tmp_path, trained_state(model(), 1))
    loaded = make_state(model())
    load_newest(tmp_path, loaded)
    assert len(loaded.optimizer.state) == 4
    for parameter, moments in loaded.optimizer.state.items():
        assert moments["momentum_buffer"].stride() == parameter.stride()


def test_the_two_newest_are_kept(tmp_path: Path, toy_model: Make) -> None:
    for steps in (1, 2, 10):
        save_checkpoint(tmp_path, trained_state(toy_model(), steps))
    assert sorted(path.name[:14] for path in tmp_path.iterdir()) == ["step-000000002", "step-000000010"]


def test_a_save_removes_what_a_killed_one_left(tmp_path: Path, toy_model: Make) -> None:
    (tmp_path / "step-000000001.0123456789abcdef.safetensors.17.part").write_bytes(b"half")
    path = save_checkpoint(tmp_path, trained_state(toy_model(), 1))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("position", [0, 9, -1])
def test_a_flipped_bit_is_found_and_the_one_before_is_loaded(tmp_path: Path, toy_model: Make, position: int) -> None:
    older = trained_state(toy_model(), 1)
    save_checkpoint(tmp_path, older)
    newest = save_checkpoint(tmp_path, trained_state(toy_model(), 2))
    flip_a_bit(newest, position)

    state = make_state(toy_model())
    (notice,) = load_newest(tmp_path, state)
    assert newest.name in notice
    assert "damaged" in notice
    assert state.step == 1
    assert torch.equal(weights(state), weights(older))


def test_a_damaged_checkpoint_does_not_take_the_place_of_a_whole_one(tmp_path: Path, toy_model: Make) -> None:
    first = save_checkpoint(tmp_path, trained_state(toy_model(), 1))
    flip_a_bit(save_checkpoint(tmp_path, trained_state(toy_model(), 3)))
    load_newest(tmp_path, make_state(toy_model()))
    second = save_checkpoint(tmp_path, trained_state(toy_model(), 2))
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_a_truncated_checkpoint_is_found(tmp_path: Path, toy_model: Make) -> None:
    save_checkpoint(tmp_path, trained_state(toy_model(), 1))
    newest = save_checkpoint(tmp_path, trained_state(toy_model(), 2))
    os.truncate(newest, 100)
    state = make_state(toy_model())
    assert len(load_newest(tmp_path, state)) == 1
    assert state.step == 1


def test_only_damaged_checkpoints_are_an_error_and_change_nothing(tmp_path: Path, toy_model: Make) -> None:
    for steps in (1, 2):
        flip_a_bit(save_checkpoint(tmp_path, trained_state(toy_model(), steps)))
    state = make_state(toy_model())
    before = weights(state)
    with pytest.raises(ModelError, match=re.escape(f"{tmp_path}: every checkpoint is damaged (2 of 2)")):
        load_newest(tmp_path, state)
    assert state.step == 0
    assert torch.equal(weights(state), before)


@pytest.mark.parametrize("exists", [True, False])
def test_no_checkpoint_yet_means_the_beginning_and_is_said(tmp_path: Path, toy_model: Make, exists: bool) -> None:
    state = make_state(toy_model())
    (notice,) = load_newest(tmp_path if exists else tmp_path / "checkpoints", state)
    assert "beginning" in notice
    assert state.step == 0


@pytest.mark.parametrize(
    ("model", "config"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), CONFIG),
        (None, TrainConfig(optimizer="adam")),
    ],
    ids=["another network", "another optimizer"],
)
def test_a_checkpoint_that_does_not_fit_is_refused(
    tmp_path: Path, toy_model: Make, model: nn.Module | None, config: TrainConfig
) -> None:
    path = save_checkpoint(tmp_path, trained_state(toy_model(), 1))
    with pytest.raises(ModelError, match=rf"{path.name} does not fit .*config\.json") as caught:
        load_newest(tmp_path, make_state(model or toy_model(), config))
    assert "\n" not in str(caught.value)


def test_other_files_are_not_taken_for_checkpoints(tmp_path: Path, toy_model: Make) -> None:
    save_checkpoint(tmp_path, trained_state(toy_model(), 1))
    (tmp_path / "step-999999999.mine.safetensors").write_bytes(b"")
    state = make_state(toy_model())
    assert load_newest(tmp_path, state) == []
    assert state.step == 1


def test_discarding_deletes_the_checkpoint_of_that_step_alone(tmp_path: Path, toy_model: Make) -> None:
    kept = save_checkpoint(tmp_path, trained_state(toy_model(), 1))
    save_checkpoint(tmp_path, trained_state(toy_model(), 2))
    discard_checkpoint(tmp_path, 2)
    assert list(tmp_path.iterdir()) == [kept]
