import numpy as np
import pytest

from handigits.data import Split, load_dataset
from handigits.errors import ConfigError
from handigits.handwriting import synthesize


@pytest.fixture(scope="module")
def drawn() -> Split:
    return synthesize(500, seed=0)


def test_every_digit_comes_equally_often_in_random_order(drawn: Split) -> None:
    assert np.bincount(drawn.labels).tolist() == [50] * 10
    assert len(set(drawn.labels[:10].tolist())) < 10


def test_the_seed_decides(drawn: Split) -> None:
    again, other = synthesize(500, seed=0), synthesize(500, seed=1)
    assert np.array_equal(again.images, drawn.images)
    assert np.array_equal(again.labels, drawn.labels)
    assert not np.array_equal(other.images, drawn.images)


def test_no_image_comes_twice(drawn: Split) -> None:
    assert len({image.tobytes() for image in drawn.images}) == len(drawn)


def test_digits_fill_a_box_of_20_pixels_as_mnists_do(drawn: Split) -> None:
    for image in drawn.images:
        height, width = (np.ptp(np.flatnonzero(image.any(axis=axis))) + 1 for axis in (1, 0))
        assert max(height, width) == 20


def test_the_centre_of_mass_is_where_mnist_has_it(drawn: Split) -> None:
    axis = np.arange(28)
    for image in drawn.images.astype(float):
        for along in (0, 1):
            mass = image.sum(axis=along)
            if not mass[0] and not mass[-1]:  # a heavy head can go no further than to the border
                assert (mass * axis).sum() / mass.sum() == pytest.approx(14, abs=0.51)


def test_neighbours_among_real_digits_read_them_as_what_they_are(drawn: Split) -> None:
    real = load_dataset("mnist-5k").train
    known, asked = (split.images.reshape(len(split), -1) / 255.0 for split in (real, drawn))
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    answers = real.labels[(asked @ known.T).argmax(axis=1)]
    assert (answers == drawn.labels).mean() > 0.8


def test_only_the_styles_asked_for_are_drawn() -> None:
    bars = [{"bar": "0,0 0,50 0,100"}] * 10
    images = synthesize(30, seed=0, styles=bars).images
    assert (np.count_nonzero(images.any(axis=1), axis=1) <= 16).all()


def test_nothing_can_be_asked_for() -> None:
    assert len(synthesize(0, seed=0)) == 0


def test_fewer_than_nothing_cannot() -> None:
    with pytest.raises(ConfigError, match="count is -1; expected 0 or more"):
        synthesize(-1, seed=0)
