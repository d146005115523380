import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from handigits.data.kaggle_csv import write_kaggle_csv
from handigits.errors import MissingFileError
from handigits.predictions import Failure, Notice, iter_predictions, predict
from handigits.recognizer import BATCH_SIZE, Prediction, Recognizer

Draw = Callable[[int], NDArray[np.uint8]]


@pytest.fixture
def recognizer(artifact: Path) -> Recognizer:
    return Recognizer.load(artifact)


@pytest.fixture
def folder(tmp_path: Path, bar_image: Draw) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for digit in range(10):
        Image.fromarray(bar_image(digit)).save(folder / f"{digit}.png")
    return folder


def test_model_may_be_named(artifact: Path, folder: Path) -> None:
    assert "".join(each.digits for each in predict(folder, model=artifact).predictions) == "0123456789"


def test_missing_model_is_no_mere_failure(folder: Path) -> None:
    with pytest.raises(MissingFileError):
        predict(folder, model="nowhere.onnx")


def test_bad_files_leave_the_rest_done(recognizer: Recognizer, folder: Path) -> None:
    (folder / "4.png").write_bytes(b"text")
    (folder / "6.png").write_bytes((folder / "6.png").read_bytes()[:60])
    result = predict([folder, "missing.png"], model=recognizer)
    assert "".join(each.digits for each in result.predictions) == "01235789"
    assert [Path(each.file).name for each in result.failures] == ["4.png", "6.png", "missing.png"]


def test_reason_does_not_repeat_the_name(recognizer: Recognizer, folder: Path) -> None:
    (folder / "4.png").write_bytes(b"text")
    (failure,) = predict(folder / "4.png", model=recognizer).failures
    assert str(failure).count("4.png") == 1


def test_notes_about_a_picture_are_passed_on(recognizer: Recognizer, tmp_path: Path, bar_image: Draw) -> None:
    frames = [Image.fromarray(bar_image(digit)) for digit in (8, 1)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    result = predict(tmp_path / "moving.gif", model=recognizer)
    assert [each.digits for each in result.predictions] == ["8"]
    (notice,) = result.notices
    assert "first frame" in notice.text


@pytest.mark.parametrize("labelled", [True, False])
def test_rows_of_a_table_are_counted_from_one(
    recognizer: Recognizer, tmp_path: Path, bar_image: Draw, labelled: bool
) -> None:
    digits = np.arange(2 * BATCH_SIZE + 3) % 10
    path = tmp_path / "test.csv"
    write_kaggle_csv(path, np.stack([bar_image(digit) for digit in digits]), digits if labelled else None)
    result = predict(path, model=recognizer)
    assert [int(each.digits) for each in result.predictions] == digits.tolist()
    assert [each.file for each in result.predictions[:2]] == [f"{path}#1", f"{path}#2"]
    assert result.predictions[-1].file == f"{path}#{len(digits)}"


def test_damaged_table_fails_by_its_line(recognizer: Recognizer, tmp_path: Path, bar_image: Draw) -> None:
    path = tmp_path / "test.csv"
    write_kaggle_csv(path, bar_image(1)[None], None)
    path.write_text(path.read_text() + "1,2,3\n")
    (failure,) = predict(path, model=recognizer).failures
    assert failure.file == str(path)
    assert "line 3" in failure.reason


def test_pictures_and_tables_may_be_mixed(
    recognizer: Recognizer, folder: Path, tmp_path: Path, bar_image: Draw
) -> None:
    path = tmp_path / "test.csv"
    write_kaggle_csv(path, bar_image(6)[None], None)
    result = predict([str(folder / "1.png"), path, bar_image(2)], model=recognizer)
    assert [each.digits for each in result.predictions] == ["1", "6", "2"]


def test_every_kind_of_outcome_is_streamed(recognizer: Recognizer, folder: Path) -> None:
    (folder / "link").symlink_to(folder, target_is_directory=True)
    outcomes = list(iter_predictions([folder, "missing.png"], recognizer))
    assert {type(each) for each in outcomes} == {Prediction, Failure, Notice}


def test_memory_does_not_grow_with_the_pictures(recognizer: Recognizer, bar_image: Draw) -> None:
    picture = bar_image(3)

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in iter_predictions([picture] * count, recognizer):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(BATCH_SIZE)
    assert peak(8 * BATCH_SIZE) < 1.5 * peak(2 * BATCH_SIZE)


def test_nothing_asked_nothing_answered(recognizer: Recognizer) -> None:
    result = predict([], model=recognizer)
    assert (result.predictions, result.failures, result.notices) == ((), (), ())
