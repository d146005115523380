import numpy as np
import pytest

from handigits.data.split import Split, draw_indices, hold_out
from handigits.errors import DataError


def numbered(count: int) -> Split:
    """A split whose images carry their own number in their first two pixels."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(count) // 256, np.arange(count) % 256
    return Split(images, np.random.default_rng(0).integers(0, 10, count), "numbered")


def numbers(split: Split) -> list[int]:
    return (split.images[:, 0, 0].astype(int) * 256 + split.images[:, 0, 1]).tolist()


def test_rest_and_held_out_are_all_images_once() -> None:
    rest, held = hold_out(numbered(1000), 137, seed=3)
    assert len(held) == 137
    assert sorted(numbers(rest) + numbers(held)) == list(range(1000))


def test_labels_stay_with_their_images() -> None:
    split = numbered(1000)
    for part in hold_out(split, 100, seed=3):
        assert part.labels.tolist() == split.labels[numbers(part)].tolist()


def test_every_digit_gives_its_share() -> None:
    split = numbered(1000)
    _, held = hold_out(split, 100, seed=3)
    expected = np.bincount(split.labels) / 10
    assert np.abs(np.bincount(held.labels) - expected).max() < 1


def test_the_seed_alone_decides() -> None:
    first, again, other = (numbers(hold_out(numbered(500), 50, seed=seed)[1]) for seed in (1, 1, 2))
    assert first == again != other


def test_a_sample_of_a_sorted_set_has_every_digit_in_it() -> None:
    labels = np.repeat(np.arange(10), 400)
    counts = np.bincount(labels[draw_indices(len(labels), 1000)], minlength=10)
    assert counts.sum() == 1000
    assert counts.min() > 50


def test_a_sample_takes_no_image_twice_and_is_always_the_same() -> None:
    first, again = draw_indices(500, 100), draw_indices(500, 100)
    assert len(set(first.tolist())) == 100
    assert first.tolist() == again.tolist()


@pytest.mark.parametrize("count", [-1, 100, 101])
def test_holding_out_everything_is_refused(count: int) -> None:
    with pytest.raises(DataError, match="cannot hold out"):
        hold_out(numbered(100), count, seed=0)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((2, 28, 28), np.float32), np.zeros(2, np.int64)),
        (np.zeros((2, 28, 27), np.uint8), np.zeros(2, np.int64)),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.int64)),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.int32)),
        (np.zeros((2, 28, 28), np.uint8), np.array([0, 10])),
        (np.zeros((2, 28, 28), np.uint8), np.array([0, -1])),
    ],
)
def test_arrays_of_another_kind_are_refused(images: np.ndarray, labels: np.ndarray) -> None:
    with pytest.raises(DataError, match="expected"):
        Split(images, labels)
