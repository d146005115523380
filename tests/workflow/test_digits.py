import dataclasses
from pathlib import Path

import pytest

from handigits.artifact import ArtifactMetadata
from handigits.artifact.writing import update_metadata
from handigits.data import Split
from handigits.data.npz import write_npz
from handigits.errors import ConfigError, DataError
from handigits.run import Run
from handigits.workflow import evaluate


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
