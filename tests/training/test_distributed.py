"""Two processes make of a training what one makes of it, but for the order in which numbers are added."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from handigits.training.distributed import ALONE, Processes, join_processes

AUGMENT = {"shift": 1.5, "rotate": 10, "elastic": 0.5, "thickness": 0.3, "litter": 0.5, "fade": 0.3, "gaps": 0.5,
           "erase": 0.5, "pixelate": 0.5, "coarse": 0.5, "blur": 0.5, "flip": True}  # fmt: skip
CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "muon and every augmentation": (200, {"optimizer": "muon", "momentum": 0.6, "augment": AUGMENT}),
    "an average and odd batches": (199, {"lr": 0.05, "ema": 0.9, "label_smoothing": 0.1, "augment": {"shift": 2}}),
    "columns and a batch of one image": (181, {"lr": 0.05, "ema": 0.9, "columns": 3}),
    "a batch of one image": (181, {"lr": 0.05, "momentum": 0.9, "precision": "fp32"}),
}

# Trains every case; each is stopped after its third step and goes on, if the last argument says so.
SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np, torch
from safetensors.torch import save_file
from torch import nn
from handigits.config import AugmentConfig, TrainConfig
from handigits.data import Split
from handigits.errors import TrainingInterrupted
from handigits.models.columns import Columns
from handigits.models.layers import Dropout, FlattenChannelsLast
from handigits.training import fit
from handigits.training.distributed import join_processes

out, cases, last = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])

class Stop(Exception):
    pass

def stop(progress):
    if progress.step == last:
        raise Stop

with join_processes() as processes:
    for name, (count, settings) in cases.items():
        generator = np.random.default_rng(0)
        labels = generator.integers(0, 10, count)
        images = generator.integers(0, 120, (count, 28, 28), np.uint8)
        images[np.arange(count), 2 * labels + 4] = 255  # a bright row says which digit it is
        split = Split(images, labels.astype(np.int64))
        augment, columns = AugmentConfig(**settings.pop("augment", {})), settings.pop("columns", 1)
        config = TrainConfig(**{"epochs": 2, "batch_size": 60, "optimizer": "sgd", "lr": 0.01, "threads": 1,
            "device": "cpu", "precision": "fp32", "checkpoint_seconds": 0, "augment": augment} | settings)
        torch.manual_seed(0)
        # No bias before batch norm: its gradient is nothing but rounding errors, which Adam would blow up. And no ReLU:
        # a rounding error that crosses its kink changes a gradient by more than a rounding error.
        networks = [nn.Sequential(
            nn.Conv2d(1, 4, 5, stride=3, bias=False), nn.BatchNorm2d(4), nn.SiLU(), Dropout(0.25),
            FlattenChannelsLast(), nn.Linear(4 * 8 * 8, 10)
        ).to(memory_format=torch.channels_last) for _ in range(columns)]
        model = Columns(networks) if columns > 1 else networks[0]
        begun = processes.ask_first((out / name).exists)  # before the first one makes it
        options = {"held_out": split, "checkpoints": out / name, "resume": begun, "watch": stop}
        try:
            fitted = fit(model, split, config, processes=processes, **options)
        except Stop:
            continue
        state = {key: value.contiguous() for key, value in fitted.model.state_dict().items()}
        rows = [(r.train_loss, r.train_accuracy, r.validation_loss, r.validation_accuracy) for r in fitted.history]
        save_file(state | {"rows": torch.tensor(rows)}, f"{out}/{name}.{processes.rank}")
"""

Train = Callable[..., None]


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """Trains all cases in so many processes, as far as `last`; goes on with what lies in `out` already."""
    script = tmp_path_factory.mktemp("script") / "train.py"
    script.write_text(SCRIPT)

    def run(out: Path, processes: int, *, last: int = 0) -> None:
        out.mkdir(exist_ok=True)
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        words = [str(script), str(out), json.dumps(CASES), str(last)]
        command = [sys.executable, *(launcher if processes > 1 else []), *words]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        finished = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment)
        assert finished.returncode == 0, finished.stderr

    return run


@pytest.fixture(scope="module")
def one(train: Train, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("one")
    train(out, 1)
    return out


@pytest.fixture(scope="module")
def two(train: Train, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("two")
    train(out, 2)
    return out


def learnt(out: Path, name: str, rank: int = 0) -> torch.Tensor:
    """Weights, statistics and history in one row."""
    state = load_file(out / f"{name}.{rank}")
    return torch.cat([state[key].flatten().double() for key in sorted(state)])


@pytest.mark.parametrize("name", CASES)
def test_two_processes_give_what_one_gives(one: Path, two: Path, name: str) -> None:
    torch.testing.assert_close(learnt(two, name), learnt(one, name), rtol=0, atol=2e-5)


@pytest.mark.parametrize("name", CASES)
def test_both_processes_hold_the_same_weights_bit_for_bit(two: Path, name: str) -> None:
    assert torch.equal(learnt(two, name, 0), learnt(two, name, 1))


@pytest.mark.parametrize(("first", "then"), [(1, 2), (2, 1)], ids=["one, then two", "two, then one"])
def test_a_run_goes_on_with_another_number_of_processes(
    tmp_path: Path, train: Train, one: Path, first: int, then: int
) -> None:
    train(tmp_path, first, last=3)
    assert not list(tmp_path.glob("*.0"))
    train(tmp_path, then)
    for name in CASES:
        torch.testing.assert_close(learnt(tmp_path, name), learnt(one, name), rtol=0, atol=2e-5)


@pytest.mark.parametrize("size", [1, 2, 96, 60_000])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_parts_follow_each_other_without_overlap(count: int, size: int) -> None:
    parts = [Processes(rank=rank, count=count).part(size) for rank in range(count)]
    assert [index for part in parts for index in range(part.start, part.stop)] == list(range(size))
    lengths = [part.stop - part.start for part in parts]
    assert max(lengths) - min(lengths) <= 1


def test_without_torchrun_a_process_is_alone_and_trains_the_model_itself() -> None:
    model = nn.Linear(1, 1)
    with join_processes() as processes:
        assert processes is ALONE
        assert processes.share(model) is model
        assert (processes.agree(0.3), processes.any(True), processes.sum(1, 2)) == (0.3, True, [1, 2])
