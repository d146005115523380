import dataclasses
from pathlib import Path

import matplotlib
import numpy as np
import onnx
import pytest

from handigits.config import AugmentConfig
from handigits.data.embedded import load_mnist_5k
from handigits.data.split import hold_out
from handigits.gate import SHIPPED_GATE, Gate
from handigits.gate.training import GATE, gate_images, set_threshold, train_gate, write_gate

SMALL = dataclasses.replace(GATE, epochs=2, architecture="cropped-22", augment=AugmentConfig(), threads=1)


def test_digits_are_0_and_everything_else_is_1() -> None:
    digits = load_mnist_5k().train.subset(np.arange(100))
    images = gate_images(digits, seed=0)
    assert images.labels.tolist() == [0] * 185 + [1] * 120
    assert np.array_equal(images.images[:100], digits.images)


def test_hands_add_digits_as_well_as_letters() -> None:
    """Else a gate would learn to tell typefaces from pens, and refuse their digits."""
    digits = load_mnist_5k().train.subset(np.arange(100))
    hand = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    without, images = gate_images(digits, seed=0), gate_images(digits, seed=0, hands=[hand])
    assert images.labels.tolist() == [0] * 245 + [1] * 180
    assert np.array_equal(images.images[:185], without.images[:185])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    digits, held_out = hold_out(load_mnist_5k().train.subset(np.arange(0, 4_000, 2)), 500, seed=0)
    fitted = train_gate(digits, SMALL, seed=1)
    path = tmp_path_factory.mktemp("gate") / "gate.onnx"
    write_gate(fitted.model, path, set_threshold(fitted.model, held_out, refused=0.02, seed=1))
    return path


def test_a_gate_learns_within_seconds(trained: Path) -> None:
    gate = Gate.load(trained)
    digits = load_mnist_5k().test
    assert digits is not None
    noise = np.random.default_rng(0).random((100, 28, 28)).astype(np.float32)
    assert (gate.novelty(digits.images.astype(np.float32) / np.float32(255)) >= gate.facts.threshold).mean() < 0.1
    assert (gate.novelty(noise) >= gate.facts.threshold).mean() > 0.9


def test_its_file_says_how_its_threshold_was_set(trained: Path) -> None:
    facts = Gate.load(trained).facts
    assert 0 < facts.threshold < 1
    assert (facts.refused, facts.seed) == (0.02, 1)


@pytest.mark.parametrize("gate", ["trained", "shipped"])
def test_half_precision_holds_its_weights_exactly(trained: Path, gate: str) -> None:
    path = trained if gate == "trained" else SHIPPED_GATE
    entries = [onnx.numpy_helper.to_array(entry) for entry in onnx.load(path).graph.initializer]
    weights = [entry for entry in entries if entry.dtype == np.float32 and entry.size > 1]
    assert len(weights) >= 6
    assert all(np.array_equal(entry, entry.astype(np.float16)) for entry in weights)
