import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.artifact import ArtifactMetadata
from handigits.artifact.sealing import update_metadata
from handigits.comparison import compare
from handigits.errors import ConfigError, DataError, MissingFileError, RunError
from handigits.evaluation import Comparison
from handigits.recognizer import Recognizer
from handigits.run import Run
from handigits.workflow import train

SLOW = "flash --lr 1e-05 --muon-lr 1e-05"


@pytest.fixture(scope="module")
def comparison(runs: list[Run]) -> Comparison:
    return compare([run.directory for run in runs], split="both")


def test_seeds_of_one_network_stand_together_under_the_name_of_what_differs(comparison: Comparison) -> None:
    assert {each.name: each.seeds for each in comparison.contenders} == {"flash": (0, 1), SLOW: (0,)}


def test_the_numbers_are_those_of_the_runs(comparison: Comparison, runs: list[Run]) -> None:
    flash = next(each for each in comparison.contenders if each.name == "flash")
    expected = [run.metrics["test"]["accuracy"] for run in runs[:2]]
    assert [each.accuracy for each in flash.evaluations[comparison.splits[0]]] == expected


def test_of_both_splits_the_test_split_comes_first(comparison: Comparison) -> None:
    first, second = comparison.splits
    assert (first.endswith("test"), second.endswith("train")) == (True, True)


def test_the_most_accurate_comes_first(comparison: Comparison) -> None:
    accuracies = [each.mean("accuracy", comparison.splits[0]) for each in comparison.contenders]
    assert accuracies == sorted(accuracies, reverse=True)


def test_the_test_is_about_the_answers_of_these_models(comparison: Comparison, runs: list[Run]) -> None:
    (test,) = comparison.tests
    assert test.difference == pytest.approx(
        np.mean([run.metrics["test"]["accuracy"] for run in runs[:2]]) - runs[2].metrics["test"]["accuracy"]
    )


def test_what_was_held_out_decides_the_choice(comparison: Comparison, runs: list[Run]) -> None:
    held_out = [run.metrics["validation"]["accuracy"] for run in runs]
    assert np.mean(held_out[:2]) > held_out[2]
    assert comparison.choice == "flash"


def test_costs_are_measured(comparison: Comparison, runs: list[Run]) -> None:
    cost = comparison.contenders[0].cost
    assert cost.parameters == runs[0].metrics["parameters"]
    assert cost.latency_ms > 0
    assert cost.images_per_second > 1_000 / cost.latency_ms / 10
    assert cost.size_mb == pytest.approx(runs[0].model.stat().st_size / 1e6, rel=0.01)


def test_scores_are_given_again_without_disputed_images(runs: list[Run], tmp_path: Path) -> None:
    labels = np.load(_data(runs[0]))["test_labels"]
    wrong = np.flatnonzero(_answers(runs[0]) != labels)[:3]
    (tmp_path / "disputed.csv").write_text("index,label\n" + "".join(f"{at},{labels[at]}\n" for at in wrong))
    result = compare([runs[0].directory], without=tmp_path / "disputed.csv")
    official, cleaned = result.splits
    (one,) = result.contenders
    assert cleaned == f"{official} without {len(wrong)}"
    assert one.evaluations[cleaned][0].count == 50 - len(wrong)
    assert one.evaluations[cleaned][0].correct == one.evaluations[official][0].correct


def test_the_share_that_is_done_is_told(runs: list[Run]) -> None:
    shares: list[float] = []
    compare([run.directory for run in runs[:2]], watch=shares.append)
    assert shares == [0.5, 1.0]


def test_models_trained_on_different_data_need_to_be_told_what_to_read(
    runs: list[Run], artifact: Path, digits_npz: Path
) -> None:
    with pytest.raises(ConfigError, match=r"trained on different data .*bars.*Name it with --data"):
        compare([runs[0].directory, artifact])
    assert len(compare([runs[0].directory, artifact], data=digits_npz).contenders) == 2


def test_what_is_not_a_flag_stands_behind_a_comma(runs: list[Run], digits_npz: Path, tmp_path: Path) -> None:
    whole = train("flash", data=digits_npz, out=tmp_path / "whole", epochs=1, batch_size=20, threads=1)
    names = {each.name for each in compare([runs[2].directory, whole.directory]).contenders}
    assert names == {f"{SLOW}, 20 held out", "flash, none held out"}


def test_two_files_of_one_recipe_and_seed_are_told_apart_by_their_paths(
    artifact: Path, metadata: ArtifactMetadata, tmp_path: Path, digits_npz: Path
) -> None:
    other = tmp_path / "other.onnx"
    shutil.copy(artifact, other)
    update_metadata(other, metadata)
    names = {each.name for each in compare([artifact, other], data=digits_npz).contenders}
    assert names == {f"bars ({artifact})", f"bars ({other})"}


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ConfigError, match="name run directories"):
        compare([])


def test_the_same_run_twice_is_refused(runs: list[Run]) -> None:
    with pytest.raises(ConfigError, match="is named twice"):
        compare([runs[0].directory, runs[0].directory])


def test_an_unfinished_run_is_refused_with_the_way_on(runs: list[Run], tmp_path: Path) -> None:
    unfinished = tmp_path / "run"
    shutil.copytree(runs[0].directory, unfinished)
    (unfinished / "metrics.json").unlink()
    with pytest.raises(RunError, match=r"was not finished.*--resume"):
        compare([runs[1].directory, unfinished])


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="nothing"):
        compare([tmp_path / "nothing"])


def test_a_single_model_is_measured_with_nothing_to_choose(runs: list[Run]) -> None:
    result = compare([runs[0].directory])
    assert (result.tests, result.choice, result.disputed) == ((), "", 0)
    assert result.verdict == "There is nothing to compare it with."


def test_a_split_that_the_data_does_not_have_is_refused(runs: list[Run], tmp_path: Path) -> None:
    arrays = np.load(_data(runs[0]))
    np.savez(tmp_path / "training.npz", **{name: arrays[name] for name in ("train_images", "train_labels")})
    with pytest.raises(DataError, match="has no test split"):
        compare([runs[0].directory], data=tmp_path / "training.npz")


def _data(run: Run) -> Path:
    return Path(run.plan.data)


def _answers(run: Run) -> NDArray[np.intp]:
    return Recognizer.load(run.directory).probabilities(np.load(_data(run))["test_images"]).argmax(axis=1)
