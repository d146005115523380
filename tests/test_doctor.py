import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.doctor import Diagnosis, diagnose
from handigits.recognizer import Recognizer
from handigits.report.doctor_strip import doctor_strip


def page(
    *, stroke: int = 24, at: tuple[int, int] = (150, 60), length: int = 280, paper: int = 240
) -> NDArray[np.uint8]:
    """One upright stroke on paper of 300 x 400."""
    gray = np.full((400, 300), paper, np.uint8)
    cv2.line(gray, at, (at[0], at[1] + length), 30, stroke)
    return gray


def kinds(diagnosis: Diagnosis) -> set[str]:
    return {finding.kind for finding in diagnosis.findings}


def test_nothing_is_the_matter_with_a_good_picture() -> None:
    found = diagnose(page())
    assert found.findings == ()
    assert found.size == (300, 400)
    assert found.prediction.digits == "1"


def test_a_picture_that_is_taken_pixel_by_pixel_is_shown_as_it_came() -> None:
    squares = np.kron(np.random.default_rng(0).integers(1, 255, (10, 10), np.uint8), np.ones((2, 2), np.uint8))
    framed = np.pad(squares, 4)
    [stage] = diagnose(framed).stages
    assert np.array_equal(stage.image, framed)


@pytest.mark.parametrize(
    ("kind", "picture"),
    [
        ("inverted", 255 - page()),
        ("low-contrast", np.clip(page().astype(int) // 8 + 200, 0, 255).astype(np.uint8)),
        ("off-centre", page(at=(30, 60), length=280)),
        ("tiny", page(stroke=6, length=50, at=(150, 175))),
        ("thin", page(stroke=2)),
        ("thick", page(stroke=90, length=200, at=(150, 100))),
        ("clipped", page(length=400)),
        ("blank", np.full((60, 60), 200, np.uint8)),
        ("ruled", page(stroke=14, length=200) - np.uint8(90) * (np.arange(400)[:, None] % 60 == 9).astype(np.uint8)),
    ],
)
def test_what_is_the_matter_is_found(kind: str, picture: NDArray[np.uint8]) -> None:
    assert kind in kinds(diagnose(picture))


def test_the_answer_is_the_one_of_predict() -> None:
    recognizer = Recognizer.load()
    assert diagnose(page(), model=recognizer).prediction == recognizer.predict(page())


def test_the_runners_up_are_the_next_likeliest() -> None:
    found = diagnose(page())
    row = sorted(found.prediction.probabilities[0], reverse=True)
    assert [probability for _, probability in found.runners_up] == row[1:4]


def test_json_holds_the_input_as_rows_of_bytes() -> None:
    found = diagnose(page())
    rows = np.array(found.to_json()["input"])
    assert rows.shape == (28, 28)
    assert np.abs(rows / 255 - found.input.image).max() <= 0.5 / 255 + 1e-6


def test_the_strip_shows_every_stage_and_the_input() -> None:
    found = diagnose(page())
    strip = doctor_strip(found)
    assert strip.width == 12 + (len(found.stages) + 1) * (224 + 12)
    last = np.asarray(strip)[12 : 12 + 224, -12 - 224 : -12, 0]
    shown = last.reshape(28, 8, 28, 8)[1:-1, 4, 1:-1, 4]
    assert np.array_equal(shown, np.rint(found.input.image * 255).astype(np.uint8)[1:-1, 1:-1])


def written(text: str) -> NDArray[np.uint8]:
    gray = np.full((200, 60 + 80 * len(text)), 235, np.uint8)
    cv2.putText(gray, text, (40, 150), cv2.FONT_HERSHEY_SIMPLEX, 4, (30.0,), 14, cv2.LINE_AA)
    return gray


def test_each_of_several_digits_is_shown_with_its_answer() -> None:
    found = diagnose(written("325"))
    assert [each.digit for each in found.read] == ["3", "2", "5"]
    assert [each.box for each in found.read] == list(found.prediction.boxes)
    for each, row in zip(found.read, found.prediction.probabilities, strict=True):
        assert each.probability == max(row)
        assert [probability for _, probability in each.runners_up] == sorted(row, reverse=True)[1:4]


def test_each_of_several_digits_has_the_image_that_was_read() -> None:
    recognizer = Recognizer.load()
    found = diagnose(written("325"), model=recognizer)
    answers = recognizer.probabilities(np.stack([each.image for each in found.read]))
    assert np.allclose(answers, found.prediction.probabilities, atol=1e-5)


def test_one_digit_is_read_from_the_whole_and_none_from_a_blank_page() -> None:
    (only,) = diagnose(page()).read
    assert (only.digit, only.image.shape) == ("1", (28, 28))
    assert diagnose(np.full((60, 60), 200, np.uint8)).read == ()


def test_marks_that_are_no_digits_are_told() -> None:
    gray = written("325")
    cv2.circle(gray, (282, 190), 7, (30.0,), -1)
    found = diagnose(gray)
    assert found.prediction.digits == "325"
    assert "left-out" in kinds(found)
    assert "left-out" not in kinds(diagnose(written("325")))


def test_a_picture_that_is_read_through_a_filter_is_shown_so() -> None:
    noisy = np.zeros((28, 28), np.uint8)
    noisy[5:23, 12:16] = 200
    noise = np.random.default_rng(0).normal(0, 90, noisy.shape)
    found = diagnose(np.clip(noisy + noise, 0, 255).astype(np.uint8))
    assert found.prediction.digits == "1"
    assert kinds(found) == {"inverted", "filtered"}
    assert found.image is found.read[0].image
    assert not np.array_equal(found.image, found.input.image)
    assert np.array_equal(found.to_json()["input"], np.rint(255 * found.image))


def test_nothing_is_said_to_be_mended_of_a_digit_that_is_taken_as_it_is() -> None:
    """Thin strokes are widened and light ink is negated, but not where the picture is framed as MNIST's are."""
    digit = np.zeros((28, 28), np.uint8)
    digit[4:24, 14] = 255
    found = diagnose(digit)
    assert np.array_equal(found.input.image, digit / np.float32(255))
    assert found.findings == ()
    assert [stage.name for stage in found.stages] == ["picture"]
    small = np.zeros((28, 28), np.uint8)
    small[10:20, 14] = 255
    assert "inverted" in kinds(diagnose(small))


def test_the_strip_shows_every_digit() -> None:
    found = diagnose(written("325"))
    assert doctor_strip(found).width == 12 + (len(found.stages) + 3) * (224 + 12)


def test_json_tells_of_every_digit() -> None:
    told = diagnose(written("325")).to_json()["read"]
    assert [each["digit"] for each in told] == ["3", "2", "5"]
    assert np.array(told[0]["input"]).shape == (28, 28)


def test_strokes_of_a_row_are_measured_at_the_height_of_its_digits() -> None:
    """At the length of the whole row they would be called thin."""
    row = np.hstack([page(length=200) for _ in range(4)])
    found = diagnose(row)
    assert found.prediction.digits == "1111"
    assert "thin" not in kinds(found)
