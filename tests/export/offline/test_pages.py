"""Rows, paper, tables and sheets: the offline page reads them as Python does."""

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.recognizer import Prediction, Recognizer, prepare

from .conftest import Opened
from .hands import expect_same, read_in_page


def test_a_row_of_digits_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    row = 255 - np.pad(np.kron(np.hstack([*test_images[:4]]), np.ones((4, 4), np.uint8)), (0, 1))
    found = read_in_page(opened(pad), row)
    assert len(found["digits"]) == 4
    expect_same(found, shipped.predict(row))


def test_rows_that_touch_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    random = np.random.default_rng(0)
    page = opened(pad)
    for start in range(100, 220, 6):
        row = np.zeros((90, 420), np.uint8)
        x = 10
        for image in test_images[start : start + random.integers(2, 6)]:
            high = int(random.integers(50, 70))
            top = int(random.integers(0, 90 - high))
            part = row[top : top + high, x : x + high]
            np.maximum(part, cv2.resize(image, (high, high)), out=part)
            x += int(high * random.uniform(0.6, 1.0))
        found = page.evaluate(
            """([encoded, width, height]) => {
                const pixels = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
                const { digits, reason, boxes, probabilities } = handigits.read({ width, height, pixels });
                return { digits, reason, boxes, probabilities: probabilities.map((each) => [...each]) };
            }""",
            [base64.b64encode((255 - row).tobytes()).decode(), 420, 90],
        )
        expect_same(found, shipped.predict(255 - row))


def is_plainly(digit: str, answer: Prediction) -> bool:
    return answer.digits == digit and answer.probability is not None and answer.probability > 0.998


@pytest.mark.parametrize("turns", [1, 3])
def test_a_page_on_its_side_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8], turns: int
) -> None:
    upright = np.hstack(
        [next(image for image in test_images if is_plainly(digit, shipped.predict(image))) for digit in "23457"]
    )
    page = 255 - np.pad(np.kron(np.pad(np.rot90(upright, turns), 6), np.ones((4, 4), np.uint8)), (0, 1))
    found = read_in_page(opened(pad), page)
    assert found["digits"] == "23457"
    expect_same(found, shipped.predict(page))


def test_a_digit_over_paler_lines_is_read(pad: Path, opened: Opened, shipped: Recognizer) -> None:
    page = np.full((196, 196), 205, np.uint8)
    for height in (40, 80, 120, 160):
        cv2.line(page, (10, height), (190, height + 8), 120, 11)
    cv2.ellipse(page, (95, 70), (32, 30), 0, -150, 90, 25, 12)
    cv2.ellipse(page, (92, 132), (38, 34), 0, -90, 145, 25, 12)
    [reading] = shipped.read([prepare(page)])
    assert reading.given.notes == ("written in two inks: the fainter one left out",)
    found = read_in_page(opened(pad), page)
    assert found["digits"] == "3"
    expect_same(found, reading.prediction)


@pytest.mark.parametrize(("gap", "digit"), [(6, "7"), (20, "1")], ids=["a broken stroke", "a blot"])
def test_a_faint_bar_is_a_part_of_the_7_that_it_nearly_touches(
    pad: Path, opened: Opened, shipped: Recognizer, gap: int, digit: str
) -> None:
    page = np.zeros((280, 280), np.uint8)
    cv2.line(page, (170, 60), (130, 230), 255, 18, cv2.LINE_AA)
    page[52:70, 103 - gap : 161 - gap] = 120
    found, expected = read_in_page(opened(pad), page), shipped.predict(page)
    assert found["digits"] == expected.digits == digit
    expect_same(found, expected)


def test_a_dashed_digit_is_one_digit(pad: Path, opened: Opened, shipped: Recognizer) -> None:
    page = np.full((280, 280), 255, np.uint8)
    for start in range(60, 230, 28):
        cv2.line(page, (140, start), (138, start + 16), 30, 9, cv2.LINE_AA)
    found, expected = read_in_page(opened(pad), page), shipped.predict(page)
    assert found["digits"] == expected.digits == "1"
    expect_same(found, expected)


def test_a_row_above_a_caption_and_under_a_shadow_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    sevens = [image for image in test_images[:100] if is_plainly("7", shipped.predict(image))][:2]
    ink = np.zeros((300, 300), np.uint8)
    ink[60:144, 60:228] = cv2.resize(np.hstack(sevens), (168, 84), interpolation=cv2.INTER_CUBIC)
    cv2.putText(ink, "my 7s", (60, 270), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1, cv2.LINE_AA)
    light = np.zeros((300, 300), np.uint8)
    cv2.line(light, (200, 100), (290, 330), 255, 34)
    page = 225 * (1 - 0.5 * cv2.GaussianBlur(light, (0, 0), 3) / 255) * (1 - 0.8 * ink / 255)
    found, expected = read_in_page(opened(pad), page.astype(np.uint8)), shipped.predict(page.astype(np.uint8))
    assert found["digits"] == expected.digits == "77"
    expect_same(found, expected)


def test_red_on_a_green_of_the_same_brightness_is_read(pad: Path, opened: Opened, shipped: Recognizer) -> None:
    page = np.full((300, 251, 3), (60, 132, 60), np.uint8)
    cv2.polylines(page, [np.array([[70, 70], [170, 70], [120, 230]], np.int32)], False, (60, 60, 220), 14)
    found, expected = read_in_page(opened(pad), page), shipped.predict(page[..., ::-1])
    assert found["digits"] == expected.digits == "7"
    expect_same(found, expected)


