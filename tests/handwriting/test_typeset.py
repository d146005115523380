from pathlib import Path

import matplotlib
import numpy as np
import pytest

from handigits.handwriting.typeset import PRINTABLE, WRITABLE, draw_typeset

HAND = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"  # a typeface like any other


def draw(seed: int, signs: str = PRINTABLE, hands: tuple[Path, ...] = ()) -> np.ndarray:
    return draw_typeset(np.random.default_rng(seed), signs, hands)


@pytest.mark.parametrize("hands", [(), (HAND,)], ids=["printed", "written"])
def test_the_seed_decides_everything(hands: tuple[Path, ...]) -> None:
    assert np.array_equal(draw(1, hands=hands), draw(1, hands=hands))
    assert not np.array_equal(draw(1, hands=hands), draw(2, hands=hands))


@pytest.mark.parametrize("sign", WRITABLE)
def test_every_sign_fits_on_the_paper(sign: str) -> None:
    for seed in range(10):
        paper = draw(seed, sign, (HAND,))
        assert paper.max() > 200
        assert not np.concatenate([paper[0], paper[-1], paper[:, 0], paper[:, -1]]).any()


def test_strokes_of_hands_are_drawn_in_all_widths() -> None:
    ink = [np.count_nonzero(draw(seed, "1", (HAND,))) for seed in range(20)]
    assert max(ink) > 1.5 * min(ink)
