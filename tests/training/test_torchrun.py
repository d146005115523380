"""Killed processes: torchrun starts a training anew, which goes on from its checkpoint; one process can go on, too."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from handigits.run import Run

# The command line, in which a step may end with a death: `START RANK STEP` says in which, and every step is logged.
SCRIPT = """
import os, signal, sys
import handigits.training.loop as loop
from handigits.cli import main

log, deaths, words = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
start, rank = os.environ.get("TORCHELASTIC_RESTART_COUNT", "alone"), os.environ.get("RANK", "0")
train_step = loop.train_step

def train_step_or_die(state, *rest):
    train_step(state, *rest)
    here = f"{start} {rank} {state.step}"
    with open(log, "a") as file:
        file.write(here + "\\n")
    if here in deaths:
        os.kill(os.getpid(), signal.SIGKILL)

loop.train_step = train_step_or_die
sys.exit(main(words))
"""
SETTINGS = ["--data", "mnist-5k", "--epochs", "1", "--batch-size", "400", "--threads", "1", "--checkpoint-seconds", "0"]


@dataclass(frozen=True)
class Story:
    """A training that was killed twice, then continued in one process.

    Attributes:
        run: what came of it.
        failed: the exit status of torchrun was not 0.
        said: the lines of the training's own on stderr, while torchrun watched.
        log: the steps done, each as its start, rank and number.
    """

    run: Run
    failed: bool
    said: list[str]
    log: list[str]

    def steps(self, start: str, rank: str = "0") -> list[int]:
        """The steps that a process has done."""
        return [int(line.split()[2]) for line in self.log if line.split()[:2] == [start, rank]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The first process dies at step 4; all are started anew; the second dies at step 6; one process goes on."""
    place = tmp_path_factory.mktemp("torchrun")
    script, log, out = place / "script.py", place / "log", place / "run"
    script.write_text(SCRIPT)
    # Seconds between two looks at the processes: enough for the one that is left to say what it saw.
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--max-restarts=1"]
    launch += ["--monitor-interval=3", str(script), str(log), "0 0 4,1 1 6", "train", "flash", *SETTINGS]
    torchrun = _python(*launch, "--out", str(out))
    alone = _python(str(script), str(log), "", "train", "--resume", str(out))
    assert alone.returncode == 0, alone.stderr
    said = [line for line in torchrun.stderr.splitlines() if line.startswith("handigits train: ")]
    return Story(Run(out), torchrun.returncode != 0, said, log.read_text().splitlines())


def _python(*words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=240, env=environment)


def test_torchrun_starts_anew_and_the_training_goes_on_from_its_checkpoint(story: Story) -> None:
    assert story.steps("0") == [1, 2, 3, 4]
    assert story.steps("1")[:2] == [4, 5]
    assert story.steps("1", "1") == [4, 5, 6]


def test_a_killed_process_ends_the_training_with_one_line_that_says_how_to_go_on(story: Story) -> None:
    assert story.failed
    end = "waited for another one, which has ended; look for its message. The checkpoints are kept; go on with: "
    command = f"handigits train --resume {story.run.directory}"
    assert story.said == [f"handigits train: Process {rank} of 2 {end}{command}" for rank in (1, 0)]


def test_one_process_goes_on_where_two_were_killed(story: Story) -> None:
    assert story.steps("alone") == list(range(6, story.steps("alone")[-1] + 1))
    assert story.run.is_finished
    assert story.run.metrics["test"]["accuracy"] > 0.5
