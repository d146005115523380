import dataclasses
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from handigits.errors import ConfigError, DataError, MissingFileError, ModelError, PictureError
from handigits.recognizer import BATCH_SIZE, Recognizer

Draw = Callable[[int], NDArray[np.uint8]]


@pytest.fixture
def recognizer(artifact: Path) -> Recognizer:
    return Recognizer.load(artifact)


def test_loads_from_a_run_directory(artifact: Path) -> None:
    assert Recognizer.load(str(artifact.parent)).metadata.recipe == "bars"


def test_directory_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no model\.onnx in it"):
        Recognizer.load(tmp_path)


def test_missing_model_is_named() -> None:
    with pytest.raises(MissingFileError, match=r"nowhere\.onnx"):
        Recognizer.load("nowhere.onnx")


def test_installation_without_its_model_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handigits.recognizer._SHIPPED_MODEL", Path("nowhere.onnx"))
    with pytest.raises(ModelError, match="handigits train"):
        Recognizer.load()


def test_no_torch_is_imported(artifact: Path, tmp_path: Path, bar_image: Draw) -> None:
    Image.fromarray(bar_image(3)).save(tmp_path / "three.png")
    program = (
        "import sys; from handigits.predictions import predict;"
        "print(predict(sys.argv[1], model=sys.argv[2]).predictions[0].digits);"
        "sys.exit('torch' in sys.modules or 'onnx' in sys.modules)"
    )
    command = [sys.executable, "-c", program, tmp_path / "three.png", artifact]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "3\n"


def test_importing_loads_no_runtime() -> None:
    program = "import sys, handigits.predictions; sys.exit('onnxruntime' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("count", [0, 1, BATCH_SIZE, 2 * BATCH_SIZE + 1])
def test_every_image_gets_ten_probabilities(recognizer: Recognizer, count: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    probabilities = recognizer.probabilities(images)
    assert probabilities.shape == (count, 10)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_order_survives_batching(recognizer: Recognizer, bar_image: Draw) -> None:
    labels = np.random.default_rng(0).integers(0, 10, 3 * BATCH_SIZE)
    images = np.stack([bar_image(label) for label in labels])
    assert recognizer.probabilities(images).argmax(axis=1).tolist() == labels.tolist()


def test_bytes_and_floats_answer_alike(recognizer: Recognizer) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    floats = images[:, np.newaxis].astype(np.float32) / 255
    np.testing.assert_array_equal(recognizer.probabilities(images), recognizer.probabilities(floats))


def test_images_are_left_as_they_are(recognizer: Recognizer) -> None:
    images = np.full((2, 28, 28), 200, np.uint8)
    recognizer.probabilities(images)
    assert (images == 200).all()


@pytest.mark.parametrize("shape", [(28, 28), (2, 28, 27), (2, 3, 28, 28), (2, 784), (1, 1, 1, 28, 28)])
def test_other_shapes_are_refused(recognizer: Recognizer, shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match=r"expected uint8 .* of shape"):
        recognizer.probabilities(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.complex64, object])
def test_other_types_are_refused(recognizer: Recognizer, dtype: type) -> None:
    with pytest.raises(DataError, match="expected uint8"):
        recognizer.probabilities(np.zeros((1, 28, 28), dtype))


@pytest.mark.parametrize("value", [255.0, -0.1, np.nan, np.inf])
def test_floats_outside_0_to_1_are_refused(recognizer: Recognizer, value: float) -> None:
    images = np.zeros((BATCH_SIZE + 1, 28, 28), np.float32)
    images[-1, 0, 0] = value
    with pytest.raises(DataError, match="Divide them by 255"):
        recognizer.probabilities(images)


def test_one_picture_gives_one_prediction(recognizer: Recognizer, tmp_path: Path, bar_image: Draw) -> None:
    path = tmp_path / "seven.png"
    Image.fromarray(bar_image(7)).save(path)
    prediction = recognizer.predict(path)
    assert prediction.file == str(path)
    assert prediction.digits == "7"
    assert prediction.boxes == ((0, 0, 28, 28),)
    assert prediction.probability == max(prediction.probabilities[0])
    assert prediction.probabilities[0][7] == prediction.probability
    assert not prediction.abstained
    assert prediction.reason == ""


def test_path_bytes_and_array_answer_alike(recognizer: Recognizer, tmp_path: Path, bar_image: Draw) -> None:
    buffer = io.BytesIO()
    Image.fromarray(bar_image(2)).save(buffer, "PNG")
    (tmp_path / "two.png").write_bytes(buffer.getvalue())
    answers = recognizer.predict([str(tmp_path / "two.png"), buffer.getvalue(), bar_image(2)])
    assert [each.digits for each in answers] == ["2", "2", "2"]
    assert len({each.probabilities for each in answers}) == 1


