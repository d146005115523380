from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from handigits.data import Split
from handigits.explain import Explanation, Inside, Occlusion
from handigits.explain.dreams import Dreams
from handigits.explain.layers import FeatureMaps, Neighbours
from handigits.explain.saliency import Saliency
from handigits.report.explain_page import explanation_page
from handigits.report.explain_plots import inside_plots, plot_strip, strongest
from handigits.report.heat import gray, heat


@pytest.fixture
def explanation(split: Split, probabilities: NDArray[np.float32]) -> Explanation:
    generator = np.random.default_rng(0)
    images = split.images[:8]
    return Explanation(
        name="<b>.png",
        image=images[0].astype(np.float32) / 255,
        probabilities=probabilities[0],
        digit=4,
        occlusion=Occlusion(4, 1.0, generator.normal(size=(28, 28))),
        inside=Inside(
            saliency=Saliency(4, generator.normal(size=(28, 28))),
            neighbours=Neighbours(np.arange(8), split.labels[:8], np.linspace(1, 0, 8, dtype=np.float32), images),
            layers=(FeatureMaps("20 maps of 5x5", generator.random((20, 5, 5), dtype=np.float32)),),
            filters=generator.normal(size=(3, 5, 5)).astype(np.float32),
            dreams=Dreams(generator.random((10, 28, 28), dtype=np.float32), np.full(10, 0.9, np.float32)),
        ),
    )


def test_the_page_shows_every_part(explanation: Explanation) -> None:
    page = explanation_page(explanation, command="handigits explain x.png")
    assert page.count('<img class="digit"') == 1 + 2 + 8 + 3 + 20 + 10
    assert "&lt;b&gt;.png was read as" in page


def test_from_outside_the_page_shows_what_there_is(explanation: Explanation) -> None:
    page = explanation_page(replace(explanation, inside=None, notice="Only from outside."), command="x")
    assert page.count('<img class="digit"') == 2
    assert "Only from outside." in page


def test_the_strip_names_the_digit_that_is_explained(explanation: Explanation) -> None:
    texts = [text.get_text() for text in plot_strip(explanation).texts]
    assert texts[1:] == ["occlusion, 4", "saliency, 4"]
    assert texts[0].startswith(f"read as {explanation.answer}, ")


def test_every_part_has_a_picture(explanation: Explanation) -> None:
    assert explanation.inside is not None
    plots = inside_plots(explanation.inside)
    assert [text.get_text() for text in plots["neighbours"].texts][:2] == ["0 · 1.00", "1 · 0.86"]
    assert len(plots["dreams"].texts) == 10
    assert len(plots["feature_maps"].images) == 16


def test_the_strongest_maps_are_shown_in_their_order() -> None:
    maps = np.zeros((4, 2, 2), np.float32)
    maps[[1, 3]] = 1, 2
    maps = np.stack([np.full((2, 2), value, np.float32) for value in (0, 2, 1, 3)])
    assert strongest(FeatureMaps("4 maps of 2x2", maps), 2)[:, 0, 0].tolist() == [2, 3]


def test_for_and_against_have_their_own_colours_and_nothing_is_the_ink() -> None:
    image = np.array([[0.0, 1.0, 0.0]], np.float32)
    speaks, ink, against = heat(np.array([[2.0, 0.0, -2.0]]), image)[0].astype(int)
    assert speaks[2] > speaks[0]
    assert against[0] > against[2]
    assert len(set(ink.tolist())) == 1


def test_maps_of_nothing_are_black() -> None:
    assert not gray(np.zeros((3, 3))).any()
    assert not heat(np.zeros((3, 3)), np.zeros((3, 3), np.float32)).any()
