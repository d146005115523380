"""What is made ready for a model, and what is left until it is asked for."""

import weakref

import numpy as np
from numpy.typing import NDArray

from handigits.ink import Picture
from handigits.ink.segment import Candidate, Layout, Row
from handigits.model_input import ModelInput, prepare, prepare_picture


def test_a_large_picture_is_let_go_of_while_it_waits_to_be_read() -> None:
    gray = np.full((100, 60), 255, np.uint8)
    gray[20:80, 26:34] = 0
    pixels = weakref.ref(gray)
    given = prepare_picture(Picture(gray, "seven"), name="seven")
    del gray
    assert pixels() is None
    assert given.views == ()


def test_images_are_numbered_whole_views_parts() -> None:
    whole, first_view, second_view, part = (np.full((28, 28), tone, np.float32) for tone in (0.1, 0.2, 0.3, 0.4))

    def candidate(image: NDArray[np.float32]) -> Candidate:
        return Candidate(first=0, end=1, image=image, box=(0, 0, 9, 9), height=1, gap=0, cut=0, is_small=False)

    given = ModelInput(
        name="small",
        image=whole,
        layout=Layout(candidate(whole), lambda: (Row(1, (candidate(part),)),)),
        find_views=lambda: (first_view, second_view),
    )
    np.testing.assert_array_equal(given.images([3, 0, 2]), np.stack([part, whole, second_view]))


def test_the_whole_alone_takes_neither_views_nor_parts() -> None:
    def never() -> tuple[NDArray[np.float32], ...]:
        raise AssertionError("views were made")

    given = ModelInput(name="small", image=np.zeros((28, 28), np.float32), find_views=never)
    assert given.images([0]).shape == (1, 28, 28)


def test_noise_of_mnists_size_has_no_ink_and_no_other_looks() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    given = prepare(noise)
    assert given.is_small and not given.image.any() and given.layout is None
    assert given.views == given.find_changed() == ()
    assert given.notes == ("nothing but noise: no pixel is like those around it",)
    large = prepare(np.random.default_rng(0).integers(0, 256, (29, 29)).astype(np.uint8))
    assert not large.notes  # its ink is told from grain as that of any page