def test_dark_ink_on_light_paper_answers_alike(recognizer: Recognizer, bar_image: Draw) -> None:
    light, dark = recognizer.predict([bar_image(5), 255 - bar_image(5)])
    assert light == dark


def test_polarity_can_be_given(recognizer: Recognizer, bar_image: Draw) -> None:
    assert recognizer.predict(255 - bar_image(5), polarity="light-on-dark").digits != "5"


def test_box_is_in_pixels_of_the_picture(recognizer: Recognizer, bar_image: Draw) -> None:
    wide = np.pad(np.kron(bar_image(0), np.ones((2, 2), np.uint8)), ((0, 0), (10, 10)))
    ((left, top, width, height),) = recognizer.predict(wide).boxes
    assert left >= 10 and left + width <= 66 and top >= 0 and top + height <= 56


@pytest.mark.parametrize("tone", [0, 90, 255])
def test_blank_picture_is_not_a_digit(recognizer: Recognizer, tone: int) -> None:
    grain = np.random.default_rng(0).integers(-4, 5, (60, 60))
    blank = np.clip(tone + grain, 0, 255).astype(np.uint8)
    prediction = recognizer.predict(blank)
    assert prediction.abstained
    assert "blank" in prediction.reason
    assert prediction.digits == ""
    assert prediction.boxes == ()
    assert prediction.probability is None


def test_json_has_the_promised_fields(recognizer: Recognizer, bar_image: Draw) -> None:
    fields = recognizer.predict(bar_image(0)).to_json()
    assert list(fields) == ["file", "digits", "boxes", "probability", "probabilities", "abstained", "reason"]


def test_empty_list_gives_an_empty_list(recognizer: Recognizer) -> None:
    assert recognizer.predict([]) == []


def test_what_is_no_picture_is_refused(recognizer: Recognizer) -> None:
    with pytest.raises(PictureError):
        recognizer.predict(b"text that calls itself a picture")


def two_bars(bar_image: Draw) -> NDArray[np.uint8]:
    """Two different bars side by side, far apart, on a page that is no MNIST image."""
    return np.pad(np.hstack([bar_image(0), np.zeros((28, 60), np.uint8), bar_image(0)]), 20)


def test_digits_and_boxes_come_in_reading_order(recognizer: Recognizer, bar_image: Draw) -> None:
    prediction = recognizer.predict(two_bars(bar_image))
    assert len(prediction.digits) == len(prediction.boxes) == len(prediction.probabilities) == 2
    assert prediction.boxes[0][0] + prediction.boxes[0][2] < prediction.boxes[1][0]


def test_probability_of_several_digits_is_the_product_of_theirs(recognizer: Recognizer, bar_image: Draw) -> None:
    prediction = recognizer.predict(two_bars(bar_image))
    assert prediction.probability == pytest.approx(np.prod([max(row) for row in prediction.probabilities]))


def test_several_digits_are_refused_where_one_is_expected(recognizer: Recognizer, bar_image: Draw) -> None:
    prediction = recognizer.predict(two_bars(bar_image), expect="one")
    assert prediction.abstained
    assert prediction.reason == "2 digits where one was asked"
    assert len(prediction.probabilities) == 1


# -- leaving unanswered what is not sure enough --


@pytest.fixture
def cautious(recognizer: Recognizer) -> Recognizer:
    """It was asked about 999 held-out digits, and wrong about two of them, although quite sure."""
    recognizer.metadata = dataclasses.replace(recognizer.metadata, held_out=999, mistakes=(0.95, 0.9))
    return recognizer


def test_what_is_not_sure_enough_is_left_unanswered(cautious: Recognizer, bar_image: Draw) -> None:
    unclear = np.maximum(bar_image(3), bar_image(4))
    prediction = cautious.predict(unclear, abstain=0.001)
    assert (prediction.abstained, prediction.digits) == (True, "")
    assert prediction.reason.startswith("not sure enough: ")


def test_what_is_sure_enough_is_answered(cautious: Recognizer, bar_image: Draw) -> None:
    assert cautious.predict(bar_image(3), abstain=0.001).digits == "3"


def test_without_a_rate_all_is_answered(cautious: Recognizer, bar_image: Draw) -> None:
    assert not cautious.predict(np.maximum(bar_image(3), bar_image(4))).abstained


def test_a_model_that_held_no_digits_out_cannot_abstain_at_a_rate(recognizer: Recognizer, bar_image: Draw) -> None:
    with pytest.raises(ModelError, match="--validation 5000"):
        recognizer.predict(bar_image(3), abstain=0.01)


def test_a_rate_is_checked_before_anything_is_read(cautious: Recognizer) -> None:
    with pytest.raises(ConfigError, match=r"vouch for no less than 0\.001"):
        cautious.read([], abstain=0.0001)
