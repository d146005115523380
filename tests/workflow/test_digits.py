import dataclasses
from pathlib import Path

import numpy as np
import pytest

from handigits.artifact import ArtifactMetadata
from handigits.artifact.sealing import update_metadata
from handigits.data import Split, load_dataset
from handigits.data.npz import write_npz
from handigits.errors import ConfigError, DataError
from handigits.run import Run
from handigits.workflow import evaluate
from handigits.workflow.digits import seen_notice


@pytest.mark.parametrize("trained_on", ["mnist", "mnist-5k"])
def test_digits_that_the_model_was_trained_on_are_no_test_unsaid(
    artifact: Path, metadata: ArtifactMetadata, tmp_path: Path, trained_on: str
) -> None:
    update_metadata(artifact, dataclasses.replace(metadata, data=trained_on))
    out = tmp_path / "evaluation"
    evaluated = evaluate(artifact, data="mnist-5k", out=out)
    assert ("how well it learnt them" in evaluated.notice) == (trained_on == "mnist")
    assert ("how well it learnt them" in (out / "report.html").read_text()) == (trained_on == "mnist")


def test_a_split_that_is_not_there_is_refused(finished_run: Run, tmp_path: Path, digits: Split) -> None:
    data = tmp_path / "digits.npz"
    write_npz(data, {"train": digits})
    with pytest.raises(DataError, match=r"no test split.*--split train"):
        evaluate(finished_run.directory, data=data)
    with pytest.raises(ConfigError, match="test or train"):
        evaluate(finished_run.directory, data=data, split="validation")


@pytest.mark.parametrize(("trained_on", "may"), [("emnist-digits", True), ("fashion-mnist", False)])
def test_digits_of_the_same_forms_may_have_been_seen(metadata: ArtifactMetadata, trained_on: str, may: bool) -> None:
    notice = seen_notice(dataclasses.replace(metadata, data=trained_on), load_dataset("mnist-5k"))
    assert ("may have seen" in notice) == may


def test_digits_that_a_model_of_files_was_trained_on_are_counted(metadata: ArtifactMetadata, tmp_path: Path) -> None:
    dataset = load_dataset("mnist-5k")
    assert dataset.test is not None
    write_npz(tmp_path / "both.npz", {"train": dataset.test.subset(np.arange(30))})
    write_npz(tmp_path / "train.npz", {"train": dataset.train.subset(np.arange(30))})
    about = dataclasses.replace(metadata, data=str(tmp_path / "both.npz"))
    assert seen_notice(about, dataset).startswith("30 of the 1,000 images of ")
    for other in ("train.npz", "gone.npz"):
        assert seen_notice(dataclasses.replace(metadata, data=str(tmp_path / other)), dataset) == ""
