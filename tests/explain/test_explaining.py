import builtins
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handigits.data import Split
from handigits.errors import ConfigError, MissingExtraError, MissingFileError
from handigits.explain import explain
from handigits.recognizer import Recognizer
from handigits.run import Run


def test_a_run_is_explained_from_inside_and_outside(run: Run, digits: Split) -> None:
    result = explain(digits.images[0], model=run.directory)
    assert result.inside is not None
    assert result.digit == result.answer == result.occlusion.digit == result.inside.saliency.digit
    assert result.notice == ""


def test_a_models_file_is_explained_from_outside_and_that_is_said(run: Run, digits: Split) -> None:
    result = explain(digits.images[0], model=run.model)
    assert result.inside is None
    assert "weights in a run directory" in result.notice


def test_what_is_explained_is_the_image_that_was_read() -> None:
    one = np.zeros((28, 28), np.uint8)
    one[5:23, 12:16] = 200
    noisy = np.clip(one + np.random.default_rng(0).normal(0, 90, one.shape), 0, 255).astype(np.uint8)
    result = explain(noisy)
    assert result.answer == 1
    assert result.probabilities.tolist() == pytest.approx(Recognizer.load().predict(noisy).probabilities[0], abs=1e-6)


def test_another_digit_than_the_answer_can_be_asked_about(run: Run, digits: Split) -> None:
    answer = explain(digits.images[0], model=run.model)
    other = (answer.answer + 1) % 10
    result = explain(digits.images[0], model=run.model, digit=other)
    assert (result.answer, result.digit, result.occlusion.digit) == (answer.answer, other, other)
    assert result.occlusion.evidence < answer.occlusion.evidence


@pytest.mark.parametrize("digit", [-1, 10])
def test_what_is_no_digit_is_refused(run: Run, digits: Split, digit: int) -> None:
    with pytest.raises(ConfigError, match=f"digit is {digit}; expected 0 to 9"):
        explain(digits.images[0], model=run.model, digit=digit)


def test_a_picture_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="nothing"):
        explain(tmp_path / "nothing.png", model=run.model)


@pytest.mark.parametrize("package", ["torch", "captum.attr"])
def test_what_is_not_installed_is_an_error_that_says_what_to_install(
    run: Run, digits: Split, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    if package == "torch":
        for name in [name for name in sys.modules if name.startswith("handigits.explain.")]:
            monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name == package:
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'handigits\[train,explain\]'"):
        explain(digits.images[0], model=run.directory)


def test_everything_is_json(run: Run, digits: Split) -> None:
    stored = json.loads(json.dumps(explain(digits.images[0], model=run.directory).to_json()))
    assert np.shape(stored["occlusion"]) == np.shape(stored["saliency"]) == (28, 28)
    assert len(stored["neighbours"]) == 8
    assert sum(stored["probabilities"]) == pytest.approx(1, abs=1e-4)
