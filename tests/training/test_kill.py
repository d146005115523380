"""A training is killed again and again, at random moments, and in the end is what it would have been anyway."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 12  # every other one in the middle of a save, the last among them

# Loads torch once and forks a training for each kill, so that kills fall into training and saving, not into imports.
SCRIPT = """
import dataclasses, json, os, random, signal, sys, time
from functools import partial
from pathlib import Path
import numpy as np, torch
from torch import nn
from handigits.config import AugmentConfig, TrainConfig
from handigits.data import Split
from handigits.models.layers import Dropout
from handigits.training import fit
from handigits.training.optim import build_optimizer

directory, kills = Path(sys.argv[1]), int(sys.argv[2])
random.seed(0)
images = np.random.default_rng(0).integers(0, 256, (160, 28, 28), np.uint8)
split = Split(images, (images[:, 0, 0] // 26).astype(np.int64))
config = TrainConfig(
    epochs=12, batch_size=16, optimizer="adamw", ema=0.9, validation=1, patience=12, checkpoint_seconds=0,
    threads=1, device="cpu", precision="fp32", augment=AugmentConfig(shift=1),
)

build_optimizer(nn.Linear(1, 1), config).step()  # makes torch load the rest of itself

def train(checkpoints, resume=False, watch=lambda progress: None):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), Dropout(0.25), nn.Linear(4608, 10)
    )
    return fit(model, split, config, held_out=split, checkpoints=checkpoints, resume=resume, watch=watch)

def die_half_way(path, content):
    with path.open("wb", buffering=0) as file:
        file.write(content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

def live_and_report(progress, *, dies_in_a_save):
    log.write(b"%d\\n" % progress.step)
    if dies_in_a_save:
        Path.write_bytes = die_half_way

def start_child(kill):
    child = os.fork()
    if child == 0:
        train(directory / "killed", resume=kill > 0, watch=partial(live_and_report, dies_in_a_save=kill % 2))
        os._exit(0)
    return child

log = (directory / "steps").open("ab", buffering=0)
firsts, lasts = [], []
for kill in range(kills):
    log.truncate(0)
    child = start_child(kill)
    while kill and not (directory / "steps").stat().st_size:  # all but the first get to train for a while
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.1))  # children that die in a save are dead by then
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the child ended by itself with {status}"
    steps = [int(line) for line in (directory / "steps").read_text().split()]
    if steps:
        firsts.append(steps[0])
        lasts.append(steps[-1])

resumed, whole = train(directory / "killed", resume=True), train(None)
equal = all(torch.equal(a, b) for a, b in zip(resumed.model.state_dict().values(), whole.model.state_dict().values()))
rows = [[dataclasses.astuple(dataclasses.replace(row, seconds=0)) for row in each.history] for each in (resumed, whole)]
left = sorted(path.suffix for path in (directory / "killed").iterdir())
print(json.dumps({
    "firsts": firsts, "lasts": lasts, "weights": equal, "history": rows[0] == rows[1], "notices": resumed.notices,
    "left": left,
}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_run_survives_any_number_of_kills(tmp_path: Path) -> None:
    (tmp_path / "killed").mkdir()
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(KILLS)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["weights"], found
    assert found["history"]
    assert found["notices"] == []
    assert found["left"] == [".safetensors"] * 2  # nothing half written stays behind
    assert len(found["firsts"]) > KILLS // 2
    assert max(found["firsts"]) > 1
    # The interval is one step: a step that was reported may be lost, no more.
    for last, first in zip(found["lasts"], found["firsts"][1:], strict=False):
        assert first >= last
