"""Pictures of explanations; as in `plots`, nothing is measured or written here."""

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from handigits.report.heat import gray, heat, signed
from handigits.report.plots import FAINT, INK, axes_of_the_house
from handigits.report.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from handigits.explain import Explanation, Inside
    from handigits.explain.dreams import Dreams
    from handigits.explain.layers import FeatureMaps, Neighbours

__all__ = [
    "inside_plots",
    "plot_dreams",
    "plot_feature_maps",
    "plot_filters",
    "plot_neighbours",
    "plot_strip",
    "strongest",
]

_GAP = 2  # pixels between tiles
_ROW = 16  # small pictures in a row
_SHOWN_MAPS = 16

Tile = NDArray[np.uint8]


def plot_strip(explanation: "Explanation", *, ax: "Axes | None" = None) -> "Axes":
    """The digit as the model saw it, and what speaks for it: by occlusion, and by saliency where that is known."""
    answer = f"read as {explanation.answer}, {percent(float(explanation.probabilities.max()), decimals=0)}"
    image = explanation.image
    tiles = {answer: _colored(gray(image)), f"occlusion, {explanation.digit}": heat(explanation.occlusion.drops, image)}
    if explanation.inside:
        tiles[f"saliency, {explanation.digit}"] = heat(explanation.inside.saliency.contributions, image)
    ax = axes_of_the_house(ax, 2.4 * len(tiles) + 0.4, 3.5, below=0.4, beside=0.2)
    _show(ax, list(tiles.values()), list(tiles), columns=len(tiles))
    ax.set_title(f"Why {explanation.digit}?\nblue speaks for it, orange against it", loc="left", fontsize=11)
    return ax


def plot_neighbours(neighbours: "Neighbours", *, ax: "Axes | None" = None) -> "Axes":
    """The training digits that look most alike to the network, with their labels and similarities."""
    pairs = zip(neighbours.labels.tolist(), neighbours.similarities.tolist(), strict=True)
    captions = [f"{label} · {similarity:.2f}" for label, similarity in pairs]
    ax = axes_of_the_house(ax, 1.1 * len(captions) + 0.4, 2.2, below=0.35, beside=0.2)
    _show(ax, [_colored(image) for image in neighbours.images], captions, columns=len(captions))
    ax.set_title("The nearest training digits: label, similarity", loc="left", fontsize=11)
    return ax


def plot_filters(filters: NDArray[np.float32], *, ax: "Axes | None" = None) -> "Axes":
    """The first layer's filters, float32 (C, H, W): blue wants ink, orange wants none."""
    columns = min(len(filters), _ROW)
    ax = axes_of_the_house(ax, 0.6 * columns + 0.6, 0.6 * ceil(len(filters) / columns) + 1.0, below=0.2, beside=0.2)
    _show(ax, [signed(each) for each in filters], [""] * len(filters), columns=columns)
    ax.set_title("What the first layer looks for", loc="left", fontsize=11)
    return ax


def plot_feature_maps(layers: "Sequence[FeatureMaps]", *, ax: "Axes | None" = None) -> "Axes":
    """A row for each layer: its strongest maps, each with a scale of its own."""
    ax = axes_of_the_house(ax, 0.62 * _SHOWN_MAPS + 2.0, 0.66 * len(layers) + 0.9, below=0.2, beside=1.6)
    size = max(layer.maps.shape[1] for layer in layers)
    for row, layer in enumerate(layers):
        for column, each in enumerate(strongest(layer, _SHOWN_MAPS)):
            left, top = column * (size + _GAP), row * (size + _GAP)
            ax.imshow(gray(each), cmap="gray", vmin=0, vmax=255, extent=(left, left + size, top + size, top))
    ax.set_xlim(0, _SHOWN_MAPS * (size + _GAP))
    ax.set_ylim(len(layers) * (size + _GAP), 0)
    ax.set_yticks(
        [row * (size + _GAP) + size / 2 for row in range(len(layers))],
        [f"layer {row}\n{layer.name}" for row, layer in enumerate(layers, start=1)],
    )
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title("What each layer makes of the digit (its strongest maps)", loc="left", fontsize=11)
    return ax


def plot_dreams(dreams: "Dreams", *, ax: "Axes | None" = None) -> "Axes":
    """The picture that the network draws for each digit, with the probability that it gives it."""
    captions = [f"{digit} · {percent(float(p), decimals=0)}" for digit, p in enumerate(dreams.probabilities)]
    ax = axes_of_the_house(ax, 10.4, 2.0, below=0.35, beside=0.2)
    _show(ax, [_colored(gray(image)) for image in dreams.images], captions, columns=len(captions))
    ax.set_title("What the network takes for each digit", loc="left", fontsize=11)
    return ax


def strongest(layer: "FeatureMaps", count: int) -> NDArray[np.float32]:
    """The maps of a layer with the most activity, in the order of their channels."""
    order = np.sort(np.argsort(-layer.maps.sum(axis=(1, 2)), kind="stable")[:count])
    return layer.maps[order]


def inside_plots(inside: "Inside") -> "dict[str, Axes]":
    """All pictures of a look inside, by the names of their files."""
    return {
        "neighbours": plot_neighbours(inside.neighbours),
        "filters": plot_filters(inside.filters),
        "feature_maps": plot_feature_maps(inside.layers),
        "dreams": plot_dreams(inside.dreams),
    }


def _show(ax: "Axes", tiles: Sequence[Tile], captions: Sequence[str], *, columns: int) -> None:
    """Tiles (H, W, 3) of one size in a grid, each with a caption below."""
    height, width = tiles[0].shape[:2]
    rows = ceil(len(tiles) / columns)
    step_down, step_right = height + _GAP, width + _GAP
    canvas = np.full((rows * step_down - _GAP, columns * step_right - _GAP, 3), 255, np.uint8)
    for place, (tile, caption) in enumerate(zip(tiles, captions, strict=True)):
        top, left = place // columns * step_down, place % columns * step_right
        canvas[top : top + height, left : left + width] = tile
        if caption:
            ax.text(left + width / 2, top + height + 0.5, caption, ha="center", va="top", fontsize=9, color=INK)
    ax.imshow(canvas, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.spines[:].set_color(FAINT)


def _colored(tones: NDArray[np.uint8]) -> Tile:
    return np.repeat(tones[..., np.newaxis], 3, axis=2)
