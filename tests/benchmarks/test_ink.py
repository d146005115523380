import numpy as np
import pytest

from benchmarks import ink
from handigits.data.embedded import load_mnist_5k
from handigits.ink import find_ink, to_input
from handigits.recognizer import Recognizer


def test_the_written_page_is_a_colour_picture_of_the_size_asked_for_and_the_same_each_time() -> None:
    page = ink.written_page(300, 400)
    assert (page.shape, page.dtype) == ((300, 400, 3), np.uint8)
    assert np.array_equal(page, ink.written_page(300, 400))


def test_the_written_page_holds_a_7_on_shaded_paper() -> None:
    page = ink.written_page(300, 400)[..., 0]
    assert page[:, -40:].mean() - page[:, :40].mean() > 50
    assert find_ink(page).strength.any()
    assert Recognizer.load(threads=1).predict(page).digits == "7"


@pytest.mark.parametrize("name", ink.PASSAGES)
def test_every_passage_leads_to_the_input_of_the_network(name: str) -> None:
    image = load_mnist_5k().train.images[7]
    passed = ink.PASSAGES[name](image)
    assert (passed.shape, passed.dtype) == ((28, 28), np.float32)
    assert np.abs(passed - image / np.float32(255)).mean() < 0.05


def test_the_passages_at_28_pixels_change_nothing() -> None:
    image = load_mnist_5k().train.images[7]
    for name in ("28 x 28", "28 x 28, inverted"):
        assert np.array_equal(ink.PASSAGES[name](image), ink.PASSAGES["as they are"](image))


def test_an_inverted_passage_ends_where_the_other_does() -> None:
    image = load_mnist_5k().train.images[7]
    one, other = (ink.PASSAGES[f"280 x 280 off-centre{end}"](image) for end in ("", ", inverted"))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, to_input(image))  # it was scaled up and down again


def test_the_report_has_a_row_for_each_picture_and_each_passage() -> None:
    told = ink.report(
        {
            "seconds": {"1 MP PNG": {"ours": 0.0123, "pillow": 0.0041}},
            "accuracy": {"28 x 28": 0.9964},
            "count": 10_000,
            "date": "2026-01-01",
            "command": "python -m benchmarks.ink",
            "machine": {"processor": "a processor (avx2)", "cores": 2, "notes": []},
        }
    )
    assert "| 1 MP PNG |        12.3 ms |                 4.1 ms |          3.0x |" in told
    assert "10,000 MNIST test digits" in told
    assert "99.64 %" in told
