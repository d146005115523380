import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.ink.sheet import spread_sheet

SEVEN = np.array([[85, 70], [115, 70], [95, 130]])


def written(*, paper: int = 225, ink: int = 40, thick: int = 5) -> NDArray[np.uint8]:
    """A 7 on 200 x 200 of paper."""
    page = np.full((200, 200), paper, np.uint8)
    return np.asarray(cv2.polylines(page, [SEVEN], False, (float(ink),), thick, cv2.LINE_AA), np.uint8)


def on_a_desk(page: NDArray[np.uint8], *, desk: int = 60, degrees: float = 0) -> NDArray[np.uint8]:
    """The page in the middle of 320 x 320, turned."""
    turn = cv2.getRotationMatrix2D((100, 100), degrees, 1)
    turn[:, 2] += 60
    return np.asarray(cv2.warpAffine(page, turn, (320, 320), borderValue=(float(desk),)), np.uint8)


def boxed(page: NDArray[np.uint8], *, line: int = 30) -> NDArray[np.uint8]:
    """The page with a rectangle drawn upon it."""
    return np.asarray(cv2.rectangle(page.copy(), (30, 30), (170, 170), (float(line),), 2), np.uint8)


@pytest.mark.parametrize("degrees", [0, 4, 15, 40])
@pytest.mark.parametrize("desk", [20, 110, 170])
def test_the_page_goes_on_where_the_desk_was(desk: int, degrees: float) -> None:
    sheet = spread_sheet(on_a_desk(written(), desk=desk, degrees=degrees))
    alone = on_a_desk(written(), desk=225, degrees=degrees)
    assert sheet is not None
    assert np.abs(sheet.astype(int) - alone).max() <= 3


def test_light_ink_on_a_dark_sheet_is_the_same_negated() -> None:
    sheet, negative = spread_sheet(on_a_desk(written())), spread_sheet(255 - on_a_desk(written()))
    assert sheet is not None
    assert negative is not None
    assert np.array_equal(255 - negative, sheet)


def test_a_box_around_the_writing_is_left_out() -> None:
    sheet = spread_sheet(boxed(written()))
    assert sheet is not None
    assert np.abs(sheet.astype(int) - written()).max() <= 3


def test_a_frame_along_the_edge_is_left_out() -> None:
    framed = cv2.copyMakeBorder(written(), 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=(20.0,))
    sheet = spread_sheet(framed)
    assert sheet is not None
    assert np.abs(sheet[3:-3, 3:-3].astype(int) - written()).max() <= 3


def test_of_a_box_on_a_page_on_a_desk_the_page_counts() -> None:
    sheet = spread_sheet(on_a_desk(boxed(written())))
    assert sheet is not None
    assert sheet[30].min() > 200
    assert sheet[90, 95] < 100  # the box is left to `drop_boxes`


def test_a_cell_of_a_table_is_no_sheet() -> None:
    table = np.hstack([cv2.copyMakeBorder(written(), 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(30.0,))] * 3)
    assert spread_sheet(table) is None


def test_a_sheet_in_uneven_light_goes_on_in_its_own_tones() -> None:
    light = np.linspace(0.5, 1, 320)
    sheet = spread_sheet((on_a_desk(written()) * light).astype(np.uint8))
    assert sheet is not None
    assert abs(int(sheet[10, 160]) - int(sheet[80, 160])) <= 3
    assert int(sheet[160, 250]) - int(sheet[160, 70]) > 50


def test_a_gray_sheet_on_a_lighter_desk_is_one() -> None:
    sheet = spread_sheet(cv2.resize(on_a_desk(written(paper=150), desk=240), (640, 640)))
    assert sheet is not None
    assert abs(int(sheet[20, 20]) - 150) <= 3


def test_writing_too_thin_for_a_look_from_afar_is_kept() -> None:
    page = np.full((500, 500), 225, np.uint8)
    cv2.polylines(page, [SEVEN * 2], False, (40.0,), 1)
    scene = cv2.copyMakeBorder(page, 100, 100, 100, 100, cv2.BORDER_CONSTANT, value=(60.0,))
    sheet = spread_sheet(scene)
    assert sheet is not None
    assert np.array_equal(sheet[150:-150, 150:-150], scene[150:-150, 150:-150])
    assert sheet[:80].min() > 200


def test_beside_a_second_sheet_there_is_none() -> None:
    scene = np.full((400, 600), 60, np.uint8)
    scene[80:280, 60:260] = written()
    scene[120:240, 400:520] = written()[40:160, 40:160]
    assert spread_sheet(scene) is None


def test_a_box_beside_other_writing_is_no_sheet() -> None:
    page = np.full((200, 400), 225, np.uint8)
    page[:, :200] = boxed(written())
    page[50:150, 300:306] = 40
    assert spread_sheet(page) is None


def half_in_shadow() -> NDArray[np.uint8]:
    page = written()
    page[:, :100] //= 2
    return page


def spotlit() -> NDArray[np.uint8]:
    """A page whose middle is lit, with no edge to it."""
    y, x = np.mgrid[:200, :200]
    light = np.exp(-(((x - 100) ** 2 + (y - 100) ** 2) / 9000))
    return (written() * (0.35 + 0.65 * light)).astype(np.uint8)


def thick_letter() -> NDArray[np.uint8]:
    page = np.full((200, 200), 225, np.uint8)
    cv2.putText(page, "N", (40, 160), cv2.FONT_HERSHEY_SIMPLEX, 6, 20, 30, cv2.LINE_AA)
    return page


def zero() -> NDArray[np.uint8]:
    page = np.full((200, 200), 225, np.uint8)
    return np.asarray(cv2.rectangle(page, (60, 40), (140, 160), (30.0,), 16), np.uint8)


@pytest.mark.parametrize(
    "page", [written(), written(thick=25), half_in_shadow(), spotlit(), thick_letter(), zero(), np.full((200, 200), 90)]
)
def test_what_is_no_sheet_on_something_else_is_left_alone(page: NDArray[np.uint8]) -> None:
    assert spread_sheet(page.astype(np.uint8)) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (5, 5), (28, 28), (40, 900)])
def test_pictures_of_any_shape_are_looked_at(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert spread_sheet(noise) is None
