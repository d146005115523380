"""Train the gate: a network that tells digits from everything else.

The training is `loop.fit`'s, on images whose label is 0 for a digit and 1 for anything else.
"""

import dataclasses
import string
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from handigits.artifact.writing import export_graph
from handigits.atomic import write_bytes
from handigits.config import TrainConfig
from handigits.data.split import Split
from handigits.gate import GATE_KEY, GATE_OUTPUT, GateFacts
from handigits.handwriting import synthesize, widen
from handigits.handwriting.outliers import draw_outliers
from handigits.handwriting.typeset import draw_typeset
from handigits.ink import normalize
from handigits.models import build_model
from handigits.recipes import find_recipe
from handigits.training.batches import to_input
from handigits.training.loop import Fit, Progress, fit

__all__ = ["GATE", "GateModel", "gate_images", "round_to_half", "set_threshold", "train_gate", "write_gate"]

_ROBUST = find_recipe("robust").config

GATE = dataclasses.replace(
    _ROBUST,
    architecture="columns-2",
    epochs=10,
    label_smoothing=0.0,
    synthetic=0.0,  # `gate_images` sees to this, and to what is widened
    widened=0.0,
    validation=0,
    augment=dataclasses.replace(_ROBUST.augment, coarse=0.2, stretch=0.5),
)
"""How the gate is trained: its images vary as those of `robust` and more, so that it lets in what that can read.

Two columns, since what a gate says of hands that it has not learnt differs from one gate to the next: their mean
refuses fewer of such digits, at the same share of all else.
"""

_DRAWN_SHARE = 0.6  # drawn digits for each real one, so that the styles which MNIST lacks are not refused
_OUTLIER_SHARE = 1.2  # outliers for each real digit
_WIDE_SHARE = 0.25  # digits that were stretched in width, for each real one
_HANDS_SHARE = 0.6  # digits of typefaces made of handwriting for each real one, and so many more outliers


class GateModel(nn.Module):
    """float32 (B, 1, 28, 28) in [0, 1] -> (B,) in [0, 1], how unlike a digit each image is."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        return torch.softmax(self.model(images), dim=1)[:, 1]


def gate_images(digits: Split, seed: int, *, hands: Sequence[Path] = ()) -> Split:
    """Digits with label 0: real, drawn, stretched and, where there are `hands`, of those; outliers with label 1."""
    drawn = [digits.images, synthesize(round(_DRAWN_SHARE * len(digits)), seed).images]
    drawn.append(widen(digits, round(_WIDE_SHARE * len(digits)), seed).images)
    if hands:
        drawn.append(_digits_of(hands, round(_HANDS_SHARE * len(digits)), seed))
    count = round((_OUTLIER_SHARE + (_HANDS_SHARE if hands else 0)) * len(digits))
    outliers = draw_outliers(count, seed, digits=digits.images, labels=digits.labels, hands=hands)
    labels = np.repeat(np.array([0, 1], np.int64), [sum(map(len, drawn)), count])
    return Split(np.concatenate([*drawn, outliers]), labels, f"{digits.name} and outliers")


def _digits_of(hands: Sequence[Path], count: int, seed: int) -> NDArray[np.uint8]:
    generator = np.random.default_rng(seed)
    images = [normalize(draw_typeset(generator, string.digits, hands)) for _ in range(count)]
    return np.rint(np.stack(images) * 255).astype(np.uint8)


def train_gate(
    digits: Split,
    config: TrainConfig = GATE,
    *,
    seed: int,
    hands: Sequence[Path] = (),
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Fit:
    """Train a gate on real digits; what else it needs is drawn from the seed.

    Args:
        digits: real ones.
        config: how to train.
        seed: of everything.
        hands: typefaces made of handwriting: without them it knows letters only from strokes that were made up.
        watch: called after every step.
    """
    torch.manual_seed(seed)
    model = build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)
    return fit(model, gate_images(digits, seed, hands=hands), dataclasses.replace(config, seed=seed), watch=watch)


def round_to_half(graph: Any) -> None:
    """Round the weights of an ONNX model in place: a page that carries them in half precision answers to the bit."""
    import onnx

    for entry in graph.graph.initializer:
        values = onnx.numpy_helper.to_array(entry)
        if values.dtype == np.float32 and values.size > 1:
            rounded = values.astype(np.float16).astype(np.float32)
            entry.CopyFrom(onnx.numpy_helper.from_array(rounded, entry.name))


@torch.inference_mode()
def set_threshold(model: nn.Module, held_out: Split, *, refused: float, seed: int) -> GateFacts:
    """The threshold that refuses a share of digits which the training has not seen."""
    gate = GateModel(model).eval()
    novelty = [gate(to_input(torch.from_numpy(part))) for part in np.array_split(held_out.images, 10)]
    threshold = float(torch.quantile(torch.cat(novelty), 1 - refused))
    return GateFacts(threshold=threshold, refused=refused, data=held_out.name, seed=seed)


def write_gate(model: nn.Module, path: Path, facts: GateFacts) -> None:
    """Write a gate as ONNX, whole or not at all; its weights are rounded to numbers that half precision holds too.

    Raises:
        ModelError: it cannot be exported.
    """
    import onnx

    graph = onnx.load_model_from_string(export_graph(GateModel(model).eval(), GATE_OUTPUT))
    round_to_half(graph)
    onnx.helper.set_model_props(graph, {GATE_KEY: facts.to_json()})
    write_bytes(path, graph.SerializeToString())
