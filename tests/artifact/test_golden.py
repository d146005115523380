import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from handigits.artifact import ArtifactMetadata, check_artifact
from handigits.artifact.golden import GOLDEN_KEY, GOLDEN_TOLERANCE, Golden, choose_golden
from handigits.artifact.onnx_file import content_digest
from handigits.artifact.reading import DIGEST_KEY, read_golden
from handigits.artifact.sealing import update_metadata
from handigits.errors import ModelError
from handigits.recognizer import Recognizer, shipped_model


@pytest.fixture
def golden() -> Golden:
    generator = np.random.default_rng(0)
    answers = generator.dirichlet(np.ones(10), 10).astype(np.float32)
    return Golden(generator.integers(0, 256, (10, 28, 28), np.uint8), answers)


def set_entry(path: Path, key: str, value: str) -> None:
    model = onnx.load(path)
    entries = {entry.key: entry.value for entry in model.metadata_props}
    helper.set_model_props(model, entries | {key: value})
    onnx.save(model, path)


def test_written_model_carries_one_picture_of_each_digit(artifact: Path) -> None:
    golden = read_golden(artifact.read_bytes())
    assert golden is not None
    assert golden.probabilities.argmax(axis=1).tolist() == list(range(10))


def test_they_survive_json(golden: Golden) -> None:
    again = Golden.from_json(golden.to_json())
    assert np.array_equal(again.images, golden.images)
    assert np.allclose(again.probabilities, golden.probabilities, rtol=1e-5, atol=0)
    assert again.tolerance == golden.tolerance


def test_tensor_is_the_picture_from_0_to_1(golden: Golden) -> None:
    assert golden.tensors.shape == (10, 1, 28, 28)
    assert golden.tensors.dtype == np.float32
    assert np.array_equal((golden.tensors[:, 0] * 255).round(), golden.images)


def test_the_most_doubtful_of_each_digit_is_taken_then_the_next() -> None:
    images = np.arange(12, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
    sureness = np.array([0.9, 0.8, 0.99, 0.7, 0.95, 0.6, 0.97, 0.98, 0.91, 0.92, 0.93, 0.999], np.float32)
    answers = np.eye(10, dtype=np.float32)[[3, 3, 3, 5, 5, 5, 3, 5, 3, 5, 3, 7]] * sureness[:, None]
    chosen = choose_golden(images, answers).images[:, 0, 0].tolist()
    assert chosen == [1, 5, 11, 3, 0, 8, 9, 10, 4, 6]


def test_fewer_than_ten_pictures_are_all_taken(golden: Golden) -> None:
    assert len(choose_golden(golden.images[:4], golden.probabilities[:4]).images) == 4


def test_a_difference_within_the_tolerance_passes(golden: Golden) -> None:
    golden.check(golden.probabilities + np.float32(GOLDEN_TOLERANCE / 2))


@pytest.mark.parametrize("change", [2 * GOLDEN_TOLERANCE, -2 * GOLDEN_TOLERANCE, np.nan])
def test_one_other_probability_is_refused(golden: Golden, change: float) -> None:
    answers = golden.probabilities.copy()
    answers[9, 9] += change
    with pytest.raises(ModelError, match="golden examples otherwise"):
        golden.check(answers)


def test_model_that_answers_otherwise_here_is_refused(artifact: Path) -> None:
    """As a runtime would that is broken: the digest fits, the graph is sound, but the answers are others."""
    model = onnx.load(artifact)
    weights = numpy_helper.to_array(model.graph.initializer[0])
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights * 0.5, model.graph.initializer[0].name))
    onnx.save(model, artifact)
    set_entry(artifact, DIGEST_KEY, content_digest(artifact.read_bytes()))
    with pytest.raises(ModelError, match=r"model\.onnx: here it answers its golden examples otherwise"):
        Recognizer.load(artifact)


def test_new_metadata_keeps_them(artifact: Path, metadata: ArtifactMetadata) -> None:
    before = read_golden(artifact.read_bytes())
    update_metadata(artifact, metadata)
    after = read_golden(artifact.read_bytes())
    assert before is not None
    assert after is not None
    assert before.to_json() == after.to_json()


def test_model_of_before_there_were_any_is_read(artifact: Path, metadata: ArtifactMetadata) -> None:
    model = onnx.load(artifact)
    kept = [entry for entry in model.metadata_props if entry.key != GOLDEN_KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    onnx.save(model, artifact)
    assert check_artifact(artifact) == metadata


def _pictures(count: int) -> str:
    return base64.b64encode(zlib.compress(bytes(784 * count))).decode()


Damage = Callable[[dict[str, object]], object]


@pytest.mark.parametrize(
    "damage",
    [
        lambda values: [],
        lambda values: {},
        lambda values: values | {"images": "!"},
        lambda values: values | {"images": 7},
        lambda values: values | {"images": base64.b64encode(b"hello").decode()},
        lambda values: values | {"images": _pictures(9)},
        lambda values: values | {"images": _pictures(0), "probabilities": []},
        lambda values: values | {"images": _pictures(100_000)},  # a bomb of 78 MB
        lambda values: values | {"images": base64.b64encode(zlib.compress(bytes(785))).decode()},
        lambda values: values | {"probabilities": "x"},
        lambda values: values | {"probabilities": [[1.0]]},
        lambda values: values | {"tolerance": 1.0},
        lambda values: values | {"tolerance": None},
        lambda values: values | {"tolerance": float("nan")},
    ],
)
def test_damaged_examples_are_refused(artifact: Path, golden: Golden, damage: Damage) -> None:
    set_entry(artifact, GOLDEN_KEY, json.dumps(damage(json.loads(golden.to_json()))))
    with pytest.raises(ModelError, match="golden examples"):
        check_artifact(artifact)


def test_text_that_is_not_json_is_refused(artifact: Path) -> None:
    set_entry(artifact, GOLDEN_KEY, "{")
    with pytest.raises(ModelError, match="golden examples are damaged"):
        check_artifact(artifact)


def test_the_model_that_ships_carries_ten() -> None:
    golden = read_golden(shipped_model().read_bytes())
    assert golden is not None
    assert sorted(golden.probabilities.argmax(axis=1).tolist()) == list(range(10))
