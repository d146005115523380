import json

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.errors import DataError
from handigits.evaluation import ambiguous, behind_cells, correct, mistakes

LABELS = np.array([4, 9, 7, 1, 0])


@pytest.fixture
def images() -> NDArray[np.uint8]:
    """Five pictures, each filled with its own index."""
    return np.arange(5, dtype=np.uint8).repeat(28 * 28).reshape(5, 28, 28)


@pytest.fixture
def probabilities() -> NDArray[np.float32]:
    """Digit 0 misread in doubt, 1 right, 2 misread with confidence, 3 right in doubt, 4 right."""
    table = np.zeros((5, 10), np.float32)
    table[0, [9, 4]] = 0.6, 0.4
    table[1, [9, 4]] = 0.9, 0.1
    table[2, [1, 7]] = 0.99, 0.01
    table[3, [1, 7]] = 0.51, 0.49
    table[4, 0] = 1.0
    return table


def test_mistakes_come_highest_loss_first(probabilities: NDArray[np.float32], images: NDArray[np.uint8]) -> None:
    gallery = mistakes(probabilities, LABELS, images)
    assert [row.index for row in gallery.rows] == [2, 0]
    assert not any(row.is_correct for row in gallery.rows)


def test_a_row_says_what_was_read_and_what_came_second(
    probabilities: NDArray[np.float32], images: NDArray[np.uint8]
) -> None:
    row = mistakes(probabilities, LABELS, images).rows[1]
    assert (row.label, row.predicted, row.runner_up) == (4, 9, 4)
    assert (row.confidence, row.runner_up_confidence, row.label_confidence) == pytest.approx((0.6, 0.4, 0.4))


def test_pictures_stand_in_the_order_of_their_rows(
    probabilities: NDArray[np.float32], images: NDArray[np.uint8]
) -> None:
    for gallery in (
        mistakes(probabilities, LABELS, images),
        ambiguous(probabilities, LABELS, images),
        correct(probabilities, LABELS, images, seed=3),
    ):
        assert gallery.images[:, 0, 0].tolist() == [row.index for row in gallery.rows]


def test_ambiguous_digits_come_smallest_margin_first(
    probabilities: NDArray[np.float32], images: NDArray[np.uint8]
) -> None:
    assert [row.index for row in ambiguous(probabilities, LABELS, images).rows] == [3, 0, 1, 2, 4]


def test_correct_digits_are_drawn_by_seed_alone(probabilities: NDArray[np.float32], images: NDArray[np.uint8]) -> None:
    first, again = (correct(probabilities, LABELS, images, seed=7) for _ in range(2))
    assert first.rows == again.rows
    orders = {tuple(row.index for row in correct(probabilities, LABELS, images, seed=s).rows) for s in range(20)}
    assert len(orders) > 1
    assert all(set(order) == {1, 3, 4} for order in orders)


def test_limit_cuts_what_is_shown_and_not_what_is_counted(
    probabilities: NDArray[np.float32], images: NDArray[np.uint8]
) -> None:
    gallery = mistakes(probabilities, LABELS, images, limit=1)
    assert (len(gallery.rows), len(gallery.images), gallery.total) == (1, 1, 2)


def test_a_perfect_model_has_an_empty_gallery_of_mistakes(images: NDArray[np.uint8]) -> None:
    gallery = mistakes(np.eye(10, dtype=np.float32)[LABELS], LABELS, images)
    assert (gallery.rows, gallery.images.shape, gallery.total) == ((), (0, 28, 28), 0)


def test_json_names_every_digit_shown(probabilities: NDArray[np.float32], images: NDArray[np.uint8]) -> None:
    content = json.loads(json.dumps(mistakes(probabilities, LABELS, images).to_json()))
    assert [row["index"] for row in content["rows"]] == [2, 0]
    assert content["total"] == 2


def test_pictures_of_another_number_are_refused(probabilities: NDArray[np.float32], images: NDArray[np.uint8]) -> None:
    with pytest.raises(DataError, match=r"expected uint8 \(5, 28, 28\)"):
        mistakes(probabilities, LABELS, images[:4])


def test_every_kind_of_mistake_gives_its_worst_before_any_gives_two() -> None:
    labels = np.array([4, 4, 4, 7, 0, 0])
    table = np.zeros((6, 10), np.float32)
    table[[0, 1, 2], 9] = 0.9, 0.8, 0.7  # three 4s read as 9, which must not crowd out the 7
    table[[0, 1, 2], 4] = 0.1, 0.2, 0.3
    table[3, [1, 7]] = 0.6, 0.4
    table[4, 0], table[5, [0, 6]] = 1.0, (0.6, 0.4)
    gallery = behind_cells(table, labels, np.zeros((6, 28, 28), np.uint8), wrong=2, right=1)
    assert [row.index for row in gallery.rows] == [0, 3, 5]
    assert gallery.total == 4
