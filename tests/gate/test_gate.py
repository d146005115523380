from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data.embedded import load_mnist_5k
from handigits.errors import MissingFileError, ModelError
from handigits.gate import Gate
from handigits.ink import to_input
from handigits.recognizer import Recognizer


def page(text: str) -> NDArray[np.uint8]:
    paper = np.full((200, 60 + 70 * len(text)), 235, np.uint8)
    cv2.putText(paper, text, (40, 150), cv2.FONT_HERSHEY_SIMPLEX, 4, 30, 14, cv2.LINE_AA)
    return paper


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate.load()


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


def test_hardly_any_digit_is_refused(gate: Gate) -> None:
    test = load_mnist_5k().test
    assert test is not None
    refused = gate.novelty(test.images.astype(np.float32) / np.float32(255)) >= gate.facts.threshold
    assert refused.mean() <= 0.01


@pytest.mark.parametrize("letter", "AEFHKMNRTWX")
def test_a_letter_is_not_a_digit(letter: str, recognizer: Recognizer) -> None:
    prediction = recognizer.predict(page(letter))
    assert prediction.abstained
    assert "not a digit" in prediction.reason


@pytest.mark.parametrize("digit", "0123456789")
def test_a_digit_is_one(digit: str, recognizer: Recognizer) -> None:
    assert recognizer.predict(page(digit)).digits == digit


def test_noise_is_not_a_digit(recognizer: Recognizer) -> None:
    generator = np.random.default_rng(0)
    for size in (28, 100, 300):
        noise = generator.integers(0, 256, (size, size)).astype(np.uint8)
        assert recognizer.predict(noise).abstained


@pytest.mark.parametrize("shape", [(600, 60), (60, 600), (480, 100), (300, 40)])
@pytest.mark.parametrize("coarse", [0.0, 1.0, 3.0])
def test_noise_on_a_strip_is_not_a_digit(shape: tuple[int, int], coarse: float, recognizer: Recognizer) -> None:
    for seed, deviation in enumerate((8, 20, 45)):
        noise = np.random.default_rng(seed).normal(0, 1, shape)
        if coarse:
            noise = cv2.GaussianBlur(noise, (0, 0), coarse)
        pixels = np.clip(130 + deviation * noise / noise.std(), 0, 255).astype(np.uint8)
        assert recognizer.predict(pixels).abstained


def test_rows_of_a_table_are_digits_by_definition(recognizer: Recognizer) -> None:
    from handigits.recognizer import ModelInput

    (prediction,) = recognizer.read([ModelInput(name="row", image=to_input(page("M")), is_digit=True)])
    assert not prediction.abstained


def test_a_model_of_other_data_answers_whatever_it_is_shown(artifact: Path) -> None:
    assert not Recognizer.load(artifact).predict(page("M")).abstained


def test_novelty_lies_between_0_and_1(gate: Gate) -> None:
    novelty = gate.novelty(np.random.default_rng(0).random((70, 28, 28)).astype(np.float32))
    assert novelty.shape == (70,)
    assert 0 <= novelty.min() <= novelty.max() <= 1


def test_no_images_have_no_novelty(gate: Gate) -> None:
    assert gate.novelty(np.empty((0, 28, 28), np.float32)).shape == (0,)


def test_what_is_no_gate_is_refused(artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a gate"):
        Gate.load(artifact)
    with pytest.raises(MissingFileError):
        Gate.load(tmp_path / "gone.onnx")


def test_an_installation_without_a_gate_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handigits.gate.judging.SHIPPED_GATE", tmp_path / "gate.onnx")
    with pytest.raises(ModelError, match=r"no gate.*Reinstall handigits"):
        Recognizer.load()