def test_nested_zigzags_are_read_as_python_reads_them(pad: Path, opened: Opened, shipped: Recognizer) -> None:
    page = np.full((300, 700), 235, np.uint8)
    for number in range(16):
        points = [(8 + x + 2 * number, 10 + 12 * number + 90 * (x // 60 % 2)) for x in range(0, 640, 60)]
        cv2.polylines(page, [np.array(points, np.int32)], False, 30, 2)
    expect_same(read_in_page(opened(pad), page), shipped.predict(page))


def test_ruled_and_shaded_paper_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    light = np.linspace(120, 230, 300)
    page = np.tile(light, (280, 1)) * (1 - 0.7 * cv2.resize(test_images[0], (300, 280)) / 255)
    page[40::60] *= 0.7
    gray = page.astype(np.uint8)
    expect_same(read_in_page(opened(pad), gray), shipped.predict(gray))


def test_grainy_paper_is_blank_and_faint_pencil_on_it_is_read(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    paper = 200 + np.random.default_rng(0).normal(0, 5, (280, 300))
    page = opened(pad)
    for gray in (paper, paper - 50 * (cv2.resize(test_images[0], (300, 280)) / 255.0)):
        pixels = np.clip(gray, 0, 255).astype(np.uint8)
        expected = shipped.predict(pixels)
        assert expected.abstained == (gray is paper)
        expect_same(read_in_page(page, pixels), expected)


def test_digits_on_sheets_in_boxes_and_circles_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    page, answered = opened(pad), 0
    for number, desk in enumerate((20, 60, 140, 255)):
        paper = np.full((150, 150), 230.0)
        paper[25:125, 25:125] -= 180 * (cv2.resize(test_images[100 * number], (100, 100)) / 255.0)
        turn = cv2.getRotationMatrix2D((75, 75), 5 * number, 1)
        turn[:, 2] += 60
        scene = cv2.warpAffine(paper, turn, (270, 280), borderValue=(float(desk),))
        if desk == 255:
            scene = cv2.copyMakeBorder(paper, 9, 9, 9, 9, cv2.BORDER_CONSTANT, value=(230.0,))
            cv2.rectangle(scene, (4, 4), (162, 162), (30.0,), 2)
        scene *= np.linspace(0.6, 1, scene.shape[1])
        if desk == 140:
            scene = cv2.ellipse(
                cv2.copyMakeBorder(paper, *[30] * 4, cv2.BORDER_REPLICATE), (105, 105), (90, 95), 0, 0, 360, 20, 3
            )
        for gray in (scene.astype(np.uint8), 255 - scene.astype(np.uint8)):
            expected = shipped.predict(gray)
            answered += not expected.abstained
            expect_same(read_in_page(page, gray), expected)
    assert answered >= 6  # of eight


def test_a_ring_around_an_answer_and_a_wavy_box_are_left_out(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    sevens = [image for image in test_images[:100] if is_plainly("7", shipped.predict(image))]
    turns, browser_page = np.linspace(0, 2 * np.pi, 120, endpoint=False), opened(pad)
    for count, power in ((1, 1.0), (2, 1.0), (1, 0.2)):  # the lower, the more a box
        page = np.full((260, 360), 235, np.uint8)
        row = cv2.resize(np.hstack(sevens[:count]), (100 * count, 100), interpolation=cv2.INTER_CUBIC)
        page[80:180, 180 - 50 * count : 180 + 50 * count] -= (row * 0.8).astype(np.uint8)
        across, down = (np.sign(wave) * np.abs(wave) ** power for wave in (np.cos(turns), np.sin(turns)))
        reach = 1 + 0.01 * np.sin(5 * turns)
        ring = np.stack([180 + (20 + 50 * count) * reach * across, 130 + 80 * reach * down], 1)
        cv2.polylines(page, [np.rint(ring).astype(np.int32)], True, 40, 4, cv2.LINE_AA)
        found, expected = read_in_page(browser_page, page), shipped.predict(page)
        assert found["digits"] == expected.digits == "7" * count
        expect_same(found, expected)


def test_rows_in_tables_are_read_as_python_reads_them(
    pad: Path, opened: Opened, shipped: Recognizer, test_images: NDArray[np.uint8]
) -> None:
    page = opened(pad)
    for margin in (0, 30):
        cells = []
        for image in test_images[::250]:
            cell = np.full((110, 90), 230.0)
            cell[15:95, 5:85] -= 180 * (cv2.resize(image, (80, 80)) / 255.0)
            cells.append(cv2.copyMakeBorder(cell, 3, 3, 3, 0, cv2.BORDER_CONSTANT, value=(40.0,)))
        row = cv2.copyMakeBorder(np.hstack(cells), 0, 0, 0, 3, cv2.BORDER_CONSTANT, value=(40.0,))
        table = cv2.copyMakeBorder(row, *[margin] * 4, cv2.BORDER_CONSTANT, value=(230.0,)).astype(np.uint8)
        expected = shipped.predict(table)
        assert len(expected.digits) == 4
        expect_same(read_in_page(page, table), expected)
